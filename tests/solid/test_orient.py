"""Ways to lay a solid on the plate: the best are the ones a maker would take."""

from __future__ import annotations

import json

import manifold3d as m3
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.limits import limits_of
from fabricate.solid.orient import orientations, table_of
from tests.solid.shapes import box, toy

FDM, RESIN = limits_of("fdm"), limits_of("resin")
BED = (180.0, 180.0, 180.0)


def figure() -> trimesh.Trimesh:
    body = to_manifold(toy().solid).scale((70, 70, 70))
    return from_manifold(body + m3.Manifold.cylinder(4, 18, 18, 64).translate((0, 0, -3)))


def mushroom() -> trimesh.Trimesh:
    """A wide cap on a stem: upside down it needs no support."""
    stem = m3.Manifold.cylinder(30, 4, 4, 48)
    return from_manifold(stem + m3.Manifold.cylinder(4, 20, 20, 64).translate((0, 0, 28)))


def laid(mesh: trimesh.Trimesh, rotation: np.ndarray) -> trimesh.Trimesh:
    made = mesh.copy()
    made.vertices = np.asarray(mesh.vertices) @ rotation.T
    return made


def test_a_figure_on_a_base_stands() -> None:
    best = orientations(figure(), FDM, BED)
    assert len(best) == 3
    assert best[0].words.startswith("standing upright:")
    np.testing.assert_allclose(best[0].rotation, np.eye(3), atol=1e-9)
    assert [o.score for o in best] == sorted(o.score for o in best)


def test_a_mushroom_stands_on_its_cap() -> None:
    best = orientations(mushroom(), FDM, BED, face=0.0)[0]
    assert "upside down" in best.words
    assert "no support" in best.words
    assert best.support_mm2 == 0
    assert best.contact_mm2 == pytest.approx(np.pi * 400, rel=0.05)


def test_what_is_measured_is_what_is_there() -> None:
    mesh = mushroom()
    upright = next(
        o for o in orientations(mesh, FDM, BED, count=60) if o.words.startswith("standing upright:")
    )
    # the underside of the cap, 28 mm above the plate, around the stem
    assert upright.support_mm2 == pytest.approx(np.pi * (400 - 16), rel=0.06)
    assert upright.support_mm3 == pytest.approx(28 * np.pi * (400 - 16), rel=0.06)
    assert upright.on_part == 0
    assert upright.height_mm == pytest.approx(32)
    assert upright.contact_mm2 == pytest.approx(np.pi * 16, rel=0.35)


def test_a_support_that_ends_on_the_solid_is_seen() -> None:
    dish = from_manifold(m3.Manifold.cylinder(3, 25, 25, 64) + to_manifold(mushroom()))
    upright = next(
        o for o in orientations(dish, FDM, BED, count=60) if o.words.startswith("standing upright:")
    )
    assert upright.on_part == 1
    assert upright.support_mm3 == pytest.approx(25 * np.pi * (400 - 16), rel=0.06)


def test_a_long_thing_is_laid_down_so_that_it_fits() -> None:
    mesh = box(20, 20, 250)
    best = orientations(mesh, FDM, (250.0, 210.0, 220.0))
    assert best[0].fits
    assert best[0].height_mm < 220
    none = orientations(mesh, FDM, (100.0, 100.0, 100.0))
    assert none
    assert not any(o.fits for o in none)


def test_the_face_is_kept_clean() -> None:
    """A flat plaque with a raised face towards -Y is laid on its back, not on its face."""
    plaque = from_manifold(
        m3.Manifold.cube((40, 4, 60), True)
        + m3.Manifold.sphere(9, 48).scale((1, 0.4, 1)).translate((0, -3, 8))
    )
    best = orientations(plaque, FDM, BED)[0]
    assert "on its back" in best.words
    assert best.face_marks < 0.02
    assert "the face stays clean" in best.words


def test_resin_needs_less_support_than_a_nozzle() -> None:
    ways = [orientations(figure(), limits, BED)[0] for limits in (FDM, RESIN)]
    assert ways[1].support_mm2 < ways[0].support_mm2


def test_the_three_best_are_apart_and_go_into_a_table() -> None:
    best = orientations(figure(), FDM, BED)
    ups = np.array([o.rotation[2] for o in best])
    assert (ups @ ups.T - np.eye(3)).max() < np.cos(np.radians(20))
    rows = json.loads(json.dumps(table_of(best)))
    assert len(rows) == 3
    assert rows[0]["way"] == best[0].words
    assert set(rows[0]) >= {"height_mm", "support_cm2", "contact_cm2", "fits", "time", "rotation"}


@settings(max_examples=8, deadline=None)
@given(x=st.floats(5, 40), y=st.floats(5, 40), z=st.floats(5, 40))
def test_rotations_are_rotations_and_sizes_are_true(x: float, y: float, z: float) -> None:
    mesh = box(x, y, z)
    for one in orientations(mesh, FDM, BED):
        np.testing.assert_allclose(one.rotation @ one.rotation.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(one.rotation) == pytest.approx(1)
        np.testing.assert_allclose(laid(mesh, one.rotation).extents, one.size_mm, atol=1e-6)
        assert one.height_mm == one.size_mm[2]
    # a box lies on one of its sides and needs nothing
    assert orientations(mesh, FDM, BED)[0].support_mm2 == 0
