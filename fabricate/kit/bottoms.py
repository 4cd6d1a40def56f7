"""Below the waist: trousers, dungarees and skirts, with turn-ups, pockets, pleats and belts."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.decals import Decal
from fabricate.kit.frames import Array, Frame, rotation
from fabricate.kit.outlines import band, oval, rounded, stroke
from fabricate.kit.patterns import KEYS as PATTERN
from fabricate.kit.patterns import pattern
from fabricate.kit.primitives import Cone, RoundCone
from fabricate.kit.sdf import Field
from fabricate.kit.wardrobe import Garment, Wardrobe, seam

__all__ = ["SKIRT", "TROUSERS", "dungarees", "skirt", "trousers"]

TROUSERS = {
    "colour": "bottom",
    "loose": 0.006,
    "length": 0.93,
    "flare": 0.006,
    "turn_up": "",
    "turn_up_deep": 0.026,
    "turn_up_loose": 0.007,
    "pockets": False,
    "side_stripe": "",
    "belt": "",
    "belt_z": 0.030,
}
"""``loose``: how far the cloth stands off the body; ``flare``: how much further at its foot. ``length``: the
share 0..1 of the leg. ``turn_up``, ``side_stripe``, ``belt``: the colour role of one, or none; ``belt_z``
above the pelvis joint."""

SKIRT = {
    "colour": "bottom",
    "length": 0.15,
    "flare": 0.165,
    "waist": 0.075,
    "folds": 0,
    "hem": -0.012,
    "hem_band": "",
    "belt": "",
    "belt_z": 0.065,
    **PATTERN,
}
"""``length`` below and ``waist`` above the pelvis joint; ``flare``: the radius at its foot; ``folds``: how
many pleats; ``hem``: where stripes begin, above the pelvis joint."""


def trousers(w: Wardrobe, g: Garment) -> None:
    """Put trousers on; their length is remembered, for the skin and the boots end inside them."""
    s, loose, role = w.s, g["loose"], g["colour"]
    w.leg = max(w.leg, g["length"])
    cloth = _hips(w, loose)
    for limb in s.legs:
        tube = body.leg(s, limb, loose, loose + g["flare"])
        end, way = limb.at(g["length"])
        tube.keep(body.plane(end, way), 0.007)
        cloth.add(tube, 0.016)
        if g["turn_up"]:
            whole = body.leg(s, limb, loose, loose + g["flare"])
            roll = Clay().add(Offset(whole, max(w.fine, g["turn_up_loose"])))
            roll.keep(body.plane(end + way * 0.003, way), 0.006)
            roll.keep(body.plane(end - way * g["turn_up_deep"], -way), 0.006)
            w.part(g["turn_up"]).add(roll)
    w.part(role).add(cloth)
    if g["pockets"]:
        for side in (-1, 1):
            bow = [(side * 0.048, 0.030), (side * 0.062, 0.002), (side * 0.098, -0.010)]
            line = stroke(bow, max(0.0085, w.line))
            w.part(seam(role)).add(
                Decal(cloth, s.chest, line, max(w.fine * 0.7, 0.004), 0.01, 0.002, cut=0.0)
            )
    if g["side_stripe"]:
        _side_stripes(w, g["side_stripe"], cloth)
    if g["belt"]:
        _belt(w, g["belt"], cloth, g["belt_z"])


def _side_stripes(w: Wardrobe, role: str, cloth: Clay) -> None:
    """A stripe down the outside of each leg."""
    for side in (-1, 1):
        frame = w.s.pelvis.inside((0, 0, 0), rotation("z", side * 90.0))
        strip = stroke([(0, 0.066), (0, -0.40)], max(0.018, w.line))
        w.part(role).add(Decal(cloth, frame, strip, max(w.fine * 0.6, 0.0042), 0.01, 0.002, cut=-0.02))


def dungarees(w: Wardrobe, g: Garment) -> None:
    """Trousers with a waist, a bib with its pouch, and braces over the shoulders."""
    trousers(w, g)
    s, role, lift = w.s, g["colour"], 0.006
    over = Clay().add(body.torso(s, 0.017))
    waist = Clay().add(Offset(over, 0.0))
    waist.keep(body.plane(s.chest.point((0, 0, 0.080)), s.chest.turn[:, 2]), 0.006)
    waist.keep(body.plane(s.chest.point((0, 0, -0.03)), -s.chest.turn[:, 2]))
    cloth = w.part(role).add(waist, 0.01)
    bib = rounded(0, 0.130, 0.066, 0.075, 0.016, -0.12)
    cloth.add(Decal(over, s.chest, bib, lift, 0.02, 0.003, cut=0.0), 0.004)
    pouch = rounded(0, 0.128, 0.038, 0.034, 0.010, 0.1)
    cloth.add(Decal(over, s.chest, pouch, lift + w.fine * 0.8, 0.02, 0.002, cut=0.0))
    edge = pouch.line(max(0.0075, w.line))
    w.part(seam(role)).add(Decal(over, s.chest, edge, lift + w.fine * 1.5, 0.02, 0.002, cut=0.0))
    for turn, low in ((0.0, 0.185), (180.0, 0.06)):
        frame = s.chest.inside((0, 0, 0), rotation("z", turn))
        for side in (-1, 1):
            brace = stroke([(side * 0.052, low), (side * 0.060, 0.33)], 0.027)
            cloth.add(Decal(over, frame, brace, max(w.fine * 0.6, 0.004), 0.02, 0.003, cut=0.02))
    for side in (-1, 1):
        button = oval(side * 0.052, 0.188, 0.013, 0.013)
        up = lift + max(w.fine, 0.007) * 1.4
        w.part("metal").add(Decal(over, s.chest, button, up, 0.02, 0.002, cut=0.0))


def skirt(w: Wardrobe, g: Garment) -> None:
    """Put a skirt on, pleated or plain, with its hem's band, belt and pattern."""
    s, long, waist = w.s, g["length"], g["waist"]
    frame = Frame.at(s.pelvis.point((0, 0, (waist - long) / 2)), s.pelvis.turn)
    cloth = Clay().add(Cone(frame, g["flare"], s.size["belly_r"] * 0.94, (waist + long) / 2, 0.012, 0.90))
    if g["folds"]:
        cloth = _pleated(w, cloth, frame, g)
    cloth.keep(body.plane(np.zeros(3), np.array([0, 0, -1.0])))
    w.part(g["colour"]).add(cloth, 0.02)
    if g["hem_band"]:
        ring, lift = band(-long - 0.008, -long + max(0.022, w.line * 1.5), 0.5), max(w.fine * 0.8, 0.005)
        w.part(g["hem_band"]).add(Decal(cloth, s.pelvis, ring, lift, 0.012, 0.002, sides="all"))
    if g["belt"]:
        _belt(w, g["belt"], Clay().add(cloth).add(body.torso(s, 0.012)), g["belt_z"])
    pattern(w, g, cloth)


