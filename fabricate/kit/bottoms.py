"""Below the waist: trousers, dungarees and skirts, with turn-ups, pockets, pleats and belts."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.frames import Array, Frame, rotation
from fabricate.kit.outlines import band, oval, rounded, stroke
from fabricate.kit.patterns import KEYS as PATTERN
from fabricate.kit.patterns import pattern
from fabricate.kit.primitives import Block, Cone
from fabricate.kit.sdf import Field
from fabricate.kit.wardrobe import Garment, Wardrobe, seam

__all__ = ["SKIRT", "TROUSERS", "belt", "dungarees", "skirt", "trousers"]

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
        cloth.add(body.leg_to(s, limb, g["length"], loose, loose + g["flare"]), 0.016)
        end, way = limb.at(g["length"])
        if g["turn_up"]:
            whole = body.leg_to(s, limb, g["length"] + 0.05, loose, loose + g["flare"])
            off = g["turn_up_loose"] * (0.6 if body.boxy(s) else 1.0)
            roll = Clay().add(Offset(whole, max(w.fine, off)))
            roll.keep(body.plane(end + way * 0.003, way), 0.006)
            roll.keep(body.plane(end - way * g["turn_up_deep"], -way), 0.006)
            w.part(g["turn_up"]).add(roll)
    w.part(role).add(cloth)
    if g["pockets"]:
        for side, limb in zip((-1, 1), s.legs, strict=True):
            if (limb.b - limb.a) @ s.chest.turn[:, 2] > -0.93 * np.linalg.norm(limb.b - limb.a):
                # Under the hem of a lifted thigh nobody sees a pocket whole.
                continue
            bow = [(side * 0.048, 0.030), (side * 0.062, 0.002), (side * 0.098, -0.010)]
            line = stroke(bow, max(0.0085, w.drawn))
            w.part(seam(role)).add(w.raised(cloth, line, max(w.fine * 0.7, 0.004), 0.01))
    if g["side_stripe"]:
        _side_stripes(w, g["side_stripe"], cloth)
    if g["belt"]:
        belt(w, g["belt"], cloth, g["belt_z"])


def _side_stripes(w: Wardrobe, role: str, cloth: Clay) -> None:
    """A stripe down the outside of each leg."""
    for side in (-1, 1):
        frame = w.s.pelvis.inside((0, 0, 0), rotation("z", side * 90.0))
        strip = stroke([(0, 0.066), (0, -0.40)], max(0.018, w.drawn))
        lift = max(w.fine * 0.6, 0.0042)
        w.part(role).add(w.raised(cloth, strip, lift, 0.01, frame=frame, cut=-0.02 * w.fit.girth))


def dungarees(w: Wardrobe, g: Garment) -> None:
    """Trousers with a waist, a bib with its pouch, and braces over the shoulders."""
    trousers(w, g)
    s, role, lift = w.s, g["colour"], 0.006
    over = Clay().add(body.torso(s, 0.017 * w.fit.girth))
    waist = Clay().add(Offset(over, 0.0))
    waist.keep(w.under(0.080), 0.006)
    waist.keep(w.above(-0.03))
    cloth = w.part(role).add(waist, 0.01)
    bib = rounded(0, 0.130, 0.066, 0.075, 0.016, -0.12)
    cloth.add(w.raised(over, bib, lift, 0.02, 0.003), 0.004)
    pouch = rounded(0, 0.128, 0.038, 0.034, 0.010, 0.1)
    cloth.add(w.raised(over, pouch, lift + w.fine * 0.8, 0.02))
    edge = pouch.line(max(0.0075, w.drawn))
    w.part(seam(role)).add(w.raised(over, edge, lift + w.fine * 1.5, 0.02))
    for turn, low in ((0.0, 0.185), (180.0, 0.06)):
        for side in (-1, 1):
            brace = stroke([(side * 0.052, low), (side * 0.060, 0.33)], 0.027)
            up = max(w.fine * 0.6, 0.004)
            cloth.add(w.raised(over, brace, up, 0.02, 0.003, around=turn, cut=0.02 * w.fit.girth))
    for side in (-1, 1):
        button = oval(side * 0.052, 0.188, 0.013, 0.013)
        up = lift + max(w.fine, 0.007) * 1.4
        w.part("metal").add(w.raised(over, button, up, 0.02))


def skirt(w: Wardrobe, g: Garment) -> None:
    """Put a skirt on, pleated or plain, with its hem's band, belt and pattern."""
    w.hidden |= {"waist", "hips"}
    s, long, waist = w.s, -w.fit.z(-g["length"]), w.fit.z(g["waist"])
    frame = Frame.at(s.pelvis.point((0, 0, (waist - long) / 2)), s.pelvis.turn)
    cloth = Clay().add(
        Cone(frame, g["flare"], s.size["belly_r"] * 0.94, (waist + long) / 2, 0.012, 0.90, body.boxy(s))
    )
    if s.made["build"] != "round":
        # It hugs the hips before it flares.
        hips = body.seat(s) + 0.007 * w.fit.girth
        yoke = body.barrel(s, waist * 0.45, -long * 0.3, hips * 0.94, hips)
        cloth.add(yoke, 0.03)
    if g["folds"]:
        cloth = _pleated(w, cloth, frame, g["folds"], long, waist)
    share = long / (s.size["pelvis_z"] - s.size["ankle"])
    if over := body.laps(s, 0.010 * w.fit.girth, share):
        cloth.add(over, 0.03)
    cloth.keep(body.plane(np.zeros(3), np.array([0, 0, -1.0])))
    w.part(g["colour"]).add(cloth, 0.02)
    if g["hem_band"]:
        foot, lift = -g["length"], max(w.fine * 0.8, 0.005)
        ring = band(foot - 0.008, foot + max(0.022, w.drawn * 1.5) / w.fit.leg, 0.5)
        w.part(g["hem_band"]).add(w.raised(cloth, ring, lift, frame=s.pelvis, sides="all"))
    if g["belt"]:
        belt(w, g["belt"], Clay().add(cloth).add(body.torso(s, 0.012 * w.fit.girth)), g["belt_z"])
    # over all of it, clear of the band at its foot
    pattern(w, g, cloth, foot=min(g["hem"], 0.035 - g["length"]))


