"""Tops: a shell over the torso and arms with its hem, cuffs, collar, and what is on its front."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.clay import Clay, Offset
from fabricate.kit.decals import Decal
from fabricate.kit.frames import HERE, Frame, rotation
from fabricate.kit.outlines import Outline, band_x, oval, rounded, star, stroke
from fabricate.kit.patterns import KEYS as PATTERN
from fabricate.kit.patterns import pattern
from fabricate.kit.primitives import Box, Ellipsoid, Ring, RoundCone
from fabricate.kit.skeleton import Limb, Skeleton
from fabricate.kit.wardrobe import Garment, Wardrobe, seam

__all__ = ["KEYS", "top"]

KEYS = {
    "colour": "top",
    "loose": 0.008,
    "hem": -0.012,
    "tuck": False,
    "sleeve": 0.45,
    "cuff": "",
    "cuff_loose": 0.004,
    "cuff_deep": 0.020,
    "hem_band": "",
    "collar": ("crew", "shirt", "hood", "none"),
    "collar_colour": "",
    "zip": "",
    "buttons": 0,
    "placket": "",
    "pocket": ("", "kangaroo", "chest"),
    "badge": False,
    "tie": "",
    **PATTERN,
}
"""``loose``: how far the cloth stands off the body. ``hem``: its height above the pelvis joint. ``sleeve``:
the share 0..1 of the arm. ``cuff``, ``hem_band``, ``zip``, ``placket``, ``tie``: the colour role of one, or
none."""


def top(w: Wardrobe, g: Garment) -> None:
    """Put a top on; the sleeves' length is remembered, for the skin ends inside them."""
    s, loose = w.s, g["loose"]
    trunk = _trunk(s, g)
    cloth = Clay().add(trunk)
    cuffs: list[Clay] = []
    w.sleeve = max(w.sleeve, g["sleeve"])
    for limb in s.arms:
        sleeve = body.arm(s, limb, loose + 0.002, loose + g["cuff_loose"])
        sleeve.keep(body.plane(*limb.at(g["sleeve"])), 0.006)
        cloth.add(sleeve, 0.022)
        if g["cuff"]:
            cuffs.append(_cuff(w, g, limb, cloth))
    for cuff in cuffs:
        w.part(g["cuff"]).add(cuff)
    w.part(g["colour"]).add(cloth)
    if g["hem_band"]:
        rim = Clay().add(Offset(trunk, w.fine))
        rim.keep(body.plane(s.chest.point((0, 0, g["hem"] - w.fine)), -s.chest.turn[:, 2]), 0.004)
        rim.keep(body.plane(s.chest.point((0, 0, g["hem"] + 0.020)), s.chest.turn[:, 2]), 0.004)
        w.part(g["hem_band"]).add(rim)
    _collar(w, g)
    _closing(w, g, cloth)
    _pockets(w, g, cloth)
    pattern(w, g, cloth)


def _trunk(s: Skeleton, g: Garment) -> Clay:
    """The cloth round the torso: cut at the hem, open at the neck."""
    loose, hem, size = g["loose"], g["hem"], s.size
    trunk = body.torso(s, loose)
    if not g["tuck"]:
        # The hem hangs a little free of the hips.
        low = size["hip"] + size["thigh_r"] + loose + 0.006
        foot, waist = (0, -0.002, hem - 0.05), (0, -0.002, 0.03)
        trunk.add(RoundCone(s.chest, waist, foot, size["belly_r"] + loose, low, size["torso_flat"]), 0.03)
    trunk.keep(body.plane(s.chest.point((0, 0, hem)), -s.chest.turn[:, 2]), 0.008)
    neckline = Frame.at(s.neck + np.array([0, -0.012, 0.028]), s.chest.turn)
    return trunk.cut(Ellipsoid(neckline, (0.056, 0.058, 0.045)), 0.008)


def _cuff(w: Wardrobe, g: Garment, limb: Limb, cloth: Clay) -> Clay:
    """A cuff cut from the sleeve as it is, blended into the body, so that no cloth covers it."""
    end, way = limb.at(g["sleeve"])
    cuff = Clay().add(Offset(cloth, max(w.fine * 0.9, 0.005)))
    cuff.keep(Offset(body.arm(w.s, limb), g["loose"] + 0.013))
    cuff.keep(body.plane(end + way * 0.002, way), 0.004)
    return cuff.keep(body.plane(end - way * max(g["cuff_deep"], w.line * 1.2), -way), 0.004)


