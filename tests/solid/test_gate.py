"""The print gate: every check can fail, says why, and fails closed."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from fabricate.artifacts import PrintReport
from fabricate.errors import SpecError, TemplateError
from fabricate.solid.check import inspect, inspect_closely
from tests.solid.shapes import ball, box, joined


def levels(report: PrintReport) -> dict[str, str]:
    return {check.name: check.level for check in report.checks}


def failed(report: PrintReport) -> set[str]:
    return {check.name for check in report.checks if check.level == "fail"}


def test_a_sound_box_passes_every_check() -> None:
    report = inspect(box(20, 20, 30))
    assert report.printable
    assert set(levels(report).values()) == {"ok"}
    assert report.measures["volume_mm3"] == pytest.approx(12_000)
    assert report.measures["height_mm"] == 30
    assert report.measures["bodies"] == 1
    # centre of mass 15 mm up, 10 mm from every edge
    assert report.measures["tip_deg"] == pytest.approx(np.degrees(np.arctan(10 / 15)), abs=0.01)
    assert report.measures["overhang_share"] == 0


def open_box() -> trimesh.Trimesh:
    mesh = box(20, 20, 30)
    return trimesh.Trimesh(mesh.vertices, mesh.faces[2:], process=False)


def inside_out() -> trimesh.Trimesh:
    mesh = box(20, 20, 30)
    mesh.invert()
    return mesh


def one_face_turned() -> trimesh.Trimesh:
    mesh = box(20, 20, 30)
    faces = mesh.faces.copy()
    faces[3] = faces[3][::-1]
    return trimesh.Trimesh(mesh.vertices, faces, process=False)


def hollow_inside() -> trimesh.Trimesh:
    inner = box(5, 5, 5, (0, 0, 10))
    inner.invert()
    return joined(box(20, 20, 30), inner)


def two_on_an_edge() -> trimesh.Trimesh:
    return joined(box(10, 10, 10), box(10, 10, 10, (10, 10, 0)))


@pytest.mark.parametrize(
    ("mesh", "check", "word"),
    [
        (open_box(), "closed", "open edge"),
        (inside_out(), "facing", "inside out"),
        (one_face_turned(), "facing", "disagree"),
        (two_on_an_edge(), "manifold", "more than two faces"),
        (joined(box(20, 20, 30), box(5, 5, 5, (30, 0, 0))), "one body", "2 bodies"),
        (hollow_inside(), "nothing inside", "1 inner shell"),
        (box(30, 0.5, 30), "walls", "thin spot"),
        (box(400, 20, 20), "fits the bed", "400.0"),
        (box(20, 20, 300), "fits the bed", "300.0"),
    ],
    ids=["open", "inverted", "turned", "crowded", "two", "shell", "plate", "wide", "tall"],
)
def test_each_check_fails_on_its_own_fault(mesh: trimesh.Trimesh, check: str, word: str) -> None:
    report = inspect(mesh)
    assert not report.printable
    assert check in failed(report)
    line = next(c for c in report.checks if c.name == check)
    assert word in line.value
    assert line.advice
    assert line.limit


def test_a_leaning_post_tips_over_and_a_narrow_one_is_warned_about() -> None:
    post = box(6, 6, 60)
    post.apply_transform(trimesh.transformations.rotation_matrix(0.4, (0, 1, 0)))
    report = inspect(post)
    assert "stands" in failed(report)
    assert "outside its foot" in next(c.value for c in report.checks if c.name == "stands")
    assert levels(inspect(box(6, 6, 55)))["stands"] == "warn"


def test_nothing_is_no_solid_and_needs_no_traceback() -> None:
    assert failed(inspect(trimesh.Trimesh())) == {"closed"}
    bad = box(10, 10, 10)
    bad.vertices[0, 0] = np.nan
    assert not inspect(bad).printable
    flat = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]], process=False)
    assert not inspect(flat).printable
    assert not PrintReport(()).printable


def test_what_cannot_be_measured_has_failed() -> None:
    report = inspect(open_box())
    assert {"walls", "stands", "overhangs"} <= failed(report)


def test_a_raised_line_is_no_thin_wall_but_a_blade_is() -> None:
    from fabricate.solid.boolean import union

    line = box(12, 0.6, 0.6, (0, 0, 9.9))
    blade = box(12, 0.6, 8, (0, 0, 9.9))
    assert levels(inspect(union([box(30, 30, 10), line])))["walls"] == "ok"
    assert levels(inspect(union([box(30, 30, 10), blade])))["walls"] == "fail"


@pytest.mark.parametrize("across", [3.0, 5.0])
def test_one_small_thin_patch_on_a_big_solid_is_found(across: float) -> None:
    """A window of half a millimetre in a large block: 0.1 % of its surface."""
    from fabricate.solid.boolean import difference

    block = box(80, 80, 40)
    pit = box(across, across, 39.5, (20, -10, -0.0))
    report = inspect(difference(block, pit))
    assert report.measures["thin_share"] < 0.01
    assert "walls" in failed(report)


@pytest.mark.parametrize("wall", [0.5, 0.7, 0.9, 1.1, 1.5, 3.0])
def test_thickness_of_a_plate_is_what_it_is(wall: float) -> None:
    from fabricate.solid.thickness import measure_walls

    plate = box(40, wall, 30, fine=2)
    walls = measure_walls(np.asarray(plate.vertices, np.float32), plate.faces, floor_mm=0.8, wall_mm=1.2)
    assert np.median(walls.thickness) == pytest.approx(wall, rel=0.05)
    assert (walls.share_floor > 0.5) == (wall < 0.8)
    assert (walls.share_wall > 0.5) == (wall < 1.2)


def test_process_and_profile_set_the_limits() -> None:
    plate = box(30, 0.7, 12)
    wide = joined(box(30, 0.7, 12))
    assert "walls" in failed(inspect(plate, "fdm"))
    assert "walls" not in failed(inspect(wide, "resin", "generic-resin"))
    tall = box(20, 20, 200)
    assert levels(inspect(tall, profile="prusa-mini"))["fits the bed"] == "fail"
    assert levels(inspect(tall, profile="bambu-x1"))["fits the bed"] == "ok"
    turned = box(240, 30, 60)
    assert levels(inspect(turned, profile="prusa-mk4"))["fits the bed"] == "ok"
    with pytest.raises(SpecError, match="process"):
        inspect(tall, "clay")
    with pytest.raises(TemplateError, match="printer"):
        inspect(tall, "fdm", "prusa-mimi")


def test_overhangs_are_marked_and_warned_about() -> None:
    from fabricate.solid.boolean import union

    mushroom = union([box(12, 12, 20), box(60, 60, 6, (0, 0, 18))])
    found = inspect_closely(mushroom)
    assert levels(found.report)["overhangs"] == "warn"
    assert found.report.printable
    normals = mushroom.face_normals[found.overhang_faces]
    assert len(normals)
    assert (normals[:, 2] < -0.7).all()
    assert levels(inspect(box(20, 20, 20)))["overhangs"] == "ok"


def test_a_broken_part_fails_the_gate_though_the_whole_is_sound() -> None:
    whole = box(20, 20, 30)
    good = inspect_closely(whole, parts={"a": whole}).report
    assert good.printable
    bad = inspect_closely(whole, parts={"a": whole, "hair": open_box()}).report
    assert failed(bad) == {"parts"}
    assert "hair" in next(c.value for c in bad.checks if c.name == "parts")


def test_the_gate_says_the_same_twice() -> None:
    assert inspect(ball(20, (0, 0, 20))) == inspect(ball(20, (0, 0, 20)))
