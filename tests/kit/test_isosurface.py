"""Marching cubes: closed, outward, true to the field, and only near the surface."""

import manifold3d
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.kit import isosurface as module
from fabricate.kit.clay import Clay, Offset
from fabricate.kit.frames import Frame
from fabricate.kit.isosurface import isosurface
from fabricate.kit.primitives import Block, Box, Ellipsoid, RoundCone
from fabricate.kit.sdf import sample
from fabricate.solid.cases import loops, triangles

HERE = Frame.at((0, 0, 0))


def solid(vertices, faces):
    mesh = manifold3d.Mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    return manifold3d.Manifold(mesh)


def test_a_ball_has_its_volume_and_faces_outwards():
    vertices, faces = isosurface(Ellipsoid(HERE, (1, 1, 1)), 0.05)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi, rel=0.01)
    assert np.abs(np.linalg.norm(vertices, axis=1) - 1).max() < 0.01


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_any_heap_of_clay_closes(seed):
    rng = np.random.default_rng(seed)
    clay = Clay()
    for _ in range(12):
        a, b = rng.uniform(-0.4, 0.4, (2, 3))
        clay.add(RoundCone(HERE, a, b, *rng.uniform(0.04, 0.2, 2)), rng.choice([0, 0.03, 0.1]))
    clay.cut(Box(Frame.at(rng.uniform(-0.2, 0.2, 3)), rng.uniform(0.05, 0.3, 3), 0.01), rng.choice([0, 0.04]))
    vertices, faces = isosurface(clay, 0.03)
    assert solid(vertices, faces).status().name == "NoError"
    assert solid(vertices, faces).volume() > 0
    assert np.abs(sample(clay, vertices)).max() < 0.03


def test_every_case_of_a_cell_closes():
    """Random signs on a lattice meet all 256 cases, ambiguous faces among them."""
    rng = np.random.default_rng(3)

    class Noise:
        low = np.zeros(3, np.float32)
        high = np.full(3, 2.0, np.float32)
        doubt = 0.0

        def distance(self, p, centre, reach):
            inner = ((p > 0.05) & (p < 1.95)).all(0)
            lattice = np.rint(p * 10).astype(int)
            signs = table[tuple(np.clip(lattice, 0, 31))]
            return np.where(inner, signs * np.float32(0.05), np.float32(0.05))

    table = rng.choice([-1, 1], (32, 32, 32)).astype(np.float32)
    vertices, faces = isosurface(Noise(), 0.1)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    assert (count == 2).all()
    assert len(faces) > 5000
    assert solid(vertices, faces).status().name == "NoError"

    assert all(triangles(loop) for case in range(1, 255) for loop in loops(case))


def test_a_surface_that_stands_out_of_its_box_is_closed():
    """A block that narrows tells less than the distance: what is raised on it is thicker than its box."""
    raised = Offset(Block(HERE, (1, 1, 0.3), (0.9, 0.9)), 0.3)
    vertices, faces = isosurface(raised, 0.02)
    assert vertices[:, 0].max() > raised.high[0] + 0.04
    assert solid(vertices, faces).status().name == "NoError"


def test_nothing_gives_nothing():
    empty = Clay().add(Ellipsoid(HERE, (1, 1, 1))).keep(Ellipsoid(Frame.at((5, 0, 0)), (1, 1, 1)))
    vertices, faces = isosurface(empty, 0.1)
    assert len(vertices) == len(faces) == 0


def test_only_blocks_near_the_surface_are_evaluated(monkeypatch):
    """A ball of 200 cells across has 8 million cells; its surface a hundredth of them."""
    seen = 0
    ball = Ellipsoid(HERE, (1, 1, 1))
    inner = ball.distance

    def counted(p, centre, reach):
        nonlocal seen
        seen += p[0].size
        return inner(p, centre, reach)

    monkeypatch.setattr(ball, "distance", counted)
    _, faces = isosurface(ball, 0.01)
    assert len(faces) > 200_000
    assert seen < 0.3 * 200**3
    assert module.CELLS <= 8
