"""What a figure wears so far: the state that one garment leaves for the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fabricate.kit.clay import Clay
from fabricate.kit.skeleton import Skeleton

__all__ = ["Garment", "Wardrobe", "seam"]

Garment = Mapping[str, Any]
"""One ``[[garment]]`` of an outfit with every key filled in; lengths in body units."""


@dataclass
class Wardrobe:
    """The clothes of a skeleton ``s``, in body units (the bare body, standing, is 1 tall), in the figure
    frame.

    ``fine``: the least relief of a printable detail; ``line``: its least width. ``parts``: clay by colour
    role (``top``, ``bottom``, ``trim``, ``belt``, ``metal``, ``shoes``, ``soles`` ...). ``sleeve`` and
    ``leg``: shares 0..1 of the limbs that cloth covers.
    """

    s: Skeleton
    fine: float
    line: float
    parts: dict[str, Clay] = field(default_factory=dict)
    sleeve: float = 0.0
    leg: float = 0.0

    def part(self, role: str) -> Clay:
        """The clay of a role, made when first asked for."""
        return self.parts.setdefault(role, Clay())


def seam(role: str) -> str:
    """The role of the stitching on a role's cloth: its colour, darker."""
    return f"{role}_seam"
