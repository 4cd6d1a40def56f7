"""What is written is what is read back; what is no mesh is refused in two lines."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fabricate.artifacts import Lifted
from fabricate.errors import MeshError
from fabricate.solid import colour as colours
from fabricate.solid.assemble import assemble
from fabricate.solid.check import inspect
from fabricate.solid.export import (
    read_stl,
    side_by_side,
    write_accessories,
    write_figure_3mf,
    write_stl,
    write_viewer,
)
from fabricate.solid.glb import read_lifted, write_lifted
from fabricate.solid.read import FORMATS, read_mesh
from fabricate.solid.threemf import extruders_for
from fabricate.solid.threemf_read import read_3mf
from fabricate.solid.topology import census
from tests.solid.shapes import as_collada, as_gltf, ball, box, joined, toy

TOY = toy()
MADE = assemble(TOY, height_mm=60, name="Maya")
HEX = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(a: trimesh.Trimesh, b: trimesh.Trimesh) -> None:
    np.testing.assert_array_equal(a.faces, b.faces)
    np.testing.assert_array_equal(np.float32(a.vertices), np.float32(b.vertices))
    assert colours.colour_of(a) == colours.colour_of(b)


@QUICK
@given(colour=HEX, size=st.floats(0.01, 50), name=st.text(min_size=1, max_size=20), shift=st.floats(-9, 9))
def test_a_lifted_figure_survives_its_glb(
    tmp_path: Path, colour: str, size: float, name: str, shift: float
) -> None:
    part = colours.paint(box(size, 2 * size, 1, (shift, 0, 0)), colour)
    lifted = Lifted({name: part, "_b": ball(0.3)}, part, {"mug": {name: part}}, "kit")
    write_lifted(lifted, tmp_path / "a.glb")
    back = read_lifted(tmp_path / "a.glb")
    assert (back.backend, list(back.parts), list(back.accessories)) == ("kit", [name, "_b"], ["mug"])
    same(back.parts[name], part)
    same(back.accessories["mug"][name], part)
    assert back.solid is not None
    same(back.solid, part)


@given(HEX)
def test_a_colour_survives_linear_light(colour: str) -> None:
    rgb = np.array(colours.rgb_of(colour)) / 255
    back = colours.from_linear(np.float32(colours.to_linear(rgb)))
    assert colours.hex_of(np.rint(back * 255)) == colour


def test_vertex_colours_survive_and_no_solid_stays_none(tmp_path: Path) -> None:
    mesh = ball(1.0)
    rows = np.random.default_rng(1).integers(0, 256, (len(mesh.vertices), 4), np.uint8)
    rows[:, 3] = 255
    mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rows)
    write_lifted(Lifted({"skin": mesh}), tmp_path / "a.glb")
    back = read_lifted(tmp_path / "a.glb")
    assert back.solid is None
    assert not back.accessories
    np.testing.assert_array_equal(colours.vertex_rgba(back.parts["skin"]), rows)


def test_other_readers_see_the_figure_upright_and_facing_them(tmp_path: Path) -> None:
    nose = colours.paint(box(0.1, 0.1, 0.1, (0, -0.5, 0.9)), "#804020")
    write_lifted(Lifted({"nose": nose}, nose), tmp_path / "a.glb")
    scene = trimesh.load_scene(tmp_path / "a.glb", process=False)
    middle = scene.geometry["nose"].bounds.mean(axis=0)
    np.testing.assert_allclose(middle, [0, 0.95, 0.5], atol=1e-6)
    text = (tmp_path / "a.glb").read_bytes()
    tree = json.loads(text[20 : 20 + struct.unpack_from("<I", text, 12)[0]])
    assert len(tree["scenes"][0]["nodes"]) == 1
    factor = tree["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"]
    np.testing.assert_allclose(factor[:3], colours.to_linear(np.array([128, 64, 32]) / 255))


@pytest.mark.parametrize("cut", [0, 11, 200, -3])
def test_a_damaged_lifted_file_is_refused(tmp_path: Path, cut: int) -> None:
    write_lifted(TOY, tmp_path / "a.glb")
    data = (tmp_path / "a.glb").read_bytes()
    (tmp_path / "b.glb").write_bytes(data[:cut])
    with pytest.raises(MeshError, match=r"b\.glb"):
        read_lifted(tmp_path / "b.glb")
    with pytest.raises(MeshError):
        read_lifted(tmp_path / "none.glb")


def test_a_stl_is_closed_again_when_read_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "figure.stl"
    back = write_stl(MADE.solid, path, "Zoë 花")
    assert back.is_watertight
    assert census(back).sound
    head = path.read_bytes()[:80]
    assert head.startswith(b"fabricate unit=mm")
    assert path.stat().st_size == 84 + 50 * len(MADE.solid.faces)
    other = trimesh.load_mesh(path)
    assert other.is_watertight
    assert other.body_count == 1
    assert other.volume == pytest.approx(MADE.solid.volume, rel=1e-5)
    assert len(read_stl(path).faces) == len(MADE.solid.faces)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(MeshError, match="cut off"):
        read_stl(path)


def test_the_figures_3mf_reads_back_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "figure.3mf"
    bed = (180.0, 180.0, 180.0)
    extruders = write_figure_3mf(MADE.parts, path, colours=3, bed_mm=bed, title='Maya <&"> 花')
    (thing,) = read_3mf(path)
    assert thing.name == 'Maya <&"> 花'
    assert thing.at == (90, 90, 0)
    assert list(thing.parts) == list(MADE.parts)
    for name, part in MADE.parts.items():
        back = thing.parts[name]
        assert census(back).sound
        assert len(back.faces) == len(part.faces)
        assert colours.colour_of(back) == colours.colour_of(part)
        np.testing.assert_allclose(back.triangles, part.triangles, atol=2e-5)
        assert back.volume == pytest.approx(part.volume, rel=1e-4)
    assert set(extruders.values()) == {1, 2, 3}
    first = path.read_bytes()
    write_figure_3mf(MADE.parts, path, colours=3, bed_mm=bed, title='Maya <&"> 花')
    assert path.read_bytes() == first


def test_the_3mf_holds_a_thumbnail_metadata_and_one_object(tmp_path: Path) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "#aa3311").save(buffer, "PNG")
    path = tmp_path / "figure.3mf"
    write_figure_3mf(
        MADE.parts, path, colours=4, bed_mm=(200, 200, 200), title="Maya", thumbnail=buffer.getvalue()
    )
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        model = archive.read("3D/3dmodel.model").decode()
        config = archive.read("Metadata/Slic3r_PE_model.config").decode()
        pictures = [n for n in archive.namelist() if n.endswith(".png")]
        assert archive.read(pictures[0]) == buffer.getvalue()
        assert b"thumbnail" in archive.read("_rels/.rels")
    assert model.count("<object ") == 1
    assert 'unit="millimeter"' in model
    assert '<metadata name="Title" preserve="1">Maya</metadata>' in model
    assert "fabricate" in model
    assert config.count("<volume ") == len(MADE.parts)
    for name in MADE.parts:
        assert f'key="name" value="{name}"' in config


@QUICK
@given(st.dictionaries(HEX, st.floats(0.1, 1000), min_size=1, max_size=9), st.integers(1, 6))
def test_colours_are_reduced_to_ones_that_were_there(weights: dict[str, float], most: int) -> None:
    stands = colours.reduce_colours(weights, most)
    assert set(stands) == set(weights)
    assert set(stands.values()) <= set(weights)
    assert len(set(stands.values())) == min(most, len(weights))
    assert all(stands[kept] == kept for kept in stands.values())


def test_like_colours_share_a_filament() -> None:
    parts = {
        "a": colours.paint(box(9, 9, 9), "#202020"),
        "b": colours.paint(box(5, 5, 5), "#242424"),
        "c": colours.paint(box(5, 5, 5), "#ff0000"),
    }
    found = extruders_for(parts, 2)
    assert found == {"a": 1, "b": 1, "c": 2}


def test_accessories_stand_side_by_side_without_touching(tmp_path: Path) -> None:
    path = tmp_path / "accessories.3mf"
    write_accessories(MADE.accessories, path, colours=4, title="props")
    back = read_3mf(path)
    assert [thing.name for thing in back] == ["mug", "ball"]
    right = 0.0
    for thing in back:
        boxes = np.array([part.bounds for part in thing.parts.values()]) + thing.at
        assert boxes[:, 0, 0].min() > right + 1
        assert boxes[:, 0, 2].min() == pytest.approx(0, abs=1e-4)
        right = boxes[:, 1, 0].max()
    assert len(side_by_side(MADE.accessories)) == 2


def test_a_viewer_gets_the_figure_in_metres(tmp_path: Path) -> None:
    write_viewer(MADE.parts, tmp_path / "figure.glb", title="Maya", flat=frozenset(["base"]))
    scene = trimesh.load_scene(tmp_path / "figure.glb", process=False)
    assert scene.extents[1] == pytest.approx(MADE.solid.extents[2] / 1000, rel=1e-5)
    assert len(scene.geometry) == len(MADE.parts)
    back = read_mesh(tmp_path / "figure.glb")
    # parts are grown by two micrometres to unite them
    np.testing.assert_allclose(back.mesh.extents, MADE.solid.extents, atol=0.006)
    assert "metres" in back.notes[0]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_is_read_to_the_same_solid(tmp_path: Path, suffix: str) -> None:
    mesh = joined(box(10, 20, 30, (1, 2, 3)))
    path = tmp_path / f"box{suffix}"
    if suffix == ".3mf":
        write_figure_3mf({"a": mesh}, path, colours=1, bed_mm=(2, 4, 1))
        shift = (1.0, 2.0, 0.0)
    elif suffix == ".dae":
        path.write_bytes(as_collada(mesh))
        shift = (0.0, 0.0, 0.0)
    elif suffix in (".glb", ".gltf"):
        write_viewer({"a": mesh}, path)
        if suffix == ".gltf":
            path.write_bytes(as_gltf(path.read_bytes()))
        shift = (0.0, 0.0, 0.0)
    else:
        mesh.export(path)
        shift = (0.0, 0.0, 0.0)
    back = read_mesh(path).mesh
    np.testing.assert_allclose(back.bounds, mesh.bounds + shift, atol=1e-4)
    assert inspect(back).measures["volume_mm3"] == pytest.approx(6000, rel=1e-4)


def test_our_own_files_of_many_parts_pass_the_gate_as_one_body(tmp_path: Path) -> None:
    write_figure_3mf(MADE.parts, tmp_path / "f.3mf", colours=4, bed_mm=(180, 180, 180))
    write_viewer(MADE.parts, tmp_path / "f.glb")
    for name in ("f.3mf", "f.glb"):
        reading = read_mesh(tmp_path / name)
        report = inspect(reading.mesh)
        assert report.printable, [c for c in report.checks if c.level == "fail"]
        assert any("united" in note for note in reading.notes)
        assert reading.mesh.volume == pytest.approx(MADE.solid.volume, rel=2e-3)


def _stl(count: int, body: bytes) -> bytes:
    return b"x".ljust(80) + struct.pack("<I", count) + body


def _glb(tree: bytes) -> bytes:
    tree += b" " * (-len(tree) % 4)
    return (
        struct.pack("<III", 0x46546C67, 2, 20 + len(tree)) + struct.pack("<II", len(tree), 0x4E4F534A) + tree
    )


def _zip(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


NAN = _stl(2, b"".join(struct.pack("<12fH", *([0.0] * 3), *([float("nan")] * 9), 0) for _ in range(2)))
BAD = {
    "empty.stl": b"",
    "text.stl": b"hello, this is a letter to a friend and no mesh at all\n" * 4,
    "cut.stl": _stl(1000, b"\0" * 300),
    "none.stl": _stl(0, b""),
    "nan.stl": NAN,
    "cut-ascii.stl": b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\n",
    "words-ascii.stl": b"solid a\nfacet normal 0 0 1\nouter loop\nvertex a b c\nendloop\nendfacet\n"
    b"endsolid\n",
    "text.glb": b"not a glb at all, only words" * 3,
    "cut.glb": _glb(b'{"asset":{"version":"2.0"}}')[:18],
    "hollow.glb": _glb(b'{"asset":{"version":"2.0"}}'),
    "json.glb": _glb(b'{"asset":'),
    "remote.glb": _glb(
        b'{"asset":{"version":"2.0"},"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],"meshes":[{"primitives":'
        b'[{"attributes":{"POSITION":0}}]}],"accessors":[{"bufferView":0,"componentType":5126,"count":3,'
        b'"type":"VEC3"}],"bufferViews":[{"buffer":0,"byteLength":36}],"buffers":[{"byteLength":36,'
        b'"uri":"http://127.0.0.1:9/a.bin"}]}'
    ),
    "draco.glb": _glb(
        b'{"asset":{"version":"2.0"},"extensionsRequired":["KHR_draco_mesh_compression"],"meshes":[{"primitives":'
        b'[{"attributes":{"POSITION":0},"extensions":{"KHR_draco_mesh_compression":{}}}]}]}'
    ),
    "text.3mf": b"PK? no",
    "cut.3mf": _zip("3D/3dmodel.model", b"<model/>" * 50)[:40],
    "other.3mf": _zip("word/document.xml", b"<a/>"),
    "xml.3mf": _zip("3D/3dmodel.model", b"<model><resources>"),
    "bad.obj": b"v 1 2\nf 1 2 9\n",
    "words.obj": b"just words\n",
    "points.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\n",
    "bad.ply": b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nend_header\n1\n",
    "text.ply": b"nope\n",
    "bad.off": b"OFF\n3 1 0\n0 0\n",
    "text.off": b"nope nope\n",
    "mesh.step": b"ISO-10303-21;",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_mesh_is_refused_in_two_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(MeshError) as caught:
        read_mesh(path)
    assert name in caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="no file"):
        read_mesh(tmp_path / "none.stl")
    (tmp_path / "dir.stl").mkdir()
    with pytest.raises(MeshError, match="cannot be read"):
        read_mesh(tmp_path / "dir.stl")


def _samples(folder: Path) -> dict[str, bytes]:
    mesh = box(10, 20, 30)
    for suffix in (".stl", ".obj", ".ply", ".off"):
        mesh.export(folder / f"m{suffix}")
    write_viewer({"a": mesh}, folder / "m.glb")
    (folder / "m.dae").write_bytes(as_collada(mesh))
    (folder / "m.gltf").write_bytes(as_gltf((folder / "m.glb").read_bytes()))
    write_figure_3mf({"a": mesh}, folder / "m.3mf", colours=1, bed_mm=(9, 9, 9))
    return {suffix: (folder / f"m{suffix}").read_bytes() for suffix in FORMATS}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    found = _samples(tmp_path_factory.mktemp("samples"))
    return lambda suffix: found[suffix]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from(sorted(FORMATS)),
    cut=st.floats(0, 1),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
)
@example(suffix=".stl", cut=0.0, edits=[(0.16879579120296342, 125)])
def test_damaged_files_give_a_mesh_or_a_mesherror(
    tmp_path: Path,
    samples: Callable[[str], bytes],
    suffix: str,
    cut: float,
    edits: list[tuple[float, int]],
) -> None:
    data = bytearray(samples(suffix))
    for at, value in edits:
        data[int(at * (len(data) - 1))] = value
    if not edits:
        del data[int(cut * len(data)) :]
    path = tmp_path / f"m{suffix}"
    path.write_bytes(bytes(data))
    try:
        mesh = read_mesh(path).mesh
    except MeshError:
        return
    assert len(mesh.faces)
    inspect(mesh)
