"""What is worn over everything: cape, scarf and apron."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.coats import skirted
from fabricate.kit.decals import Decal
from fabricate.kit.frames import Array, Frame, rotation
from fabricate.kit.outlines import band, polygon, rounded, stroke
from fabricate.kit.primitives import Ellipsoid, Ring
from fabricate.kit.tops import put
from fabricate.kit.wardrobe import Garment, Wardrobe, seam

__all__ = ["APRON", "CAPE", "SCARF", "apron", "cape", "scarf"]

CAPE = {"colour": "cape", "length": 0.72, "flare": 0.055, "loose": 0.022, "folds": 7, "clasp": "metal"}
"""``length``: the share 0..1 of the leg; ``flare``: how far its foot stands out; ``folds``: how many;
``clasp``: the colour role of its two buttons, or none."""

SCARF = {"colour": "scarf", "loose": 0.030, "thick": 0.026, "tail": 0.150, "stripe": ""}
"""``loose``: how far the cloth under it stands off the body; ``thick``: the roll's radius; ``tail``: how far
it hangs; ``stripe``: the colour role of its ends, or none."""

APRON = {"colour": "apron", "loose": 0.016, "length": 0.45, "bib": 0.064, "pocket": True, "bow": True}
"""``loose``: how far it stands off the body; ``length``: the share 0..1 of the leg; ``bib``: half its width
on the chest."""


def cape(w: Wardrobe, g: Garment) -> None:
    """Hang a cape from the shoulders: a wall of even thickness, folded more towards its foot."""
    s, thick = w.s, max(0.017, w.fine * 3)
    outer = skirted(s, g["loose"], g["length"], g["flare"])
    if g["folds"]:
        top = np.float32(s.chest.point((0, 0, 0.20))[2])
        middle, folds = s.chest.origin.astype(np.float32), 2 * g["folds"]

        def pleats(p: Array) -> Array:
            angle = np.arctan2(p[1] - middle[1], p[0] - middle[0])
            down = np.clip((top - p[2]) / np.float32(0.36), 0, 1)
            return np.asarray(np.float32(0.010) * np.cos(angle * np.float32(folds)) * down)

        outer = Clay().add(Warped(outer, pleats, 0.010))
    whole = Clay().add(outer).cut(Offset(outer, -thick))
    # The front edge runs from the collar bones back to the sides.
    way = s.chest.turn @ rotation("x", -8) @ np.array([0, -1.0, 0])
    whole.keep(body.plane(s.chest.point((0, 0.012, 0.14)), way), 0.010)
    whole.keep(body.plane(s.chest.point((0, 0, s.size["shoulder_z"] + 0.03)), s.chest.turn[:, 2]), 0.01)
    low = s.pelvis.point((0, 0, -g["length"] * (s.size["pelvis_z"] - s.size["ankle"]) + 0.001))
    whole.keep(body.plane(low, -s.chest.turn[:, 2]), 0.006)
    whole.keep(body.plane(np.zeros(3), np.array([0, 0, -1.0])))
    turn = s.chest.turn @ rotation("x", 10)
    neck = Frame.at(s.neck + s.chest.turn @ np.array([0, 0.000, -0.016]), turn)
    whole.add(Ring(neck, 0.064, max(0.017, w.fine * 2), 0.9), 0.02)
    w.part(g["colour"]).add(whole)
    if g["clasp"]:
        for side in (-1, 1):
            at = neck.point((side * 0.042, -0.056, -0.004))
            w.part(g["clasp"]).add(Ellipsoid(Frame.at(at), (0.018, 0.018, 0.018)))


def scarf(w: Wardrobe, g: Garment) -> None:
    """Wind a scarf round the neck; one end hangs in front."""
    s, role, thick = w.s, g["colour"], g["thick"]
    over = Clay().add(body.torso(s, g["loose"]))
    low = Frame.at(s.neck + s.chest.turn @ np.array([0, -0.004, -0.036]), s.chest.turn @ rotation("x", 9))
    roll = w.part(role)
    roll.add(Ring(low, 0.082, thick, 0.8))
    roll.add(
        Ring(Frame.at(low.point((0, 0.004, 0.022)), s.chest.turn @ rotation("x", 4)), 0.060, thick, 0.75)
    )
    top, lift = s.size["shoulder_z"], 0.013
    foot = top - 0.02 - g["tail"]
    tail = rounded(0.040, (top + foot) / 2, 0.027, (top - foot) / 2, 0.006)
    roll.add(Decal(over, s.chest, tail, lift, 0.03, 0.004, cut=0.0), 0.006)
    roll.add(Ellipsoid(Frame.at(low.point((0.040, -0.092, -0.010)), low.turn), (0.032, 0.024, 0.026)), 0.006)
    if g["stripe"]:
        for z in (foot + 0.022, foot + 0.052):
            strip = tail.within(band(z - max(0.007, w.line / 2), z + max(0.007, w.line / 2), 0.2))
            up = lift + max(w.fine * 0.6, 0.004)
            w.part(g["stripe"]).add(Decal(over, s.chest, strip, up, 0.0, 0.002, cut=0.0))


def apron(w: Wardrobe, g: Garment) -> None:
    """Tie an apron on: bib, skirt, pocket, straps, and a bow at the back."""
    s, role = w.s, g["colour"]
    base = skirted(s, g["loose"], g["length"], 0.004)
    low = -g["length"] * (s.size["pelvis_z"] - s.size["ankle"])
    bib, top = g["bib"], s.size["shoulder_z"] - 0.060
    right = [(bib, top), (bib + 0.006, 0.115), (0.098, 0.070), (0.112, low)]
    panel = polygon([right + [(-x, z) for x, z in reversed(right)]])
    soft = polygon([right + [(-x, z) for x, z in reversed(right)]])
    put(w, base, role, soft, 1.6, 0.05)
    put(w, base, seam(role), panel.line(max(0.0085, w.line)), 2.4, 0.0)
    for side in (-1, 1):
        strap = stroke([(side * (bib - 0.013), top - 0.01), (side * 0.056, 0.34)], max(0.022, w.line))
        put(w, Clay().add(body.torso(s, g["loose"])), role, strap, 1.6, 0.02)
    waist = band(0.058, 0.058 + max(0.022, w.line), 0.5)
    lift = max(w.fine * 0.9, 0.006)
    w.part(role).add(Decal(base, s.chest, waist, lift, 0.02, 0.002, sides="all"))
    if g["pocket"]:
        pouch = rounded(0, -0.006, 0.058, 0.036, 0.012)
        put(w, base, role, pouch, 2.6, 0.0)
        put(w, base, seam(role), pouch.line(max(0.0085, w.line)), 3.4, 0.0)
    if g["bow"]:
        _bow(w, role)


def _bow(w: Wardrobe, role: str) -> None:
    """A bow at the back of the waist: two loops, two ends, a knot."""
    s = w.s
    at = s.chest.point((0, s.size["belly_r"] * s.size["torso_flat"] + 0.020, 0.069))
    bow = w.part(role)
    for side in (-1, 1):
        turn = s.chest.turn @ rotation("y", side * 18)
        bow.add(
            Ellipsoid(Frame.at(at + turn @ np.array([side * 0.034, 0, 0.004]), turn), (0.032, 0.014, 0.021))
        )
        ends = stroke([(0, 0.066), (side * 0.030, 0.0)], max(0.018, w.line))
        back = s.chest.inside((0, 0, 0), rotation("z", 180.0))
        bow.add(Decal(Clay().add(body.torso(s, 0.016)), back, ends, 0.010, 0.02, 0.003, cut=0.0))
    bow.add(Ellipsoid(Frame.at(at, s.chest.turn), (0.014, 0.016, 0.014)))