def _pleated(w: Wardrobe, cloth: Clay, frame: Frame, g: Garment) -> Clay:
    """The skirt in soft folds that deepen towards its foot, cut level there."""
    pelvis, folds, deep = w.s.pelvis, g["folds"], np.float32(min(0.011, 0.132 / g["folds"]))
    axis = frame.origin[:, None, None].astype(np.float32)
    top, span = np.float32(pelvis.origin[2] + g["waist"]), np.float32(g["waist"] + g["length"])

    def pleats(p: Array) -> Array:
        angle = np.arctan2(p[1] - axis[1], p[0] - axis[0])
        down = np.clip((top - p[2]) / span, 0, 1)
        return np.asarray(deep * (np.cos(angle * folds) - np.float32(0.2)) * down)

    folded = Clay().add(Warped(cloth, pleats, 0.0135))
    return folded.keep(body.plane(pelvis.point((0, 0, -g["length"])), np.array([0, 0, -1.0])), 0.006)


def _hips(w: Wardrobe, loose: float) -> Clay:
    """The seat of the trousers, up to the waist."""
    chest, size = w.s.chest, w.s.size
    belly, hips = size["belly_r"] + loose - 0.004, size["hip_r"] + loose
    seat = RoundCone(chest, (0, -0.002, 0.055), (0, -0.002, 0.0), belly, hips, size["torso_flat"])
    return Clay().add(seat).keep(body.plane(chest.point((0, 0, 0.075)), chest.turn[:, 2]), 0.006)


def _belt(w: Wardrobe, role: str, cloth: Field, z: float) -> None:
    """A belt with its buckle, ``z`` above the pelvis joint."""
    chest, lift = w.s.chest, max(w.fine * 0.9, 0.007)
    strap = band(z - 0.014, z + 0.014, 0.4)
    w.part(role).add(Decal(cloth, chest, strap, lift, 0.012, 0.002, sides="all"))
    buckle, up = rounded(0, z, 0.021, 0.018, 0.005), lift + max(w.fine, 0.006)
    w.part("metal").add(Decal(cloth, chest, buckle, up, 0.01, 0.002, cut=0.0))
