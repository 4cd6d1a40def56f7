"""How clothes drawn for one body fit another: the factors between the body that they are drawn for and the
one that wears them.

Garments' numbers, in templates and in code, are those of a *drawn* body, the chibi. ``Fit`` maps them:
heights above the pelvis joint follow the torso (below it the legs), widths follow hips, waist and chest at
each height, collars follow the neck, and how far cloth stands off follows the girth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fabricate.kit.frames import Array
from fabricate.kit.outlines import Outline

__all__ = ["LEG", "SHOULDER", "Fit"]

SHOULDER, LEG = 0.282, 0.248
"""The drawn body's shoulders above, and its ankles below, the pelvis joint."""
CHEST, BELLY, HIP, NECK, ARM, ANKLE = 0.082, 0.098, 0.099, 0.044, 0.212, 0.052
LEVELS = (0.0, 0.065, 0.190)
"""Where hips, waist and chest are, above the pelvis joint of the drawn body."""

GIRTHS = ("loose", "cuff_loose", "turn_up_loose", "quilts", "flare", "thick")
"""A garment's keys that say how far cloth stands off."""


@dataclass(frozen=True)
class Fit:
    """Factors, each 1 on the drawn body: ``tall`` the torso's length, ``leg`` and ``arm`` the limbs',
    ``neck`` its radius, ``girth`` the whole body's; ``widths`` of hips, waist and chest.
    """

    tall: float = 1.0
    leg: float = 1.0
    arm: float = 1.0
    neck: float = 1.0
    girth: float = 1.0
    ankle: float = 1.0
    widths: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @staticmethod
    def of(size: Mapping[str, float]) -> Fit:
        """The fit of a style's ``[size]``."""
        widths = (size["hip_r"] / HIP, size["belly_r"] / BELLY, size["chest_r"] / CHEST)
        return Fit(
            tall=size["shoulder_z"] / SHOULDER,
            leg=(size["pelvis_z"] - size["ankle"]) / LEG,
            arm=(size["upper_arm"] + size["forearm"]) / ARM,
            neck=size["neck_r"] / NECK,
            girth=(sum(widths) + size["arm_r"] / 0.0375 + size["thigh_r"] / 0.060) / 5,
            ankle=size["ankle"] / ANKLE,
            widths=widths,
        )

    @property
    def plain(self) -> bool:
        """Whether nothing changes."""
        return all(abs(v - 1) < 1e-6 for v in (self.tall, self.leg, *self.widths))

    @property
    def least(self) -> float:
        """What a line's width is divided by so that it prints: the smaller of its stretches, tempered."""
        wide = min(self.widths[1:])
        return min(1.0, max(min(wide, self.tall), 0.85 * float(np.sqrt(wide * self.tall))))

    def z(self, z: float) -> float:
        """A height above the pelvis joint."""
        return float(z * (self.tall if z > 0 else self.leg))

    def wide(self, z: float) -> float:
        """How much wider the body is at a drawn height."""
        return float(np.interp(z, LEVELS, self.widths))

    def point(self, local: tuple[float, float, float]) -> tuple[float, float, float]:
        """A drawn point of the chest's or pelvis' frame."""
        x, y, z = local
        return x * self.wide(z), y * self.wide(z), self.z(z)

    def outline(self, drawn: Outline) -> Outline:
        """A drawn outline on this body."""
        if self.plain:
            return drawn
        scale = np.float32(min(self.tall, self.leg, *self.widths))
        tall, leg = np.float32(self.tall), np.float32(self.leg)
        levels, widths = np.array(LEVELS, np.float32), np.array(self.widths, np.float32)

        def distance(x: Array, z: Array) -> Array:
            up = np.where(z > 0, z / tall, z / leg)
            wide = np.asarray(np.interp(up, levels, widths), np.float32)
            return np.asarray(drawn.distance(np.asarray(x / wide), up) * scale)

        x = [end * width for end in (drawn.low[0], drawn.high[0]) for width in self.widths]
        return Outline(distance, (min(x), self.z(drawn.low[1])), (max(x), self.z(drawn.high[1])))

    def worn(self, kind: str, garment: Mapping[str, Any]) -> dict[str, Any]:
        """A garment's table with how far cloth stands off, and how deep cuffs are, as on this body."""
        worn = dict(garment)
        for key in GIRTHS:
            if key in worn and not (kind == "skirt" and key == "flare"):
                # The flare of trousers is seen against a slimmer leg.
                legs = key == "flare" and kind in ("trousers", "dungarees")
                worn[key] = garment[key] * (self.girth**2 if legs else self.girth)
        if kind == "skirt":
            out = (self.leg * self.girth) ** 0.5
            worn["flare"] = HIP * self.widths[0] + (garment["flare"] - HIP) * out
        if "cuff_deep" in worn:
            worn["cuff_deep"] = garment["cuff_deep"] * (self.arm * self.girth) ** 0.5
        if "turn_up_deep" in worn:
            share = np.clip((garment["turn_up_deep"] - 0.026) / 0.05, 0, 1)
            deep = (1 - share) * (self.leg * self.girth) ** 0.5 + share * self.leg
            worn["turn_up_deep"] = garment["turn_up_deep"] * float(deep)
        return worn
