"""What a figure wears so far: the state that one garment leaves for the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.kit import body
from fabricate.kit.clay import Clay
from fabricate.kit.decals import Decal
from fabricate.kit.fit import Fit
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.outlines import Outline
from fabricate.kit.primitives import Half
from fabricate.kit.sdf import Field
from fabricate.kit.skeleton import Skeleton

__all__ = ["Garment", "Wardrobe", "seam"]

Garment = Mapping[str, Any]
"""One ``[[garment]]`` of an outfit with every key filled in; lengths in the drawn body's units (see ``fit``),
except how far cloth stands off and how deep cuffs are: those are as on the body that wears them."""


@dataclass
class Wardrobe:
    """The clothes of a skeleton ``s``, in body units (the bare body, standing, is 1 tall), in the figure
    frame.

    ``fine``: the least relief of a printable detail; ``line``: its least width. ``parts``: clay by colour
    role (``top``, ``bottom``, ``trim``, ``belt``, ``metal``, ``shoes``, ``soles`` ...). ``sleeve`` and
    ``leg``: shares 0..1 of the limbs that cloth covers; ``hidden``: joints (``waist``, ``hips``) that hang
    under cloth.
    """

    s: Skeleton
    fine: float
    line: float
    parts: dict[str, Clay] = field(default_factory=dict)
    sleeve: float = 0.0
    leg: float = 0.0
    hidden: set[str] = field(default_factory=set)

    @cached_property
    def fit(self) -> Fit:
        """How drawn numbers come to this body."""
        return Fit.of(self.s.size)

    @property
    def drawn(self) -> float:
        """The least width of a line in an outline that ``raised`` fits to the body."""
        return self.line / self.fit.least

    def part(self, role: str) -> Clay:
        """The clay of a role, made when first asked for."""
        return self.parts.setdefault(role, Clay())

    def at(self, x: float, y: float, z: float) -> NDArray[np.float64]:
        """A drawn point of the chest's frame, on this body, (3,)."""
        return self.s.chest.point(self.fit.point((x, y, z)))

    def under(self, z: float) -> Half:
        """Everything below a drawn height on the torso."""
        return body.plane(self.at(0, 0, z), self.s.chest.turn[:, 2])

    def above(self, z: float) -> Half:
        """Everything above a drawn height on the torso."""
        return body.plane(self.at(0, 0, z), -self.s.chest.turn[:, 2])

    def nape(self, x: float = 0.0, y: float = 0.0, z: float = 0.0, tilt: float = 0.0) -> Frame:
        """A frame at the foot of the neck, its unit the neck's: off by a drawn (x, y, z), tipped forward."""
        size, turn = self.s.size, self.s.chest.turn
        # Above the shoulders' own thickness.
        over = size["arm_r"] * 0.85 + 0.014125 * self.fit.girth
        if self.s.made["build"] in ("slim", "muscle"):
            over += size["arm_r"] * 0.30
        elif body.boxy(self.s):
            over = size["arm_r"] * 1.15 + 0.012
        base = self.s.chest.point((0, 0, size["shoulder_z"] + over))
        return Frame.at(
            base + turn @ (np.array([x, y, z]) * self.fit.neck), turn @ rotation("x", tilt), self.fit.neck
        )

    def raised(
        self,
        cloth: Field,
        outline: Outline,
        lift: float,
        sink: float = 0.012,
        bevel: float = 0.002,
        *,
        frame: Frame | None = None,
        around: float = 0.0,
        sides: str = "front",
        cut: float = 0.0,
    ) -> Decal:
        """A drawn outline raised on cloth, fitted to this body; in the chest's frame, turned about it."""
        at = self.s.chest if frame is None else frame
        if around:
            at = at.inside((0, 0, 0), rotation("z", around))
        return Decal(cloth, at, self.fit.outline(outline), lift, sink, bevel, sides, cut)


def seam(role: str) -> str:
    """The role of the stitching on a role's cloth: its colour, darker."""
    return f"{role}_seam"
