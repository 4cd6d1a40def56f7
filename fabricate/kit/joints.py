"""The look of an articulated figure: a sunk ring where each joint turns, and pins in elbows and knees.

The rings are cut into whatever is worn there, skin or cloth, from its own surface, so that they are lines
only: nothing moves, nothing is weakened by more than the line's depth.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.clay import Clay
from fabricate.kit.frames import Array
from fabricate.kit.sdf import FAR, Field
from fabricate.kit.skeleton import Limb, Skeleton

__all__ = ["JOINTED", "Ring", "grooved", "rings"]

JOINTED = ("skin", "top", "bottom", "shoes", "shirt")
"""Parts that are cut."""


@dataclass(frozen=True)
class Ring:
    """A ring: the plane through ``at`` (3,) square to ``way`` (3,), as far as ``reach`` from that point."""

    at: NDArray[np.float64]
    way: NDArray[np.float64]
    reach: float


def rings(s: Skeleton, hidden: Collection[str] = ()) -> Iterator[Ring]:
    """Every joint's ring but the hidden: shoulders, upper arms, elbows, wrists, ``waist``, ``hips``, knees,
    ankles.
    """
    size = s.size
    for limb in s.arms:
        upper, lower = limb.b - limb.a, limb.c - limb.b
        yield Ring(limb.a - _side(s, limb) * size["arm_r"] * 0.35, _side(s, limb), size["arm_r"] * 2.0)
        yield Ring(limb.a + upper * 0.56, upper, size["arm_r"] * 1.5)
        yield Ring(limb.b + lower * 0.16, lower, size["arm_r"] * 1.3)
        yield Ring(limb.c - lower * 0.03, lower, size["wrist_r"] * 2.0)
    if "waist" not in hidden:
        yield Ring(
            s.chest.point((0, 0, size["shoulder_z"] * 0.36)), s.chest.turn[:, 2], size["chest_r"] * 1.5
        )
    for limb in s.legs:
        upper, lower = limb.b - limb.a, limb.c - limb.b
        if "hips" not in hidden:
            yield Ring(limb.a + upper * 0.22, upper, size["thigh_r"] * 1.6)
        yield Ring(limb.b - upper * 0.10, upper, size["thigh_r"] * 1.2)
        yield Ring(limb.b + lower * 0.11, lower, size["thigh_r"] * 1.2)
        yield Ring(limb.c + lower * 0.02, lower, size["shin_r"] * 2.2)


def _side(s: Skeleton, limb: Limb) -> NDArray[np.float64]:
    """Out of the shoulder, sideways and a little up."""
    way = s.chest.turn @ np.array([limb.side, 0.0, 0.30])
    return np.asarray(way / np.linalg.norm(way))


class Grooved:
    """A field with rings sunk ``deep`` into its surface, ``wide`` across."""

    def __init__(self, item: Field, cuts: list[Ring], deep: float, wide: float) -> None:
        self.item, self.low, self.high, self.doubt = item, item.low, item.high, item.doubt
        self.cuts, self.deep, self.half = cuts, np.float32(deep), np.float32(wide / 2)

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        d = self.item.distance(p, centre, reach + float(self.deep))
        for cut in self.cuts:
            gap = np.sqrt(((centre - cut.at[:, None].astype(np.float32)) ** 2).sum(0))
            where = np.flatnonzero(gap <= cut.reach + reach)
            if not len(where):
                continue
            x, y, z = (p[i][where] - np.float32(cut.at[i]) for i in range(3))
            way = (cut.way / np.linalg.norm(cut.way)).astype(np.float32)
            along = np.abs(x * way[0] + y * way[1] + z * way[2]) - self.half
            far = np.sqrt(x * x + y * y + z * z) - np.float32(cut.reach)
            old = d[where]
            # Inside the groove: between its walls, near the joint, and no deeper than it is.
            groove = np.maximum(np.maximum(along, far), -(old + self.deep))
            d[where] = np.where(old < FAR, np.maximum(old, -groove), old)
        return d


def grooved(s: Skeleton, clay: Clay, deep: float, wide: float, hidden: Collection[str] = ()) -> Clay:
    """A part with the joints' rings sunk into it."""
    return Clay().add(Grooved(clay, list(rings(s, hidden)), deep, wide))
