"""What stands beside a mesh file and within it: colours, units, the way up, and what must never be opened."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fabricate.errors import MeshError
from fabricate.solid.clean import cleaned
from fabricate.solid.colour import colour_of, paint, rgb_of, vertex_rgba
from fabricate.solid.customs import upright
from fabricate.solid.export import write_figure_3mf, write_stl, write_viewer
from fabricate.solid.forecast import MOST_FACES
from fabricate.solid.read import read_mesh
from tests.solid.shapes import as_collada, as_gltf, ball, box


def refused(path: Path, words: str) -> MeshError:
    with pytest.raises(MeshError, match=words) as caught:
        read_mesh(path)
    assert caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


def mesh_or_error(path: Path) -> MeshError | None:
    """None for a mesh of finite points, else the error."""
    try:
        points = read_mesh(path).mesh.vertices
    except MeshError as exc:
        return exc
    assert np.isfinite(points).all()
    return None


def gltf_at(folder: Path, uri: str, buffer: Path | None = None) -> Path:
    """A glTF file in a folder whose buffer is at ``uri``, and lies at ``buffer``."""
    write_viewer({"a": box(10, 20, 30)}, folder / "whole.glb")
    data = (folder / "whole.glb").read_bytes()
    if buffer is not None:
        buffer.write_bytes(data[28 + int.from_bytes(data[12:16], "little") :])
    (folder / "m.gltf").write_bytes(as_gltf(data, uri))
    return folder / "m.gltf"


def test_a_gltf_reads_the_buffer_beside_it(tmp_path: Path) -> None:
    (tmp_path / "parts of it").mkdir()
    path = gltf_at(tmp_path, "parts%20of%20it/a.bin", tmp_path / "parts of it" / "a.bin")
    assert read_mesh(path).mesh.volume == pytest.approx(6000, rel=1e-4)


@pytest.mark.parametrize("uri", ["../a.bin", "sub/../../a.bin", "{}/a.bin", "file://{}/a.bin", "link.bin"])
def test_no_buffer_outside_the_folder_is_opened(tmp_path: Path, uri: str) -> None:
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True)
    path = gltf_at(home, uri.format(tmp_path), tmp_path / "a.bin")
    (home / "link.bin").symlink_to(tmp_path / "a.bin")
    assert "nothing is fetched" in refused(path, "not in its folder").message


def test_an_address_is_never_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *a: asked.append(a))
    refused(gltf_at(tmp_path, "http://127.0.0.1:9/a.bin"), "not in its folder")
    assert not asked


def textured_obj(folder: Path) -> Path:
    """A box whose lower half lies on red and whose upper half on blue of a picture."""
    picture = Image.new("RGB", (8, 8), (220, 30, 40))
    picture.paste((30, 40, 220), (0, 0, 8, 4))
    picture.save(folder / "paint.png")
    (folder / "m.mtl").write_text("newmtl skin\nKd 1 1 1\nmap_Kd paint.png\n")
    mesh = box(10, 10, 30, fine=1)
    lines = ["mtllib m.mtl", "usemtl skin"]
    lines += [f"v {x:g} {y:g} {z:g}" for x, y, z in mesh.vertices]
    lines += [f"vt 0.5 {0.25 if z < 14 else 0.75:g}" for z in mesh.vertices[:, 2]]
    lines += ["f " + " ".join(f"{v + 1}/{v + 1}" for v in face) for face in mesh.faces]
    (folder / "m.obj").write_text("\n".join(lines) + "\n")
    return folder / "m.obj"


def halves_are_painted(mesh: trimesh.Trimesh, low: str, high: str) -> None:
    rows = vertex_rgba(mesh)
    z = mesh.vertices[:, 2] - mesh.vertices[:, 2].min()
    found = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b, _ in rows[z < 0.1]}
    assert found == {low}
    assert {f"#{r:02x}{g:02x}{b:02x}" for r, g, b, _ in rows[z > z.max() - 0.1]} == {high}


def test_an_objs_texture_becomes_vertex_colours(tmp_path: Path) -> None:
    path = textured_obj(tmp_path)
    halves_are_painted(read_mesh(path).mesh, "#dc1e28", "#1e28dc")
    (tmp_path / "paint.png").unlink()
    reading = read_mesh(path)
    assert reading.mesh.volume == pytest.approx(3000)
    assert any("paint.png" in note for note in reading.notes)
    (tmp_path / "m.mtl").write_text("newmtl skin\nmap_Kd ../../etc/passwd\n")
    assert len(read_mesh(path).mesh.faces)


def test_a_glbs_texture_becomes_vertex_colours(tmp_path: Path) -> None:
    scene = trimesh.load_scene(textured_obj(tmp_path), process=False)
    scene.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, (1, 0, 0)))
    scene.export(tmp_path / "m.glb")
    halves_are_painted(read_mesh(tmp_path / "m.glb").mesh, "#dc1e28", "#1e28dc")


def test_a_damaged_texture_costs_the_colours_only(tmp_path: Path) -> None:
    path = textured_obj(tmp_path)
    (tmp_path / "paint.png").write_bytes((tmp_path / "paint.png").read_bytes()[:60])
    assert read_mesh(path).mesh.volume == pytest.approx(3000)


def test_ply_and_3mf_colours_are_read(tmp_path: Path) -> None:
    mesh = box(10, 10, 30)
    rows = np.full((len(mesh.vertices), 4), 255, np.uint8)
    rows[:, :3] = np.where(mesh.vertices[:, [2]] > 15, (30, 40, 220), (220, 30, 40))
    mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rows)
    mesh.export(tmp_path / "m.ply")
    halves_are_painted(read_mesh(tmp_path / "m.ply").mesh, "#dc1e28", "#1e28dc")
    parts = {"a": paint(box(10, 10, 15), "#dc1e28"), "b": paint(box(10, 10, 15, (0, 0, 15)), "#1e28dc")}
    write_figure_3mf(parts, tmp_path / "m.3mf", colours=4, bed_mm=(99, 99, 99))
    halves_are_painted(read_mesh(tmp_path / "m.3mf").mesh, "#dc1e28", "#1e28dc")


def test_the_way_up_is_guessed_said_and_overruled(tmp_path: Path) -> None:
    lying = box(10, 30, 8, (0.0, 0.0, -4.0))
    lying.export(tmp_path / "m.obj")
    reading = read_mesh(tmp_path / "m.obj")
    np.testing.assert_allclose(reading.mesh.extents, (10, 8, 30))
    assert any("+Y" in note for note in reading.notes)
    asked = read_mesh(tmp_path / "m.obj", up="z")
    np.testing.assert_allclose(asked.mesh.extents, (10, 30, 8))
    lying.export(tmp_path / "m.stl")
    np.testing.assert_allclose(read_mesh(tmp_path / "m.stl").mesh.extents, (10, 30, 8))
    assert read_mesh(tmp_path / "m.stl", up="-y").mesh.volume == pytest.approx(2400)


@pytest.mark.parametrize("kind", ["obj", "ply", "off"])
def test_what_stands_on_a_floor_tells_the_way_up_whatever_its_shape(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"m.{kind}"
    box(10, 30, 8).export(path)  # long, and lying on z = 0
    np.testing.assert_allclose(read_mesh(path).mesh.extents, (10, 30, 8))
    box(30, 20, 22, (0.0, 10.0, -11.0)).export(path)  # wide, and standing on y = 0
    reading = read_mesh(path)
    np.testing.assert_allclose(reading.mesh.extents, (30, 22, 20))
    assert any("y = 0" in note for note in reading.notes)


@pytest.mark.parametrize("kind", ["stl", "obj", "ply", "off"])
def test_a_guess_that_all_is_as_it_is_is_said_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"m.{kind}"
    box(30, 10, 30).export(path)
    reading = read_mesh(path)
    unit, way = reading.taken
    assert not reading.notes
    assert "millimetres" in unit
    assert "+Z" in way
    asked = read_mesh(path, up="z", units="mm")
    assert asked.notes == ("units: mm, as asked", "up: z, as asked")
    assert not asked.taken


def test_our_own_stl_says_its_unit(tmp_path: Path) -> None:
    write_stl(box(1, 1, 2), tmp_path / "m.stl")
    reading = read_mesh(tmp_path / "m.stl")
    np.testing.assert_allclose(reading.mesh.extents, (1, 1, 2))
    assert not reading.notes + reading.taken


@pytest.mark.parametrize("up", ["x", "y", "z", "-x", "-y", "-z"])
def test_upright_turns_and_never_mirrors(up: str) -> None:
    turned = upright(np.eye(3), up).T
    assert np.linalg.det(turned) == pytest.approx(1)
    axis = np.zeros(3)
    axis["xyz".index(up[-1])] = -1 if up.startswith("-") else 1
    np.testing.assert_allclose(turned @ axis, (0, 0, 1))


def test_units_are_guessed_said_and_overruled(tmp_path: Path) -> None:
    ball(0.5).export(tmp_path / "m.ply")
    reading = read_mesh(tmp_path / "m.ply")
    assert reading.mesh.extents[2] == pytest.approx(1000, rel=1e-3)
    assert any("metres" in note for note in reading.notes)
    assert read_mesh(tmp_path / "m.ply", units="in").mesh.extents[2] == pytest.approx(25.4, rel=1e-3)
    assert read_mesh(tmp_path / "m.ply", units="mm").mesh.extents[2] == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("size", [1e-3, 1e6])
def test_a_micrometre_and_a_kilometre_are_read_and_mended(tmp_path: Path, size: float) -> None:
    ball(size / 2).export(tmp_path / "m.stl")
    mesh = read_mesh(tmp_path / "m.stl", units="mm").mesh
    assert mesh.extents[2] == pytest.approx(size, rel=1e-3)
    assert cleaned(mesh, height_mm=90, feature_mm=0.8).mesh is mesh


def test_a_cloud_of_points_is_refused_with_a_hint(tmp_path: Path) -> None:
    trimesh.PointCloud(ball(5).vertices).export(tmp_path / "m.ply")
    assert "surface" in refused(tmp_path / "m.ply", "cloud of 2,562 points").hint


def test_twenty_million_faces_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "m.stl"
    with path.open("wb") as file:
        file.write(b"x".ljust(80) + struct.pack("<I", 20_000_000))
        file.truncate(84 + 50 * 20_000_000)
    refused(path, f"20,000,000 triangles, more than {MOST_FACES:,}")
    tree = {"asset": {"version": "2.0"}, "accessors": [{"count": 60_000_000, "componentType": 5125}]}
    (tmp_path / "m.gltf").write_text(json.dumps(tree))
    refused(tmp_path / "m.gltf", "20,000,000 triangles")


def archive(path: Path, name: str, data: bytes) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


def test_a_zip_bomb_and_path_tricks_are_refused(tmp_path: Path) -> None:
    refused(archive(tmp_path / "m.3mf", "3D/3dmodel.model", bytes(80_000_000)), "would unpack to")
    for name in ("../../evil.model", "/etc/evil", "a/../../b", "C:evil"):
        refused(archive(tmp_path / "m.3mf", name, b"<model/>"), "outside itself")


@pytest.mark.parametrize("packed", ["KHR_draco_mesh_compression", "EXT_meshopt_compression"])
def test_packed_meshes_are_refused_not_read_as_zeros(tmp_path: Path, packed: str) -> None:
    path = gltf_at(tmp_path, "")
    tree = json.loads(path.read_text()) | {"extensionsUsed": [packed]}
    path.write_text(json.dumps(tree))
    assert "without compression" in refused(path, "compressed").hint


def test_a_node_that_mirrors_keeps_the_outside_out(tmp_path: Path) -> None:
    path = gltf_at(tmp_path, "")
    tree = json.loads(path.read_text())
    for node in tree["nodes"]:
        node.pop("matrix", None)
        node["scale"] = [-1, 1, 1]
    path.write_text(json.dumps(tree))
    assert read_mesh(path).mesh.volume > 0


DAMAGED = {
    "no-vertices.dae": as_collada(box(1, 2, 3)).replace(b"VERTEX", b"NORMAL"),
    "index.dae": as_collada(box(1, 2, 3)).replace(b"<p>0", b"<p>99"),
    "numbers.dae": as_collada(box(1, 2, 3)).replace(b"0.0005", b"nan"),
    "words.dae": as_collada(box(1, 2, 3)).replace(b"<p>0", b"<p>zero"),
    "stride.dae": as_collada(box(1, 2, 3)).replace(b'stride="3"', b'stride="2"'),
    "no-place.dae": as_collada(box(1, 2, 3)).replace(b"2 4 6", b"2 4"),
    "other.dae": b"<svg/>",
    "text.dae": b"no xml",
    "flat.obj": b"v 0 0\nv 1 0\nv 0 1\nf 1 2 3\n",
    "list.gltf": b"[]",
    "deep.gltf": b'{"a":' + b"[" * 100_000,
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_found_by_fuzzing_is_a_mesh_or_two_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    said = mesh_or_error(path)
    assert said is None or (name in said.message and said.hint)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".gltf", ".dae", ".obj"]),
    at=st.floats(0, 1),
    word=st.sampled_from(
        [b"nan", b"-1", b"1e40", b"99999999999", b"", b"null", b"{", b"../a", b"[]", b'"a"']
    ),
)
def test_a_word_put_wrong_gives_a_mesh_or_a_mesherror(
    tmp_path: Path, suffix: str, at: float, word: bytes
) -> None:
    made = {".gltf": lambda: gltf_at(tmp_path, "").read_bytes(), ".dae": lambda: as_collada(box(1, 2, 3))}
    data = made.get(suffix, lambda: box(1, 2, 3).export(file_type="obj").encode())()
    words = data.replace(b",", b" , ").split(b" ")
    words[int(at * (len(words) - 1))] = word
    path = tmp_path / f"m{suffix}"
    path.write_bytes(b" ".join(words))
    said = mesh_or_error(path)
    assert said is None or said.hint


def test_the_commonest_colour_is_kept_when_parts_are_united(tmp_path: Path) -> None:
    write_viewer(
        {"a": paint(box(10, 10, 30), "#2c4a7c"), "b": paint(box(4, 4, 40), "#2c4a7c")}, tmp_path / "m.glb"
    )
    reading = read_mesh(tmp_path / "m.glb")
    assert any("united" in note for note in reading.notes)
    # glTF factors come through trimesh rounded to 255 steps of linear light
    np.testing.assert_allclose(rgb_of(colour_of(reading.mesh)), rgb_of("#2c4a7c"), atol=4)