def _pleated(w: Wardrobe, cloth: Clay, frame: Frame, folds: int, long: float, waist: float) -> Clay:
    """The skirt in soft folds that deepen towards its foot, cut level there."""
    pelvis, deep = w.s.pelvis, np.float32(min(0.011, 0.132 / folds) * w.fit.girth)
    axis = frame.origin[:, None, None].astype(np.float32)
    top, span = np.float32(pelvis.origin[2] + waist), np.float32(waist + long)

    def pleats(p: Array) -> Array:
        angle = np.arctan2(p[1] - axis[1], p[0] - axis[0])
        down = np.clip((top - p[2]) / span, 0, 1)
        return np.asarray(deep * (np.cos(angle * folds) - np.float32(0.2)) * down)

    folded = Clay().add(Warped(cloth, pleats, 0.0135))
    return folded.keep(body.plane(pelvis.point((0, 0, -long)), np.array([0, 0, -1.0])), 0.006)


def _hips(w: Wardrobe, loose: float) -> Clay:
    """The seat of the trousers, up to the waist."""
    size = w.s.size
    belly, hips = size["belly_r"] + loose - 0.004 * w.fit.girth, size["hip_r"] + loose
    cloth = Clay().add(body.barrel(w.s, w.fit.z(0.055), 0.0, belly, hips)).keep(w.under(0.075), 0.006)
    return cloth.add(_gusset(w), 0.012) if body.boxy(w.s) else cloth


def _gusset(w: Wardrobe) -> Block:
    """A wedge between a blocky figure's legs: no flat underside that would need support."""
    size = w.s.size
    gap = max(size["hip"] - size["thigh_r"], 0.006)
    top, tall = -size["hip_r"] * 0.1, size["hip_r"] * 0.36
    half = (gap + 0.016, size["thigh_r"] * 0.92, tall)
    return Block(w.s.pelvis.inside((0, 0, top - tall)), half, (0.9, 0.1), 0.006)


def belt(w: Wardrobe, role: str, cloth: Field, z: float) -> None:
    """A belt with its buckle, ``z`` above the pelvis joint."""
    lift = max(w.fine * 0.9, 0.007 * w.fit.girth)
    strap = band(z - 0.014, z + 0.014, 0.4)
    w.part(role).add(w.raised(cloth, strap, lift, sides="all"))
    buckle, up = rounded(0, z, 0.021, 0.018, 0.005), lift + max(w.fine, 0.006 * w.fit.girth)
    w.part("metal").add(w.raised(cloth, buckle, up, 0.01))