def _collar(w: Wardrobe, g: Garment) -> None:
    """A ring for a crew neck, two leaves for a shirt, a roll with its cords for a hood."""
    turn = w.s.chest.turn
    ring = Frame.at(w.s.neck + turn @ np.array([0, -0.002, -0.010]), turn @ rotation("x", 8))
    trim = w.part(g["collar_colour"] or g["colour"])
    if g["collar"] == "crew":
        trim.add(Ring(ring, 0.056, max(0.0105, w.fine * 1.3), 0.9))
    elif g["collar"] == "shirt":
        for side in (-1, 1):
            lean = rotation("z", side * 28) @ rotation("x", -24) @ rotation("y", side * 24)
            leaf = Frame.at(ring.point((side * 0.034, -0.052, -0.008)), turn @ lean)
            trim.add(Box(leaf, (0.024, 0.0085, 0.017), 0.007), 0.004)
        trim.add(Ring(ring, 0.055, 0.011, 1.15), 0.006)
    elif g["collar"] == "hood":
        _hood(w, ring, trim)


def _hood(w: Wardrobe, ring: Frame, trim: Clay) -> None:
    chest = w.s.chest
    roll = Frame.at(ring.point((0, 0.008, 0.0)), chest.turn @ rotation("x", 14))
    back = Frame.at(w.s.neck + chest.turn @ np.array([0, 0.046, -0.020]), chest.turn @ rotation("x", -18))
    hood = Clay().add(Ring(roll, 0.062, 0.023, 1.0))
    hood.add(Ellipsoid(back, (0.086, 0.056, 0.048)), 0.03)
    trim.add(hood, 0.012)
    shoulder, r = w.s.size["shoulder_z"], max(0.0058, w.fine)
    for side in (-1, 1):
        a = chest.point((side * 0.026, -0.072, shoulder - 0.018))
        b = chest.point((side * 0.030, -0.098, shoulder - 0.082))
        cord = w.part("trim").add(RoundCone(HERE, a, b, r, r))
        cord.add(Ellipsoid(Frame.at(b), (r * 1.5, r * 1.5, r * 2.0)))


def _put(w: Wardrobe, cloth: Clay, role: str, outline: Outline, layers: float, sink: float = 0.012) -> None:
    """Raise an outline on the chest by a number of layers of relief."""
    lift = max(w.fine * 0.75, 0.0045)
    w.part(role).add(Decal(cloth, w.s.chest, outline, lift * layers, sink, lift * 0.4, cut=0.0))


def _closing(w: Wardrobe, g: Garment, cloth: Clay) -> None:
    """Zip, or buttons on their placket."""
    shoulder, hem = w.s.size["shoulder_z"], g["hem"]
    if g["zip"]:
        teeth = band_x(0.0, max(0.009, w.line), hem, shoulder - 0.010)
        _put(w, cloth, g["zip"], teeth, 1.0)
        _put(w, cloth, "metal", rounded(0, shoulder - 0.060, 0.0085, 0.015, 0.006), 2.2)
    if g["buttons"]:
        placket = band_x(0.0, 0.016, hem, shoulder - 0.012)
        _put(w, cloth, g["placket"] or g["colour"], placket, 0.8)
        for k in range(g["buttons"]):
            z = shoulder - 0.055 - k * (shoulder - 0.055 - hem - 0.035) / max(g["buttons"] - 1, 1)
            _put(w, cloth, "trim", oval(0, z, 0.0100, 0.0100), 2.0)


def _pockets(w: Wardrobe, g: Garment, cloth: Clay) -> None:
    """Pocket, badge and tie."""
    role, line = g["colour"], max(0.0075, w.line)
    if g["pocket"] == "kangaroo":
        shape = rounded(0, 0.048, 0.072, 0.042, 0.016, -0.28)
        _put(w, cloth, role, shape, 1.6, 0.02)
        _put(w, cloth, seam(role), shape.line(line), 2.3, 0.02)
    if g["pocket"] == "chest":
        _put(w, cloth, seam(role), rounded(0.046, 0.174, 0.026, 0.028, 0.007).line(line), 1.0)
        _put(w, cloth, "trim", rounded(0.046, 0.198, 0.027, max(0.0050, w.line / 2), 0.004), 1.7)
    if g["badge"]:
        # A mission patch: a disc with a raised rim, and a star upon it.
        _put(w, cloth, "trim", oval(-0.045, 0.168, 0.030, 0.030), 1.2)
        _put(w, cloth, "metal", star(-0.045, 0.168, 0.019), 2.0)
    if g["tie"]:
        shoulder = w.s.size["shoulder_z"]
        tie = stroke([(0, shoulder - 0.045), (0, shoulder - 0.10), (0, 0.075)], [0.026, 0.034, 0.050])
        _put(w, cloth, g["tie"], tie, 1.8)
        _put(w, cloth, g["tie"], rounded(0, shoulder - 0.036, 0.018, 0.014, 0.006), 2.8)
