"""Welding, counting, and what manifold3d makes of the same meshes."""

from __future__ import annotations

import itertools

import manifold3d as m3
import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.stand import centre_of_mass, hull_of, margin_inside
from fabricate.solid.topology import census, extent, weld

SEEDS = st.integers(0, 2**32 - 1)


def blocks(seed: int) -> trimesh.Trimesh:
    """Some unit cubes on a lattice, united or only laid beside each other, as loose triangles in any order:
    cubes that share an edge or a corner make the hard cases. Now and then a triangle is missing or turned."""
    dice = np.random.default_rng(seed)
    cells = [c for c in itertools.product(range(2), repeat=3) if dice.random() < 0.4] or [(0, 0, 0)]
    cubes = [m3.Manifold.cube((1.0, 1.0, 1.0)).translate(cell) for cell in cells]
    union = from_manifold(m3.Manifold.batch_boolean(cubes, m3.OpType.Add))
    beside = trimesh.util.concatenate([from_manifold(cube) for cube in cubes])
    chosen = union if dice.random() < 0.5 else beside
    corners = np.asarray(chosen.triangles)[dice.permutation(len(chosen.faces))]
    if dice.random() < 0.3:
        corners = corners[1:]
    if dice.random() < 0.3:
        corners[0] = corners[0, ::-1]
    return trimesh.Trimesh(
        corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3), process=False, validate=False
    )


@given(SEEDS)
def test_what_is_sound_is_accepted_by_manifold3d(seed: int) -> None:
    mesh = blocks(seed)
    if census(mesh).sound:
        assert to_manifold(mesh).volume() == pytest.approx(mesh.volume, abs=1e-6)


def test_what_is_open_is_not_accepted() -> None:
    mesh = trimesh.creation.box((1, 2, 3))
    mesh.update_faces(np.arange(12) > 0)
    assert not census(mesh).sound
    with pytest.raises(MeshError, match="open"):
        to_manifold(mesh)


@given(SEEDS)
def test_welded_twice_is_welded_once(seed: int) -> None:
    points, faces, _ = weld(blocks(seed))
    again = weld(trimesh.Trimesh(points.astype(np.float64), faces, process=False))
    np.testing.assert_array_equal(again[0], points)
    np.testing.assert_array_equal(again[1], faces)
    assert len(np.unique(points, axis=0)) == len(points)


@given(SEEDS)
def test_volumes_and_centre_are_those_of_the_mesh(seed: int) -> None:
    mesh = trimesh.creation.icosphere(2)
    dice = np.random.default_rng(seed)
    mesh.apply_transform(trimesh.transformations.random_rotation_matrix(dice.random(3)))
    mesh.apply_scale(dice.uniform(0.1, 9, 3))
    mesh.apply_translation(dice.uniform(-20, 20, 3))
    volume, centre = centre_of_mass(np.asarray(mesh.vertices), np.asarray(mesh.faces))
    assert volume == pytest.approx(mesh.volume, rel=1e-6)
    np.testing.assert_allclose(centre, mesh.center_mass, atol=1e-6)
    assert census(mesh).volumes.sum() == pytest.approx(mesh.volume, rel=1e-3)
    np.testing.assert_array_equal(np.stack(extent(mesh.vertices)), mesh.bounds)


@given(SEEDS, st.sampled_from([1, 2, 3, 40, 4000]))
def test_a_hull_holds_all_points_and_is_made_of_them(seed: int, count: int) -> None:
    dice = np.random.default_rng(seed)
    points = np.round(dice.normal(size=(count, 2)) * dice.uniform(0, 9, 2), int(dice.integers(0, 4)))
    hull = hull_of(points)
    assert {tuple(p) for p in hull} <= {tuple(p) for p in points}
    if len(hull) > 2:
        assert min(margin_inside(p, hull) for p in points[:200]) > -1e-9
        assert hull[:, 0].min() == hull[0, 0]
    else:
        assert len(np.unique(points, axis=0)) < 3 or np.linalg.matrix_rank(points - points[0], 1e-9) < 2


def test_the_hull_of_nothing_is_nothing() -> None:
    assert hull_of(np.zeros((0, 2))).shape == (0, 2)
