"""Poses: feet on the ground, hands where angles put them, every template sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate import resources
from fabricate.kit import templates
from fabricate.kit.skeleton import pose_skeleton

SIZE = resources.read("styles", "chibi")["size"]


@pytest.mark.parametrize("name", resources.names("poses"))
@pytest.mark.parametrize("holding", [False, True])
def test_every_pose_stands_on_the_ground(name, holding):
    s = pose_skeleton(SIZE, resources.read("poses", name), holding)
    heel_and_toe = [
        (0, 0.55 * SIZE["foot_long"], -SIZE["ankle"]),
        (0, -1.2 * SIZE["foot_long"], -SIZE["ankle"]),
    ]
    soles = min(leg.end.point(heel_and_toe)[:, 2].min() for leg in s.legs)
    seat = s.pelvis.origin[2] - SIZE["hip_r"]
    lift = templates.pose(name).get("body", {}).get("lift", 0.0) if s.pegged else 0.0
    assert min(soles, seat) == pytest.approx(lift, abs=1e-9)
    assert s.head.origin[2] > s.chest.origin[2] >= s.pelvis.origin[2] > s.legs[0].c[2] - 0.01


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


def test_a_foot_is_level_unless_it_follows_the_shin():
    lifted = {"flex": 40, "bend": 70, "toes": 0}
    s = pose_skeleton(SIZE, {"left_leg": lifted, "right_leg": {**lifted, "follow": True}})
    assert np.allclose(s.legs[1].end.turn, np.eye(3))
    shin = (s.legs[0].c - s.legs[0].b) / np.linalg.norm(s.legs[0].c - s.legs[0].b)
    assert np.allclose(s.legs[0].end.turn @ [0, 0, -1], shin)


@given(st.floats(-60, 60), st.floats(0, 80))
@settings(max_examples=20)
def test_splay_turns_a_lifted_leg_outwards_and_keeps_its_height(splay, flex):
    straight, turned = (
        pose_skeleton(SIZE, {"left_leg": {"flex": flex, "splay": s, "abduct": 0}}).legs[1]
        for s in (0.0, splay)
    )
    assert (turned.c - turned.a)[2] == pytest.approx((straight.c - straight.a)[2])
    assert np.sign(round((turned.c - turned.a)[0], 9)) in (0, np.sign(splay))


def test_a_peg_lifts_the_whole_body():
    low, high = (pose_skeleton(SIZE, {"body": {"peg": True, "lift": lift}}) for lift in (0.05, 0.2))
    assert high.head.origin[2] - low.head.origin[2] == pytest.approx(0.15)
    assert high.pegged
    assert not pose_skeleton(SIZE, {"body": {"lift": 0.2}}).pegged
