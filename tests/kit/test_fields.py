"""Distance fields: signs, bounds, blends, and that neighbours agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.frames import Frame, along, rotation
from fabricate.kit.primitives import Box, Cone, Ellipsoid, Half, Ring, RoundCone, Strand
from fabricate.kit.sdf import sample

HERE = Frame.at((0, 0, 0))
TILTED = Frame.at((0.1, -0.2, 0.3), rotation("z", 30) @ rotation("x", 50), 1.7)
PRIMITIVES = {
    "ellipsoid": lambda f: Ellipsoid(f, (0.5, 0.4, 0.3)),
    "round cone": lambda f: RoundCone(f, (0, 0, 0), (0.2, 0.1, 0.7), 0.3, 0.1),
    "box": lambda f: Box(f, (0.4, 0.3, 0.2), 0.05),
    "ring": lambda f: Ring(f, 0.5, 0.12),
    "cone": lambda f: Cone(f, 0.4, 0.25, 0.3, 0.04),
    "strand": lambda f: Strand(
        f.point([(0, 0, 0), (0.3, 0, 0.2), (0.4, 0.3, 0.5)]), np.array([0.2, 0.15, 0.05]) * f.scale
    ),
}


@pytest.mark.parametrize("frame", [HERE, TILTED], ids=["here", "tilted"])
@pytest.mark.parametrize("name", PRIMITIVES)
def test_inside_lies_in_the_box_and_far_points_are_outside(name, frame):
    item = PRIMITIVES[name](frame)
    rng = np.random.default_rng(1)
    points = rng.uniform(-2.5, 2.5, (6000, 3))
    d = sample(item, points)
    inside = d < 0
    assert inside.any()
    assert (points[inside] >= item.low - 1e-4).all()
    assert (points[inside] <= item.high + 1e-4).all()


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_field_changes_no_faster_than_one_step_a_step(name):
    item = PRIMITIVES[name](TILTED)
    rng = np.random.default_rng(2)
    a = rng.uniform(-1.5, 1.5, (4000, 3))
    b = a + rng.normal(size=a.shape) * 0.01
    change = np.abs(sample(item, a) - sample(item, b)) / np.linalg.norm(a - b, axis=1)
    near = np.abs(sample(item, a)) < 0.3
    assert change[near].max() < 1.25


@given(st.floats(0, 0.3), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_blend_only_adds_and_at_most_a_quarter_of_its_width(k, seed):
    a, b = Ellipsoid(HERE, (0.4, 0.4, 0.4)), Ellipsoid(Frame.at((0.5, 0, 0)), (0.3, 0.3, 0.3))
    points = np.random.default_rng(seed).uniform(-1, 1, (500, 3))
    crisp = np.minimum(sample(a, points), sample(b, points))
    blended = sample(Clay().add(a).add(b, k), points)
    assert (blended <= crisp + 1e-6).all()
    assert (blended >= crisp - k / 4 - 1e-6).all()


def test_cut_keep_and_offset_do_what_they_say():
    ball = Ellipsoid(HERE, (1, 1, 1))
    points = np.array([(0, 0, 0.5), (0, 0, -0.5), (0, 0, 1.1)])
    kept = Clay().add(ball).keep(Half(HERE))
    assert (sample(kept, points) < 0).tolist() == [False, True, False]
    cut = Clay().add(ball).cut(Half(HERE))
    assert (sample(cut, points) < 0).tolist() == [True, False, False]
    assert (sample(Offset(ball, 0.2), points) < 0).tolist() == [True, True, True]
    pushed = Warped(ball, lambda p: np.full(p.shape[1:], 0.2, np.float32), 0.2)
    assert sample(pushed, [(0, 0, 1.1)])[0] == pytest.approx(-0.1, abs=1e-5)


def test_blocks_far_away_are_told_far_and_near_ones_truly():
    clay = Clay().add(Ellipsoid(Frame.at((2, 0, 0)), (0.2, 0.2, 0.2)))
    p = np.array([[[0.0], [2.0]], [[0.0], [0.0]], [[0.0], [0.0]]], np.float32)
    d = clay.distance(p, p[:, :, 0], 0.1)
    assert d[0, 0] > 1
    assert d[1, 0] == pytest.approx(-0.2)


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_along_gives_a_rotation_that_points_there(way):
    turn = along(way)
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert np.allclose(turn[:, 2], np.array(way) / np.linalg.norm(way))
