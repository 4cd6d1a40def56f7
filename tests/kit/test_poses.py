"""Poses: no limb passes through another, every one stands by itself, the sitting sit and the jumping fly."""

import itertools

import numpy as np
import pytest

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.kit import body, face, templates
from fabricate.kit.clay import Clay
from fabricate.kit.design import Design
from fabricate.kit.frames import HERE
from fabricate.kit.outfit import GARMENTS
from fabricate.kit.primitives import RoundCone
from fabricate.kit.sdf import sample
from fabricate.kit.skeleton import HANDS, peg, pose_skeleton
from fabricate.kit.solid import sculpture
from fabricate.solid.assemble import assemble
from fabricate.solid.check import inspect

POSES = resources.names("poses")
CELL = 0.011
DEEP = 0.014
"""How far two limbs may sink into each other, in body units: skin and thin cloth that touch. Thicker cloth
gives: what it stands off the body by more than THIN, on both."""
THIN = 0.008
TOUCH = {
    ("hands-on-hips", "trunk"): 0.035,
    ("hero", "trunk"): 0.035,
}
"""A pose whose hand is meant to rest on something presses that much into it."""


def overlap(a, b):
    """How deep two fields lie in each other, from a grid over where their boxes meet; 0 when apart."""
    low, high = np.maximum(a.low, b.low), np.minimum(a.high, b.high)
    if (low >= high).any():
        return 0.0
    axes = [np.arange(lo, hi + CELL, CELL) for lo, hi in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    inside = -np.maximum(sample(a, points), sample(b, points))
    return max(0.0, 2 * float(inside.max()))


def cloth(outfit):
    """How far an outfit stands off trunk and arms, and off the legs; the share of the arm it covers."""
    rows = resources.read("outfits", outfit)["garment"]
    full = [(row["kind"], {**GARMENTS[row["kind"]][1], **row}) for row in rows]
    legs = [row["loose"] for kind, row in full if kind in ("trousers", "dungarees")]
    rest = [row for kind, row in full if kind not in ("trousers", "dungarees") and "loose" in row]
    return (
        max((row["loose"] for row in rest), default=0.0),
        max(legs, default=0.0),
        max((row.get("sleeve", 0.0) for row in rest), default=0.0),
    )


def limbs(s, head, loose, tight, sleeve):
    """The free ends of the limbs, and what they must not enter, as fields by name."""
    found = {"trunk": body.torso(s, loose), "head": face.skull(s.head, head)}
    for limb, side in zip(s.arms, ("right", "left"), strict=True):
        grow = loose if sleeve > 0.6 else 0.0
        r, w = s.size["arm_r"] + grow, s.size["wrist_r"] + grow
        fore = Clay().add(RoundCone(HERE, limb.b, limb.c, (r + w) / 2, w)).add(body.hand(s, limb))
        found[f"{side} arm"] = fore
        found[f"{side} upper arm"] = Clay().add(RoundCone(HERE, limb.at(0.3)[0], limb.b, r, (r + w) / 2))
    for limb, side in zip(s.legs, ("right", "left"), strict=True):
        r, w = s.size["thigh_r"] + tight, s.size["shin_r"] + tight
        shin = Clay().add(RoundCone(HERE, limb.b, limb.c, (r + w) / 2, w))
        wide, long, down = s.size["foot"], s.size["foot_long"], s.size["ankle"]
        heel, toe = (0, long * 0.15, -down + wide * 0.75), (0, -long * 0.80, -down + wide * 0.7)
        found[f"{side} shin"] = shin.add(RoundCone(limb.end, heel, toe, wide * 0.75, wide * 0.7))
        found[f"{side} thigh"] = Clay().add(RoundCone(HERE, limb.a, limb.b, r, (r + w) / 2))
    return found


PAIRS = [
    ("right arm", "left arm"),
    ("right shin", "left shin"),
    *itertools.product(
        ("right arm", "left arm"), ("trunk", "head", "right shin", "left shin", "right thigh", "left thigh")
    ),
    *((f"{a} upper arm", "head") for a in ("right", "left")),
    *itertools.product(("right shin", "left shin"), ("trunk",)),
    ("right shin", "left thigh"),
    ("left shin", "right thigh"),
    ("right arm", "left upper arm"),
    ("left arm", "right upper arm"),
]


def collisions(s, head, loose=0.008, tight=0.006, sleeve=0.45):
    """The depth of every pair of limbs that touch, by their names."""
    parts = limbs(s, head, loose, tight, sleeve)
    return {pair: deep for pair in PAIRS if (deep := overlap(parts[pair[0]], parts[pair[1]])) > 0}


def assert_apart(pose, style, outfit, holding):
    tables = templates.style(style)
    s = pose_skeleton(tables["size"], templates.pose(pose), holding)
    for pair, deep in collisions(s, tables["head"], *cloth(outfit)).items():
        most = max(DEEP, *(TOUCH.get((pose, part), 0.0) for part in pair))
        give = 2 * max(0.0, max(cloth(outfit)[:2]) - THIN)
        assert deep <= most + give, (
            f"{pose}, {style}, {outfit}, holding={holding}: {' in '.join(pair)} by {deep:.3f}"
        )


@pytest.mark.parametrize("holding", [False, True])
@pytest.mark.parametrize("pose", POSES)
def test_no_limb_passes_through_another(pose, holding):
    assert_apart(pose, "chibi", "tee-jeans", holding)


def test_the_measure_finds_a_hand_in_the_chest_and_an_arm_in_the_head():
    tables = templates.style("chibi")
    inward = {"flex": 60, "bend": 130, "turn": -90, "abduct": -20}
    up = {"abduct": 175}
    deep = collisions(pose_skeleton(tables["size"], {"left_arm": inward, "right_arm": up}), tables["head"])
    assert deep["left arm", "trunk"] > DEEP * 2
    assert deep["right arm", "head"] > DEEP * 2


@pytest.mark.slow
@pytest.mark.parametrize("style", resources.names("styles"))
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
