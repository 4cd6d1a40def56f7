"""Poses: no limb passes through another, every one stands by itself, the sitting sit and the jumping fly."""

import itertools

import numpy as np
import pytest

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.kit import templates
from fabricate.kit.collisions import DEEP, colliding, collisions
from fabricate.kit.design import Design
from fabricate.kit.sdf import sample
from fabricate.kit.skeleton import HANDS, peg, pose_skeleton
from fabricate.kit.solid import sculpture
from fabricate.solid.assemble import assemble
from fabricate.solid.check import inspect

POSES, STYLES = resources.names("poses"), resources.names("styles")


def assert_apart(pose, style, outfit, holding):
    held = ("mug",) if holding else ()
    found = colliding(Design(style=style, pose=pose, outfit=outfit, props=held))
    assert not found, f"{pose}, {style}, {outfit}, holding={holding}: {found}"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("pose", POSES)
def test_no_limb_passes_through_another(pose, style):
    """Every pose in every style, free and holding, each in another outfit."""
    outfits = resources.names("outfits")
    for holding in (False, True):
        k = 7 * POSES.index(pose) + 4 * STYLES.index(style) + holding
        assert_apart(pose, style, outfits[k % len(outfits)], holding)


def test_the_measure_finds_a_hand_in_the_chest_and_an_arm_in_the_head():
    tables = templates.style("chibi")
    inward = {"flex": 60, "bend": 130, "turn": -90, "abduct": -20}
    up = {"abduct": 175}
    deep = collisions(pose_skeleton(tables["size"], {"left_arm": inward, "right_arm": up}), tables["head"])
    assert deep["left arm", "trunk"] > DEEP * 2
    assert deep["right arm", "head"] > DEEP * 2


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("outfit", resources.names("outfits"))
def test_no_limb_passes_through_another_in_any_outfit_and_style(outfit, style):
    for pose, holding in itertools.product(POSES, (False, True)):
        assert_apart(pose, style, outfit, holding)


def test_there_are_the_poses_that_makers_ask_for():
    asked = (
        "stand wave hero hands-on-hips arms-crossed thumbs-up point sit run jump hold-out kick think t-pose"
    )
    assert set(asked.split()) <= set(POSES)
    words = [word for name in POSES for word in resources.read("poses", name)["words"]]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("pose", POSES)
def test_every_pose_shows_what_it_holds(pose):
    """The right arm alone changes, its hand grips, and in front of the body."""
    size, tables = templates.style("chibi")["size"], templates.pose(pose)
    assert tables["hold"]["hand"] == "grip"
    assert {row["hand"] for key, row in tables.items() if key.endswith("arm")} <= set(HANDS)
    s = pose_skeleton(size, tables, holding=True)
    assert s.arms[0].end.origin[1] < 0.02
    assert s.arms[0].end.origin[0] < -0.08


def stands(pose):
    parts, whole, _ = sculpture(Design(pose=pose), 60.0, "fdm")
    made = assemble(Lifted(parts=parts, solid=whole), height_mm=90.0, base="round")
    assert whole.body_count == 1
    check = next(c for c in inspect(made.solid).checks if c.name == "stands")
    assert check.level == "ok", (pose, check)
    assert made.base_mm < 75, (pose, made.base_mm)


@pytest.mark.parametrize("pose", ["sit", "jump", "kick"])
def test_the_boldest_poses_stand_by_themselves_on_the_round_base(pose):
    stands(pose)


@pytest.mark.slow
@pytest.mark.parametrize("pose", POSES)
def test_every_pose_stands_by_itself_on_the_round_base(pose):
    stands(pose)


def test_the_sitting_rest_on_seat_and_heels():
    s = pose_skeleton(templates.style("chibi")["size"], templates.pose("sit"))
    assert s.pelvis.origin[2] == pytest.approx(s.size["hip_r"], abs=0.02)
    heels = [leg.end.point((0, 0.55 * s.size["foot_long"], -s.size["ankle"])) for leg in s.legs]
    assert all(heel[2] == pytest.approx(0, abs=0.02) for heel in heels)
    assert all(leg.c[1] < s.pelvis.origin[1] - 0.15 for leg in s.legs)


def test_only_a_pose_that_asks_for_it_stands_on_a_peg():
    size = templates.style("chibi")["size"]
    for pose in POSES:
        tables = templates.pose(pose)
        s = pose_skeleton(size, tables)
        stand = peg(s)
        assert bool(stand) == s.pegged == (pose == "jump")
        if stand:
            x, y, z = s.pelvis.origin
            assert sample(stand, [(x, y, 0.0)])[0] == pytest.approx(0, abs=1e-6)
            axis = [(x, y, h) for h in np.linspace(0.002, z - 0.002, 9)]
            assert (sample(stand, axis) < 0).all()
            sole = [leg.end.point((0, y, -size["ankle"]))[2] for leg in s.legs for y in (0.04, -0.1)]
            assert min(sole) > 0.06
