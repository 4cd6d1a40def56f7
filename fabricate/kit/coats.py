"""Coats and jackets: a top with a skirt, open in front or laid over, with an edge or lapels."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.bottoms import belt
from fabricate.kit.clay import Clay
from fabricate.kit.fit import LEG, SHOULDER, Fit
from fabricate.kit.outlines import Outline, band, oval, polygon, rounded, stroke
from fabricate.kit.patterns import KEYS as PATTERN
from fabricate.kit.patterns import pattern
from fabricate.kit.skeleton import Skeleton
from fabricate.kit.tops import COLLARS, badge, collar, open_neck, padded, put, sleeves
from fabricate.kit.wardrobe import Garment, Wardrobe, seam

__all__ = ["COAT", "coat", "skirted"]

COAT = {
    "colour": "top",
    "loose": 0.018,
    "length": 0.20,
    "flare": 0.010,
    "sleeve": 0.94,
    "cuff": "",
    "cuff_loose": 0.006,
    "cuff_deep": 0.022,
    "hem_band": "",
    "collar": COLLARS[::-1],
    "collar_colour": "",
    "vee": 0.046,
    "close": 0.120,
    "open": 0.0,
    "foot": 0.0,
    "edge": "",
    "edge_wide": 0.012,
    "lapel": "",
    "quilts": 0.0,
    "buttons": 0,
    "button_colour": "trim",
    "pockets": False,
    "pocket": False,
    "pocket_x": 0.058,
    "pocket_z": 0.158,
    "badge": False,
    "belt": "",
    "belt_z": 0.060,
    **PATTERN,
}
"""``length``: the share 0..1 of the leg that the skirt covers; ``flare``: how much further than the legs it
stands at its foot. The front is open by half widths: ``vee`` at the neck, ``open`` at the height ``close``
above the pelvis joint, ``foot`` at the hem. ``edge``, ``lapel``, ``cuff``, ``hem_band``, ``belt``: the colour
role of one, or none; ``edge_wide``: the edge's width. ``pocket`` on the chest,
at ``pocket_x`` and ``pocket_z``; ``pockets`` at the hips."""


def coat(w: Wardrobe, g: Garment) -> None:
    """Put a coat on, over whatever is worn already."""
    w.hidden.add("waist")
    if g["length"] > 0.15:
        w.hidden.add("hips")
    s = w.s
    trunk = padded(_trunk(w, g), s.pelvis.origin, s.chest.turn[:, 2], g["quilts"], 0.048 * w.fit.tall)
    cloth = Clay().add(trunk)
    arms = sleeves(w, g, cloth)
    opening = _opening(w, g)
    cloth.cut(w.raised(trunk, opening, 0.2, 0.5, 0.0), 0.004)
    w.part(g["colour"]).add(cloth)
    hem = -g["length"] * LEG
    if g["hem_band"]:
        ring = band(hem - 0.006, hem + max(0.022, w.drawn * 1.5) / w.fit.leg, 0.5)
        w.part(g["hem_band"]).add(w.raised(cloth, ring, max(w.fine * 0.8, 0.005), sides="all"))
    if g["edge"]:
        put(w, cloth, g["edge"], _shown(opening.around(max(g["edge_wide"], w.drawn)), hem), 1.2)
    if g["lapel"]:
        _lapels(w, g, cloth, opening)
    collar(w, g)
    _front(w, g, cloth, hem)
    pattern(w, {**g, "hem": max(hem, 0.0)}, trunk, arms)


def skirted(s: Skeleton, loose: float, length: float, flare: float) -> Clay:
    """The torso with a skirt over ``length`` (0..1) of the legs, wide enough for both in any stance."""
    low = _hem(s, length)
    wide = loose + flare + s.size["thigh_r"] * (1 - length) + s.size["shin_r"] * length
    most = 0.0
    cloth = body.torso(s, loose)
    for limb in s.legs:
        end, way = limb.at(max(length, 0.02))
        most = max(most, abs(float((end - s.pelvis.origin) @ s.pelvis.turn[:, 0])))
        # A thigh that is lifted out of the skirt takes the cloth along.
        lap = body.leg(s, limb, loose)
        cloth.add(lap.keep(body.plane(end, way)), 0.03)
    if length > 0.15 and (over := body.laps(s, loose, length)):
        cloth.add(over, 0.03)
    high = max(s.size["belly_r"], body.seat(s) * 0.93) + loose
    hull = body.barrel(s, Fit.of(s.size).z(0.04), low, high, most + wide)
    cloth.add(hull, 0.03)
    cloth.keep(body.plane(s.chest.point((0, 0, low)), -s.chest.turn[:, 2]), 0.008)
    # Of one who sits, cloth lies on the ground.
    return cloth.keep(body.plane(np.zeros(3), np.array([0, 0, -1.0])))


def _hem(s: Skeleton, length: float) -> float:
    """The height of a skirt's foot over ``length`` (0..1) of the leg, above the pelvis joint."""
    return -length * (s.size["pelvis_z"] - s.size["ankle"])


