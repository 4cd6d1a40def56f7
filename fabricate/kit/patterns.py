"""What is printed on cloth: stripes, dots, a star, a heart, raised by a layer in a colour of their own."""

from __future__ import annotations

import numpy as np

from fabricate.kit.clay import Clay
from fabricate.kit.decals import Decal
from fabricate.kit.frames import rotation
from fabricate.kit.outlines import band, heart, oval, star
from fabricate.kit.wardrobe import Garment, Wardrobe

__all__ = ["KEYS", "KINDS", "pattern"]

KINDS = ("", "stripes", "dots", "star", "heart")
KEYS = {"pattern": KINDS, "pattern_colour": "trim", "pattern_step": 0.0}
"""A garment's keys for its pattern; with a step of 0 stripes and dots stand as far apart as is usual."""


def pattern(w: Wardrobe, g: Garment, cloth: Clay) -> None:
    """Lay a garment's pattern upon its cloth."""
    kind, role, lift = g["pattern"], g["pattern_colour"], max(w.fine * 0.6, 0.0042)
    if kind == "stripes":
        _stripes(w, role, cloth, lift, g["pattern_step"] or 0.050, g["hem"])
    elif kind == "dots":
        _dots(w, role, cloth, lift, g["pattern_step"] or 0.052)
    elif kind == "star":
        w.part(role).add(Decal(cloth, w.s.chest, star(0, 0.150, 0.046), lift * 1.3, 0.012, cut=0.0))
    elif kind == "heart":
        w.part(role).add(Decal(cloth, w.s.chest, heart(0, 0.150, 0.044), lift * 1.3, 0.012, cut=0.0))


def _stripes(w: Wardrobe, role: str, cloth: Clay, lift: float, step: float, hem: float) -> None:
    # From the hem up, so that none is left as a sliver along it; never narrower than prints.
    step = max(step, w.line * 2.4)
    for z in np.arange(hem + step * 0.5, 0.32, step):
        ring = band(z, z + step * 0.46, 0.5)
        w.part(role).add(Decal(cloth, w.s.chest, ring, lift, 0.010, sides="all"))


def _dots(w: Wardrobe, role: str, cloth: Clay, lift: float, step: float) -> None:
    step = max(step, w.line * 2.4)
    # Each dot looks out along its own radius, so that none is drawn out at the sides.
    around = int(2 * np.pi * w.s.size["belly_r"] / step)
    for row, z in enumerate(np.arange(0.03, w.s.size["shoulder_z"] - 0.02, step * 0.85)):
        for k in range(around):
            frame = w.s.chest.inside((0, 0, 0), rotation("z", (k + row % 2 / 2) * 360 / around))
            w.part(role).add(Decal(cloth, frame, oval(0, z, step * 0.24, step * 0.24), lift, 0.010, cut=0.0))
