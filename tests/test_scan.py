"""A kit figure scanned by a phone that shakes, with floor and strays, comes back upright and alike."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.artifacts import Lifted
from fabricate.backends import Job
from fabricate.cli import run
from fabricate.errors import BackendError, MeshError
from fabricate.events import Progress, silent
from fabricate.lift.score import score
from fabricate.lifters.kit import KitLifter
from fabricate.scan import bindings, pose
from fabricate.scan.cloud import Cloud, Floats, sampled
from fabricate.scan.read import read_scan
from fabricate.scan.rebuild import Rebuilt, rebuilt
from fabricate.solid.colour import vertex_rgba
from fabricate.solid.glb import read_lifted
from fabricate.spec import from_mapping
from fabricate.stylizers.kit import KitStylizer
from tests.debian import PACKAGES
from tests.small import Heard, Said, fabricate

YAW = 37.0
PLY = b"""ply
format ascii 1.0
element vertex %d
property float x
property float y
property float z
end_header
"""


@pytest.fixture
def open3d() -> Any:
    """open3d's compiled half; where it cannot start, a skip that says why (a failure on a CI machine)."""
    try:
        return bindings.load()
    except BackendError as exc:
        why = f"{exc.message}: {exc.hint}"
        if os.environ.get("CI") == "true" and util.find_spec("open3d"):
            pytest.fail(why)
        pytest.skip(why)


@cache
def figure() -> Lifted:
    """A waving figure in a blue suit: the truth."""
    spec = from_mapping({"subject": {"describe": "black short hair, blue suit"}, "stylize": {"pose": "wave"}})
    view = KitStylizer().stylize(spec, None, silent())
    return KitLifter().lift(view, Job(KitLifter.Options(), 90.0), silent())


@cache
def truth() -> trimesh.Trimesh:
    """The figure as one coloured mesh."""
    from fabricate.solid.recolour import coloured_like

    lifted = figure()
    assert lifted.solid is not None
    return coloured_like(lifted.solid, trimesh.util.concatenate(list(lifted.parts.values())))


