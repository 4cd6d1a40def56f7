"""Poses: feet on the ground, hands where angles put them, every template sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate import resources
from fabricate.kit.skeleton import pose_skeleton

SIZE = resources.read("styles", "chibi")["size"]


@pytest.mark.parametrize("name", resources.names("poses"))
@pytest.mark.parametrize("holding", [False, True])
def test_every_pose_stands_on_the_ground(name, holding):
    s = pose_skeleton(SIZE, resources.read("poses", name), holding)
    assert min(leg.c[2] for leg in s.legs) == pytest.approx(SIZE["ankle"])
    assert s.head.origin[2] > s.chest.origin[2] > s.legs[0].c[2]


@given(st.floats(-60, 60), st.floats(-60, 160), st.floats(0, 120))
@settings(max_examples=40)
def test_limbs_keep_their_length_and_sides_mirror(flex, abduct, bend):
    angles = {"flex": flex, "abduct": abduct, "bend": bend}
    s = pose_skeleton(SIZE, {"right_arm": angles, "left_arm": angles})
    right, left = s.arms
    assert np.linalg.norm(left.b - left.a) == pytest.approx(SIZE["upper_arm"])
    assert np.linalg.norm(left.c - left.b) == pytest.approx(SIZE["forearm"])
    assert np.allclose(right.c * [-1, 1, 1], left.c)


def test_abduct_lifts_sideways_and_flex_forwards():
    down = pose_skeleton(SIZE, {}).arms[1]
    side = pose_skeleton(SIZE, {"left_arm": {"abduct": 90}}).arms[1]
    front = pose_skeleton(SIZE, {"left_arm": {"flex": 90}}).arms[1]
    assert side.c[0] > down.c[0] + 0.1
    assert side.c[2] > down.c[2] + 0.1
    assert front.c[1] < down.c[1] - 0.1


def test_the_held_arm_is_only_the_right_one():
    pose = resources.read("poses", "wave")
    free, holding = pose_skeleton(SIZE, pose), pose_skeleton(SIZE, pose, holding=True)
    assert np.allclose(free.arms[1].c, holding.arms[1].c)
    assert not np.allclose(free.arms[0].c, holding.arms[0].c)
    assert holding.arms[0].shape == "grip"
