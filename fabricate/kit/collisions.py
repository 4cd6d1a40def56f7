"""Which limbs pass through each other: how deep the fields of arms, legs, trunk and head lie in others."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from fabricate import resources
from fabricate.kit import body, hands, heads
from fabricate.kit.clay import Clay
from fabricate.kit.design import Design
from fabricate.kit.figure import skeleton_of
from fabricate.kit.fit import Fit
from fabricate.kit.outfit import GARMENTS
from fabricate.kit.primitives import RoundCone
from fabricate.kit.sdf import Field, sample
from fabricate.kit.skeleton import Skeleton

__all__ = ["DEEP", "colliding", "collisions"]

CELL = 0.011
DEEP = 0.014
"""How far two limbs may sink into each other, in body units: skin and thin cloth that touch. Thicker cloth
gives: what it stands off the body by more than ``THIN``, on both."""
THIN = 0.008
TOUCH = {
    ("hands-on-hips", "trunk"): 0.035,
    ("hero", "trunk"): 0.035,
    ("think", "trunk"): 0.024,
}
"""A pose whose hand is meant to rest on something presses that much into it."""
PAIRS = (
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
)


def colliding(design: Design) -> dict[tuple[str, str], float]:
    """The pairs of a design's limbs that pass through each other, with their depth in body units."""
    s, tables = skeleton_of(design)
    girth = Fit.of(s.size).girth
    loose, tight, sleeve = cloth(design.outfit)
    loose, tight = loose * girth, tight * girth
    give = 2 * max(0.0, max(loose, tight) - THIN)
    return {
        pair: deep
        for pair, deep in collisions(s, tables["head"], loose, tight, sleeve).items()
        if deep > max(DEEP, *(TOUCH.get((design.pose, part), 0.0) for part in pair)) + give
    }


def collisions(
    s: Skeleton,
    head: Mapping[str, Any],
    loose: float = 0.008,
    tight: float = 0.006,
    sleeve: float = 0.45,
) -> dict[tuple[str, str], float]:
    """How deep every pair of limbs that touches lies in one another, in body units."""
    parts = limbs(s, head, loose, tight, sleeve)
    return {pair: deep for pair in PAIRS if (deep := overlap(parts[pair[0]], parts[pair[1]])) > 0}


def overlap(a: Field, b: Field) -> float:
    """How deep two fields lie in each other, from a grid over where their boxes meet; 0 when apart."""
    low, high = np.maximum(a.low, b.low), np.minimum(a.high, b.high)
    if (low >= high).any():
        return 0.0
    axes = [np.arange(lo, hi + CELL, CELL) for lo, hi in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    inside = -np.maximum(sample(a, points), sample(b, points))
    return max(0.0, 2 * float(inside.max()))


def cloth(outfit: str) -> tuple[float, float, float]:
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


def limbs(s: Skeleton, head: Mapping[str, Any], loose: float, tight: float, sleeve: float) -> dict[str, Clay]:
    """The free ends of the limbs, and what they must not enter, as fields by name."""
    found = {"trunk": body.torso(s, loose), "head": heads.skull(s.head, head)}
    for limb, side in zip(s.arms, ("right", "left"), strict=True):
        grow = loose if sleeve > 0.6 else 0.0
        upper, lower = body.arm_halves(s, limb, grow)
        found[f"{side} arm"] = lower.add(hands.hand(s, limb))
        # Where it leaves the shoulder it is part of the trunk.
        found[f"{side} upper arm"] = upper.keep(body.plane(limb.at(0.3)[0], limb.a - limb.b))
    for limb, side in zip(s.legs, ("right", "left"), strict=True):
        thigh, shin = body.leg_halves(s, limb, tight)
        wide, long, down = s.size["foot"], s.size["foot_long"], s.size["ankle"]
        heel, toe = (0, long * 0.15, -down + wide * 0.75), (0, -long * 0.80, -down + wide * 0.7)
        shin.keep(body.plane(limb.at(0.6)[0], limb.b - limb.c))
        found[f"{side} shin"] = shin.add(RoundCone(limb.end, heel, toe, wide * 0.75, wide * 0.7))
        found[f"{side} thigh"] = thigh
    return found