def scanned(
    count: int = 30_000, noise: float = 0.003, floor: bool = True, turn: Floats | None = None
) -> Cloud:
    """What a phone makes of it: noisy, soles unseen, strays, a floor; 1.7 m tall, turned by ``YAW``."""
    dice = np.random.default_rng(5)
    cloud = sampled(truth(), count)
    assert cloud.normals is not None
    unseen = (cloud.normals[:, 2] < -0.7) & (cloud.points[:, 2] < 0.02)
    cloud = cloud.at(~unseen)
    assert cloud.colours is not None
    points, colours = [cloud.points + dice.normal(0, noise, cloud.points.shape)], [cloud.colours]
    if floor:
        radius, angle = 0.55 * np.sqrt(dice.random(count // 3)), dice.random(count // 3) * 2 * np.pi
        flat = np.stack(
            [radius * np.cos(angle), radius * np.sin(angle), dice.normal(0, noise, count // 3)], 1
        )
        points.append(flat)
        colours.append(np.full_like(flat, 0.5))
    strays = dice.uniform([-0.8, -0.8, -0.1], [0.8, 0.8, 1.3], (count // 100, 3))
    points.append(strays)
    colours.append(dice.random(strays.shape))
    turned = np.concatenate(points) @ pose.turn_about(YAW).T
    return Cloud(1.7 * (turned if turn is None else turned @ turn.T), np.concatenate(colours))


def write_ply(path: Path, cloud: Cloud) -> Path:
    """A binary PLY as scanning apps write it."""
    columns = [(axis, "<f4") for axis in "xyz"]
    columns += [] if cloud.normals is None else [(f"n{axis}", "<f4") for axis in "xyz"]
    columns += [] if cloud.colours is None else [(name, "u1") for name in ("red", "green", "blue")]
    rows = np.zeros(len(cloud), columns)
    for index, axis in enumerate("xyz"):
        rows[axis] = cloud.points[:, index]
        if cloud.normals is not None:
            rows[f"n{axis}"] = cloud.normals[:, index]
    if cloud.colours is not None:
        for index, name in enumerate(("red", "green", "blue")):
            rows[name] = np.rint(cloud.colours[:, index] * 255)
    names = {"<f4": "float", "u1": "uchar"}
    head = [f"property {names[kind]} {name}" for name, kind in columns]
    head = ["ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}", *head, "end_header", ""]
    path.write_bytes("\n".join(head).encode() + rows.tobytes())
    return path


def write_obj(path: Path, cloud: Cloud) -> Path:
    """An OBJ of ``v`` lines with colours."""
    assert cloud.colours is not None
    np.savetxt(path, np.column_stack([cloud.points, cloud.colours]), "v %.5f %.5f %.5f %.3f %.3f %.3f")
    return path


Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
TILTED = pose.turned_up(np.array([0.2, -0.15, 1.0]))


def alike(made: Rebuilt, f1: float = 0.9) -> trimesh.Trimesh:
    """Hold a rebuilt scan against the truth: shape, uprightness, front; one sound body."""
    mesh = made.lifted.parts["figure"]
    got = score(mesh, truth())
    assert got.f1 > f1, got
    assert got.f2 > 0.98, got
    assert got.iou > 0.9, got
    assert got.sound == 1, got
    low, high = mesh.bounds
    assert (low[2], high[2]) == pytest.approx((0.0, 1.0), abs=1e-6)
    assert mesh.extents == pytest.approx(truth().extents, abs=0.03)
    return mesh


def coloured_alike(mesh: trimesh.Trimesh) -> float:
    """The share of the truth's vertices whose colour the nearest place of the mesh has."""
    from scipy.spatial import cKDTree

    points = np.asarray(truth().vertices)[::7]
    near = cKDTree(np.asarray(mesh.vertices)).query(points)[1]
    off = vertex_rgba(mesh)[near, :3].astype(float) - vertex_rgba(truth())[::7, :3]
    return float((np.abs(off).max(axis=1) < 60).mean())


@pytest.mark.slow
@pytest.mark.parametrize("turn", [Y_UP, TILTED], ids=["y-up", "tilted"])
def test_a_cloud_with_floor_and_strays_becomes_the_figure(open3d: Any, tmp_path: Path, turn: Floats) -> None:
    heard = Heard()
    made = rebuilt(write_ply(tmp_path / "scan.ply", scanned(turn=turn)), Progress("scan", heard))
    mesh = alike(made)
    assert coloured_alike(mesh) > 0.85
    assert made.measures["floor"]
    assert made.measures["height_m"] == pytest.approx(1.7, rel=0.02)
    assert made.measures["seen"] > 0.98
    steps = [event.message for event in heard.events if event.kind == "step"]
    assert len(steps) >= 5
    if turn is not TILTED:  # a tilted scan's own yaw is not the one it was given
        assert made.measures["turned_deg"] == pytest.approx(360 - YAW, abs=5)


@pytest.mark.slow
def test_the_scan_goes_on_into_prepare(
    open3d: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An OBJ in mm without a floor, by the command; its GLB is a lifted figure, and prepare prints it."""
    cloud = scanned(floor=False)
    file = write_obj(tmp_path / "scan.obj", Cloud(1000 * cloud.points, cloud.colours))
    out = tmp_path / "maya.glb"
    assert run(["scan", str(file), "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(out)
    assert told["height_m"] == pytest.approx(1.7, rel=0.02)
    assert not told["floor"]
    lifted = read_lifted(out)
    assert lifted.backend == "scan"
    alike(Rebuilt(lifted))
    folder = tmp_path / "out"
    assert run(["prepare", str(out), "-o", str(folder), "--base", "none", "--height", "60", "--json"]) in (
        0,
        3,
    )
    files = set(json.loads(capsys.readouterr().out)["files"])
    assert {"figure.stl", "figure.3mf"} <= files


@pytest.mark.slow
def test_a_mesh_scan_with_its_floor(open3d: Any, tmp_path: Path) -> None:
    """A GLB as scanning apps write it, +Y up, in metres: the figure stands in a square of floor."""
    board = trimesh.creation.box(
        (2.0, 2.0, 0.002), transform=trimesh.transformations.translation_matrix((0, 0, -0.002))
    )
    board.visual.vertex_colors = (128, 128, 128, 255)
    both = trimesh.util.concatenate([truth(), board])
    both.vertices = 1.7 * np.asarray(both.vertices) @ pose.turn_about(YAW).T @ Y_UP.T
    (tmp_path / "scan.glb").write_bytes(both.export(file_type="glb"))
    made = rebuilt(tmp_path / "scan.glb", silent())
    alike(made)
    assert made.measures["floor"]
    assert made.measures["height_m"] == pytest.approx(1.7, rel=0.02)


@pytest.mark.slow
def test_more_points_than_are_needed_are_thinned(open3d: Any, tmp_path: Path) -> None:
    cloud = scanned(count=330_000)
    made = rebuilt(write_ply(tmp_path / "huge.ply", cloud), silent(), turn=90.0)
    assert made.measures["points"] == len(cloud)
    assert made.measures["used"] < 150_000
    assert made.measures["turned_deg"] == pytest.approx(90 - YAW, abs=5)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (np.eye(3), "only 3 points"),
        (np.random.default_rng(0).random((5000, 3)) * (1, 1, 0), "flat plane"),
        (np.random.default_rng(0).random((5000, 3)) * (1, 1, 0.002) @ TILTED.T, "flat plane"),
        (np.zeros((5000, 3)), "one place"),
        (np.random.default_rng(0).random((5000, 1)) * np.ones(3), "flat plane"),
        (1e8 + np.random.default_rng(0).random((5000, 3)), "one place"),
        (np.random.default_rng(0).random((3000, 3)), "no figure"),
        (np.random.default_rng(0).normal(size=(40, 3)), "only 40 points"),
    ],
    ids=["three", "plane", "noisy plane", "one place", "a line", "far off", "a fog", "forty"],
)
def test_what_is_no_figure_is_refused(open3d: Any, tmp_path: Path, points: Floats, said: str) -> None:
    with pytest.raises(MeshError, match=said) as caught:
        rebuilt(write_ply(tmp_path / "scan.ply", Cloud(points)), silent())
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("none.ply", None, "no file"),
        ("empty.ply", b"", "is empty"),
        ("no-points.ply", PLY % 0, "no points"),
        ("nan.ply", PLY % 2 + b"nan 0 0\n0 nan 0\n", "number"),
        ("far.obj", b"v 1e300 0 0\nv 0 0 0\n", "1,000 km"),
        ("words.obj", b"v one two three\n", "damaged"),
        ("short.obj", b"v 1 2\n", "2 coordinates"),
        ("bare.obj", b"# nothing\n", "no points"),
        ("foreign.ply", b"\x89PNG\r\n", "not a PLY"),
        ("cut.glb", b"glTF\2\0\0\0", "cut off"),
        ("scan.docx", b"PK", "no scan"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, name: str, data: bytes | None, said: str) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(MeshError, match=said) as caught:
        read_scan(path)
    assert caught.value.hint


def test_points_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    rows = np.arange(30, dtype=np.float64).reshape(10, 3)
    rows[3, 1] = np.nan
    rows[7] = np.inf
    scan = read_scan(write_ply(tmp_path / "scan.ply", Cloud(rows, np.full((10, 3), 0.2))))
    assert (len(scan.cloud), scan.lost, scan.faces) == (8, 2, 0)
    assert np.isfinite(scan.cloud.points).all()


@pytest.mark.parametrize("kind", ["ply", "obj", "glb", "gltf"])
def test_clouds_keep_their_colours(tmp_path: Path, kind: str) -> None:
    dice = np.random.default_rng(1)
    cloud = Cloud(dice.random((50, 3)), np.rint(dice.random((50, 3)) * 255) / 255)
    path = tmp_path / f"scan.{kind}"
    if kind == "ply":
        write_ply(path, Cloud(cloud.points, cloud.colours, cloud.points))
    elif kind == "obj":
        write_obj(path, cloud)
    else:
        from fabricate.solid.colour import to_linear

        linear = np.column_stack([to_linear(cloud.colours), np.ones(50)])
        rows = np.rint(linear * 255).astype(np.uint8)
        made = trimesh.Scene(trimesh.PointCloud(cloud.points, rows)).export(file_type=kind)
        for name, data in ({path.name: made} if kind == "glb" else made).items():  # a glTF's lie beside it
            (tmp_path / name.replace("model.gltf", path.name)).write_bytes(data)
    got = read_scan(path).cloud
    assert got.points == pytest.approx(cloud.points, abs=1e-4)
    assert got.colours is not None
    assert got.colours == pytest.approx(cloud.colours, abs=0.06 if kind in ("glb", "gltf") else 0.003)
    assert (got.normals is not None) == (kind == "ply")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3).filter(lambda up: np.linalg.norm(up) > 0.1))
def test_up_is_turned_to_up(up: list[float]) -> None:
    turn = pose.turned_up(np.array(up))
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-6)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    assert turn @ up / np.linalg.norm(up) == pytest.approx([0, 0, 1], abs=1e-5)


@pytest.mark.parametrize("yaw", [0, 50, 140, 215, 300])
def test_the_front_is_found_from_any_side(yaw: float) -> None:
    points = sampled(truth(), 30_000).points @ pose.turn_about(yaw).T
    turned, sure = pose.facing(points)
    assert (turned + yaw + 180) % 360 - 180 == pytest.approx(0, abs=5)
    assert sure > 0.3


def test_a_ball_has_no_front() -> None:
    assert pose.facing(np.asarray(trimesh.creation.icosphere(4).vertices) / 2 + (0, 0, 0.5))[1] < 0.1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 2.0))
def test_thinning_leaves_one_mean_a_cell(seed: int, cell: float) -> None:
    points = np.random.default_rng(seed).random((400, 3))
    thin = Cloud(points, points).thinned(cell)
    key = np.floor((points - points.min(axis=0)) / cell)
    assert len(thin) == len(np.unique(key, axis=0))
    assert thin.colours == pytest.approx(thin.points)
    weights = np.unique(key, axis=0, return_counts=True)[1]
    assert (thin.points * weights[:, None]).sum(axis=0) == pytest.approx(points.sum(axis=0))


def scan_apart(tmp_path: Path, module: str) -> Said:
    """``fabricate scan`` in a process whose open3d is a package that fails so: it lies where we stand."""
    package = tmp_path / "open3d"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "pybind.py").write_text(module, encoding="utf-8")
    return fabricate("scan", "scan.ply", cwd=tmp_path)


@pytest.mark.parametrize("library", list(bindings.PACKAGES))
def test_a_missing_library_names_its_debian_package(tmp_path: Path, library: str) -> None:
    fault = f"{library}: cannot open shared object file: No such file or directory"
    done = scan_apart(tmp_path, f"raise ImportError({fault!r})")
    assert done.status == 1
    said, hint = done.err.splitlines()[-2:]
    assert library in said
    assert "sudo apt install" in hint
    assert bindings.PACKAGES[library] in hint.split()


def test_without_open3d_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bindings.load.cache_clear()
    monkeypatch.setitem(sys.modules, "open3d", None)
    try:
        assert run(["scan", "scan.ply"]) == 1
    finally:
        bindings.load.cache_clear()
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "error: rebuilding a scan needs open3d",
        "       pip install 'fabricate-figures[scan]'",
    ]


def test_the_debian_packages_of_open3d_are_installed_for_tests() -> None:
    assert set(bindings.PACKAGES.values()) <= set(PACKAGES)
