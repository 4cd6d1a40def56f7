"""Lines through meshes, winding numbers, marching cubes and nearest points against shapes known exactly."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.solid.closeness import Surface, seen, spread
from fabricate.solid.cubes import skin_of
from fabricate.solid.scanlines import crossings
from fabricate.solid.topology import census
from fabricate.solid.winding import measure_winding
from tests.solid.shapes import ball, box, joined

QUICK = settings(max_examples=25, deadline=None)


def corners_of(mesh: trimesh.Trimesh) -> np.ndarray:
    return np.asarray(mesh.triangles, np.float64)


@QUICK
@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
def test_a_line_enters_a_closed_mesh_as_often_as_it_leaves(seed: int, axis: int) -> None:
    """Even where points lie on the lattice itself, for corners are rounded to lattice points here."""
    random = np.random.default_rng(seed)
    mesh = trimesh.creation.icosphere(subdivisions=2, radius=8)
    points = np.rint(mesh.vertices * 2 + random.normal(size=mesh.vertices.shape)) / 2
    met = crossings(points[mesh.faces], axis)
    lines, place = np.unique(np.stack([met.u, met.v], axis=1), axis=0, return_inverse=True)
    np.testing.assert_array_equal(np.bincount(place.reshape(-1), met.rise, len(lines)), 0)


def test_the_volume_of_what_is_inside_is_measured() -> None:
    found = measure_winding(corners_of(ball(10)))
    assert found.inside == pytest.approx(ball(10).volume, rel=2e-3)
    assert found.overlapping == 0
    assert found.adrift == 0


@QUICK
@given(st.tuples(*[st.floats(1, 9)] * 3))
def test_overlaps_are_measured(shift: tuple[float, float, float]) -> None:
    both = corners_of(joined(box(10, 10, 10), box(10, 10, 10, shift)))
    shared = float(np.prod(10 - np.array(shift)))
    found = measure_winding(both, 200)
    assert found.inside == pytest.approx(2000 - shared, rel=0.03)
    assert found.twice == pytest.approx(shared, rel=0.1, abs=15)


def test_what_is_inside_out_or_open_is_told() -> None:
    turned = ball(10)
    turned.invert()
    assert measure_winding(corners_of(turned)).negative == pytest.approx(ball(10).volume, rel=2e-3)
    bowl = corners_of(ball(10))
    assert measure_winding(bowl[bowl[:, :, 2].max(axis=1) < 5]).adrift > 0.1


@QUICK
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_a_skin_is_closed_whatever_is_inside(seed: int, share: float) -> None:
    """White noise has every case of a cell, and every ambiguity between neighbours."""
    inside = np.zeros((9, 8, 7), bool)
    inside[1:-1, 1:-1, 1:-1] = np.random.default_rng(seed).random((7, 6, 5)) < share
    if not inside.any():
        return
    skin = skin_of(inside)
    points = np.stack(np.unravel_index(skin.lower, inside.shape), axis=1).astype(np.float64)
    points[np.arange(len(points)), skin.axis] += 0.5
    made = trimesh.Trimesh(points, skin.faces, process=False)
    found = census(made)
    assert (found.open_edges, found.crowded_edges, found.flipped_edges) == (0, 0, 0)
    assert made.volume > 0


@QUICK
@given(st.integers(0, 2**32 - 1))
def test_the_nearest_point_of_a_box_is_found(seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-12, 12, (200, 3))
    cube = trimesh.creation.box((10, 10, 10))
    beyond = np.abs(points) - 5
    exact = np.linalg.norm(np.maximum(beyond, 0), axis=1) + np.minimum(beyond.max(axis=1), 0)
    near = Surface(corners_of(cube)).nearest(points)
    np.testing.assert_allclose(near.distance, np.abs(exact), rtol=2e-3, atol=1e-9)
    spots = np.einsum("ij,ijk->ik", near.weights, corners_of(cube)[near.face])
    np.testing.assert_allclose(np.linalg.norm(spots - points, axis=1), near.distance, atol=1e-9)


def test_only_the_outer_of_two_balls_is_seen() -> None:
    outer, inner = corners_of(ball(10)), corners_of(ball(4))
    both = np.concatenate([outer, inner])
    points, face = spread(both, 2000)
    np.testing.assert_array_equal(seen(both, points, face), face < len(outer))