def _trunk(w: Wardrobe, g: Garment) -> Clay:
    return open_neck(w, skirted(w.s, g["loose"], g["length"], g["flare"]))


def _opening(w: Wardrobe, g: Garment) -> Outline:
    """What the front leaves bare, as drawn on the chest."""
    top, low = SHOULDER, -g["length"] * LEG - 0.05
    right = [(g["vee"], top + 0.10), (g["vee"], top - 0.01), (max(g["open"], 1e-4), g["close"])]
    if g["open"] or g["foot"]:
        foot = g["foot"] or g["open"]
        split = g["close"] if g["open"] else 0.0
        right += [(max(g["open"], 1e-4), split), (foot, low)]
    return polygon([right + [(-x, z) for x, z in reversed(right)]])


def _shown(shape: Outline, hem: float) -> Outline:
    """A shape no further down than a little above the hem."""
    return shape.within(band(hem + 0.004, 0.5))


def _lapels(w: Wardrobe, g: Garment, cloth: Clay, opening: Outline) -> None:
    """Notched lapels along the opening down to where it closes."""
    top, close, vee = SHOULDER, g["close"], g["vee"]
    bare = opening.joined(opening.around(0.009))
    notch = close + (top - close) * 0.62
    for side in (-1, 1):
        leaf = [
            # A little over the edge: a cut along it would be ragged.
            (side * max(g["open"] - 0.003, 0.001), close),
            (side * (vee + 0.030), notch),
            (side * (vee + 0.016), notch + 0.008),
            (side * (vee + 0.034), notch + 0.022),
            (side * (vee + 0.022), top + 0.03),
            (side * (vee - 0.003), top - 0.01),
        ]
        shape = polygon([leaf])
        put(w, cloth, g["lapel"], shape, 2.2, 0.006)
        put(w, cloth, seam(g["lapel"]), shape.around(max(0.006, w.drawn * 0.7)).without(bare), 1.0, 0.006)


def _front(w: Wardrobe, g: Garment, cloth: Clay, hem: float) -> None:
    """Buttons and the line that they stand by, pockets, badge and belt."""
    role, line, close = g["colour"], max(0.0075, w.drawn), g["close"]
    if g["buttons"]:
        if not g["open"]:
            put(w, cloth, seam(role), _shown(stroke([(0, close), (0, hem)], line), hem), 1.0)
        x = g["open"] + 0.018
        low = max(hem + 0.05, -0.03)
        for k in range(g["buttons"]):
            z = close - 0.016 - k * (close - 0.016 - low) / max(g["buttons"] - 1, 1)
            put(w, cloth, g["button_colour"], oval(x, z, 0.0100, 0.0100), 2.0)
    if g["pocket"]:
        shape = rounded(g["pocket_x"], g["pocket_z"], 0.024, 0.026, 0.007)
        put(w, cloth, seam(role), shape.line(line), 1.0)
    if g["pockets"]:
        for side in (-1, 1):
            z = max(hem + 0.038, -0.04)
            flap = rounded(side * 0.076, z, 0.034, max(0.013, w.drawn), 0.006)
            put(w, cloth, seam(role), flap, 1.2)
    if g["badge"]:
        badge(w, cloth)
    if g["belt"]:
        belt(w, g["belt"], cloth, g["belt_z"])
