"""Plates: everything on a bed, nothing twice, nothing in another's place; PrusaSlicer agrees."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import manifold3d as m3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold
from fabricate.solid.colour import paint
from fabricate.solid.limits import PROCESSES
from fabricate.solid.plates import Piece, Plate, foot_of, laid_flat, plates, write_plates
from fabricate.solid.threemf_read import read_3mf
from tests.debian import needs
from tests.solid.shapes import ball, box

FDM = PROCESSES["fdm"]
BED = (180.0, 180.0, 180.0)
SIZES = st.lists(st.tuples(st.floats(5, 90), st.floats(5, 90), st.floats(5, 60)), min_size=1, max_size=14)


def boxes_of(plate: Plate) -> list[np.ndarray]:
    out = []
    for thing in plate.things:
        points = np.concatenate([part.vertices for part in thing.parts.values()]) + thing.at
        out.append(np.stack([points.min(axis=0), points.max(axis=0)]))
    return out


@settings(max_examples=25, deadline=None)
@given(sizes=SIZES)
def test_every_piece_is_on_one_bed_and_none_collide(sizes: list[tuple[float, float, float]]) -> None:
    pieces = {f"p{k}": Piece({"body": box(*size)}, np.array([0.0, 0, -1])) for k, size in enumerate(sizes)}
    made = plates(pieces, BED, FDM)
    names = [thing.name for plate in made for thing in plate.things]
    assert sorted(names) == sorted(pieces)
    for plate in made:
        boxes = boxes_of(plate)
        for k, one in enumerate(boxes):
            assert (one[0, :2] >= 6.0 - 1e-6).all()
            assert (one[1, :2] <= np.array(BED[:2]) - 6.0 + 1e-6).all()
            assert one[0, 2] == pytest.approx(0, abs=1e-6)
            for other in boxes[k + 1 :]:
                apart = np.maximum(one[0] - other[1], other[0] - one[1])[:2].max()
                assert apart >= 5.0 - 1e-6
    area = sum((x + 5) * (y + 5) for x, y, _ in sizes)
    assert len(made) <= 1 + int(area / (0.4 * 173**2))


def test_a_piece_lies_on_its_widest_safe_face() -> None:
    cone = from_manifold(m3.Manifold.cylinder(30, 12, 2, 64).rotate((90, 0, 0)))
    move = laid_flat(cone, FDM)
    points = np.asarray(cone.vertices) @ move[:3, :3].T + move[:3, 3]
    assert points[:, 2].min() == pytest.approx(0, abs=1e-6)
    assert points[:, 2].max() == pytest.approx(30, abs=1e-4)
    low = points[points[:, 2] < 0.1]
    assert np.ptp(low[:, 0]) == pytest.approx(24, abs=0.1)
    asked = laid_flat(box(10, 20, 30), FDM, (0, 1, 0))
    assert np.ptp(np.asarray(box(10, 20, 30).vertices) @ asked[:3, :3].T, axis=0)[2] == pytest.approx(20)
    # a ball has no face: it is laid all the same
    assert np.isfinite(laid_flat(ball(5), FDM)).all()


def test_one_filament_a_plate_when_asked() -> None:
    pieces = {
        name: Piece({"body": paint(box(10, 10, 10), colour)})
        for name, colour in (("a", "#ff0000"), ("b", "#0000ff"), ("c", "#ff0000"))
    }
    assert len(plates(pieces, BED, FDM)) == 1
    made = plates(pieces, BED, FDM, by_colour=True)
    assert [[t.name for t in plate.things] for plate in made] == [["a", "c"], ["b"]]
    assert [plate.colour for plate in made] == ["#ff0000", "#0000ff"]


def test_a_piece_larger_than_the_bed_is_refused() -> None:
    with pytest.raises(MeshError, match="larger than the bed"):
        plates({"long": Piece({"body": box(300, 10, 10)})}, BED, FDM)


def test_plates_are_written_and_read_back(tmp_path: Path) -> None:
    pieces = {f"p{k}": Piece({"body": paint(box(80, 70, 10), "#00ff00")}) for k in range(7)}
    made = plates(pieces, BED, FDM)
    assert len(made) == 2
    paths = write_plates(made, tmp_path / "plates", colours=1, title="Maya")
    assert [path.name for path in paths] == ["1.3mf", "2.3mf"]
    assert sum(len(read_3mf(path)) for path in paths) == 7


@pytest.mark.slow
def test_prusaslicer_slices_a_plate_where_it_lies(tmp_path: Path) -> None:
    program = needs("prusa-slicer")
    pieces = {f"p{k}": Piece({"body": box(20 + 5 * k, 15, 6 + k)}, np.array([0.0, 0, -1])) for k in range(4)}
    (plate,) = plates(pieces, BED, FDM)
    (path,) = write_plates([plate], tmp_path, colours=1)
    settings_file = tmp_path / "pla.ini"
    settings_file.write_text(
        "nozzle_diameter = 0.4\nfilament_diameter = 1.75\nlayer_height = 0.2\nskirts = 0\n"
        "bed_shape = 0x0,180x0,180x180,0x180\n",
        encoding="utf-8",
    )
    out = tmp_path / "out.gcode"
    command = [program, "--config-compatibility", "disable", "--load", str(settings_file), "--dont-arrange"]
    done = subprocess.run(
        [*command, "--export-gcode", str(path), "-o", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    gcode = out.read_text(encoding="utf-8")
    inside = gcode.split(";LAYER_CHANGE", 1)[1].split("; filament used", 1)[0]
    moves = re.findall(r"^G1 X([-\d.]+) Y([-\d.]+) E[\d.]+", inside, re.MULTILINE)
    spots = np.array(moves, np.float64)
    boxes = boxes_of(plate)
    low, high = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)
    assert spots.min(axis=0) == pytest.approx(low[:2], abs=0.6)
    assert spots.max(axis=0) == pytest.approx(high[:2], abs=0.6)
    top = max(float(z) for z in re.findall(r"^;Z:([\d.]+)", gcode, re.MULTILINE))
    assert top == pytest.approx(high[2], abs=0.25)


def test_what_stands_safely_on_no_side_is_at_least_not_laid_on_a_point() -> None:
    """A spindle upright on its point wants no support at all, and nothing of it is in the first layer."""
    cone = m3.Manifold.cylinder(24, 6, 0, 48)
    mesh = from_manifold(cone + cone.mirror((0, 0, 1)))
    move = laid_flat(mesh, FDM)
    points = np.asarray(mesh.vertices) @ move[:3, :3].T + move[:3, 3]
    assert foot_of(mesh, points, 0.3) >= 2.0
