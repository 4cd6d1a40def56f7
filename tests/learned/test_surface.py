"""Coarse to fine finds the dense mesh with a fraction of the evaluations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from fabricate.errors import BackendError
from fabricate.learned.surface import dense, near_surface


def blobs(seed: int):
    dice = np.random.default_rng(seed)
    middles, radii = dice.uniform(-0.5, 0.5, (5, 3)), dice.uniform(0.18, 0.4, 5)

    def field(points):
        away = np.linalg.norm(points[:, None] - middles, axis=2)
        return (radii - away).max(axis=1).astype(np.float32)

    return field


def apart(a, b):
    return max(cKDTree(a).query(b)[0].max(), cKDTree(b).query(a)[0].max())


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([33, 48, 64, 65]))
def test_the_mesh_is_the_dense_one(seed, points):
    whole, sparse = dense(blobs(seed), points), near_surface(blobs(seed), points)
    assert len(whole.faces) == len(sparse.faces)
    assert apart(whole.vertices, sparse.vertices) < 1e-4


def test_at_full_size_it_takes_a_fraction_of_the_evaluations():
    counted = []

    def field(points):
        counted.append(len(points))
        return (0.7 - np.linalg.norm(points, axis=1)).astype(np.float32)

    found = near_surface(field, 256)
    assert sum(counted) <= found.evaluations
    assert 256**3 / found.evaluations > 4
    assert np.linalg.norm(found.vertices, axis=1) == pytest.approx(0.7, abs=1e-3)


def test_it_is_closed_and_faces_outwards_even_where_it_meets_the_cube():
    import trimesh

    found = near_surface(lambda p: (0.8 - np.abs(p[:, :2]).max(axis=1)).astype(np.float32), 40)
    mesh = trimesh.Trimesh(found.vertices, found.faces)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(1.6 * 1.6 * 2, rel=0.05)


@pytest.mark.parametrize(("value", "what"), [(-1.0, "nothing"), (1.0, "everything")])
def test_a_field_without_a_surface_is_refused(value, what):
    with pytest.raises(BackendError, match=what):
        near_surface(lambda p: np.full(len(p), value, np.float32), 32)
