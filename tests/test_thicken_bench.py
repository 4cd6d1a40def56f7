"""The bench of what comes after mending: thin places, prepare run twice, the long way of a sound figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh

from fabricate.solid.thickness import faces_near
from fabricate.thicken_bench import measure_chain, measure_thickening, to_markdown
from tests.solid.shapes import box, joined


def test_a_plate_is_thickened_prepared_twice_the_same_and_a_figure_goes_to_files(tmp_path: Path) -> None:
    plate = joined(box(0.4, 0.3, 0.6), box(0.4, 0.006, 1.0))
    plate.export(tmp_path / "plate.stl")
    (tmp_path / "broken.stl").write_bytes(b"solid nothing\nendsolid\n")
    broken, made = measure_thickening(tmp_path)
    assert broken.refused
    assert made.after < made.before
    assert made.added > 0
    assert made.again == "same"
    chain = measure_chain(faces=60_000)
    assert 40_000 < chain.faces <= 190_000
    assert chain.printable
    said = to_markdown([broken, made], chain)
    assert "plate.stl" in said
    assert "refused" in said


def test_faces_near_a_point_are_found_by_their_corners_and_long_ones_by_their_box() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=10.0)
    corners = np.asarray(ball.triangles, np.float32)
    point = np.array([[0.0, 0.0, 10.0]])
    near = faces_near(corners, point, 2.0)
    away = np.linalg.norm(corners - point[0], axis=2).min(axis=1)
    assert (near == (away <= 2.0)).all()
    slab = trimesh.creation.box((100.0, 100.0, 1.0))
    assert faces_near(np.asarray(slab.triangles, np.float32), np.array([[3.0, 4.0, 0.5]]), 2.0).any()
