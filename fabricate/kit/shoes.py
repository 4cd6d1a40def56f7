"""Shoes: sneakers with laces and a toe cap, or boots."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.body import boxy
from fabricate.kit.clay import Clay, Offset
from fabricate.kit.decals import Decal
from fabricate.kit.frames import Frame
from fabricate.kit.outlines import band
from fabricate.kit.primitives import Block, Cone, Ellipsoid, RoundCone
from fabricate.kit.wardrobe import Garment, Wardrobe

__all__ = ["KEYS", "shoes"]

KEYS = {"colour": "shoes", "style": ("sneaker", "boot"), "high": 0.0, "sock": "", "cuff": ""}
"""``high``: how much further up than usual. ``sock``, ``cuff`` (the boot's rim): the colour role, or none."""

LOW, HIGH = 0.012, 0.048
"""How far sneakers and boots reach above the drawn body's ankle."""


def shoes(w: Wardrobe, g: Garment) -> None:
    """Put shoes on; a boot under short trousers has a strap."""
    boot = g["style"] == "boot"
    size = w.s.size
    wide, long, down = size["foot"], size["foot_long"], size["ankle"]
    for limb in w.s.legs:
        f = limb.end
        collar = ((HIGH if boot else LOW) + g["high"]) * w.fit.ankle
        shoe = _upper(w, f, collar)
        w.part(g["colour"]).add(shoe)
        thick, round_ = max(0.017 * w.fit.ankle, w.fine * 2), wide * 1.02
        flat = f.inside((0.0, -long * 0.34, -down + thick / 2))
        w.part("soles").add(Cone(flat, round_, round_, thick / 2, 0.005, long * 1.04 / round_, boxy(w.s)))
        if not boot:
            _laces_and_cap(w, f, shoe)
        elif w.leg < 0.8 and not g["cuff"]:
            strap = band(-0.002 * w.fit.ankle, 0.020 * w.fit.ankle, 0.3)
            w.part("trim").add(Decal(shoe, f, strap, max(w.fine * 0.7, 0.005), 0.01, 0.002, sides="all"))
        if g["cuff"]:
            rim = band(collar - 0.014, collar + 0.012, 0.3)
            w.part(g["cuff"]).add(Decal(shoe, f, rim, max(w.fine, 0.008), 0.012, 0.004, sides="all"))
        if g["sock"]:
            # As a leg with a roll at its rim.
            k, thick = w.fit.ankle, w.fit.girth
            sock = Clay().add(Offset(body.leg(w.s, limb), 0.005 * thick))
            roll = Clay().add(body.leg(w.s, limb)).keep(_disc(f, collar + 0.046 * k))
            sock.add(Offset(roll, 0.009 * thick), 0.006)
            sock.keep(body.plane(f.point((0, 0, collar + 0.058 * k)), f.turn[:, 2]), 0.006)
            w.part(g["sock"]).add(sock)


def _disc(f: Frame, z: float) -> Cone:
    """A flat disc about the ankle at a height above it."""
    return Cone(f.inside((0, 0, z)), 0.2, 0.2, 0.008)


def _upper(w: Wardrobe, f: Frame, collar: float) -> Clay:
    """The shoe above its sole, up to ``collar`` above the ankle joint."""
    size = w.s.size
    wide, long, down = size["foot"], size["foot_long"], size["ankle"]
    shoe, k = Clay(), w.fit.ankle
    if boxy(w.s):
        return _block(w, f, collar)
    shoe.add(Ellipsoid(f.inside((0, -long * 0.34, -down + 0.030 * k)), (wide * 0.95, long * 0.97, 0.046 * k)))
    shoe.add(
        Ellipsoid(f.inside((0, -long * 0.78, -down + 0.030 * k)), (wide * 0.80, long * 0.46, 0.040 * k)),
        0.02 * k,
    )
    instep, rim = (0, 0.004, -down + 0.045 * k), (0, 0.004, collar)
    # Under long trousers the shaft stays inside them.
    shaft = size["shin_r"] + (0.012 if w.leg < 0.85 else 0.002) * w.fit.girth
    shoe.add(RoundCone(f, instep, rim, wide * 0.86, shaft), 0.03 * k)
    shoe.keep(body.plane(f.point((0, 0, collar + 0.006 * k)), f.turn[:, 2]), 0.008 * k)
    return shoe.keep(body.plane(f.point((0, 0, -down + 0.006 * k)), -f.turn[:, 2]))


def _block(w: Wardrobe, f: Frame, collar: float) -> Clay:
    """A blocky toy's shoe: two blocks, the rear one up to the shaft.

    It fills the foot of long trousers, so that little of their rim hangs over, and ends just inside them.
    """
    size = w.s.size
    wide, long, down = size["foot"], size["foot_long"], size["ankle"]
    tall = down * 0.55
    front = f.inside((0, -long * 0.34, -down + tall))
    shoe = Clay().add(Block(front, (wide * 0.96, long * 0.98, tall), (0.0, 0.0), wide * 0.34))
    if w.leg >= 0.85:
        hem = (1 - w.leg) * (size["pelvis_z"] - down)
        collar = min(collar, hem + LOW * w.fit.ankle)
    shaft = max(size["shin_r"] + 0.010, wide * 0.7)
    half = (collar + down) / 2
    shoe.add(Block(f.inside((0, 0.002, collar - half)), (shaft, shaft, half), (0.0, 0.0), 0.014), 0.02)
    return shoe.keep(body.plane(f.point((0, 0, -down + 0.004)), -f.turn[:, 2]))


def _laces_and_cap(w: Wardrobe, f: Frame, shoe: Clay) -> None:
    long, down, k = w.s.size["foot_long"], w.s.size["ankle"], w.fit.ankle
    soles, r = w.part("soles"), max(0.0055 * k, w.fine)
    across = 0.020 * w.s.size["foot"] / 0.056
    for row in range(3):
        y, z = -long * (0.50 + 0.20 * row), -down + (0.074 - row * 0.011) * k
        soles.add(RoundCone(f, (-across, y, z), (across, y, z), r, r))
    toe = Decal(shoe, f, band(-down, -down + 0.030 * k, 0.3), max(w.fine * 0.6, 0.004), 0.01, 0.002)
    front = body.plane(f.point((0, -long * 0.86, 0)), f.turn @ np.array([0, 1.0, 0]))
    soles.add(Clay().add(toe).keep(front, 0.004))
