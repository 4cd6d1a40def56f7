"""What is worn over everything: cape, scarf and apron."""

from __future__ import annotations

import numpy as np

from fabricate.kit import body
from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.coats import skirted
from fabricate.kit.fit import LEG, SHOULDER
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
    s, fit, thick = w.s, w.fit, max(0.017 * w.fit.girth, w.fine * 4)
    # Longer than it is cut: else the wall would close it below.
    longer = g["length"] + (thick + 0.015) / (s.size["pelvis_z"] - s.size["ankle"])
    outer = skirted(s, g["loose"], longer, g["flare"])
    if g["folds"]:
        top = np.float32(w.at(0, 0, 0.20)[2])
        drop, wave = fit.z(0.20) - fit.z(-0.16), 0.010 * fit.girth
        middle, folds = s.chest.origin.astype(np.float32), 2 * g["folds"]

        def pleats(p: Array) -> Array:
            angle = np.arctan2(p[1] - middle[1], p[0] - middle[0])
            down = np.clip((top - p[2]) / np.float32(drop), 0, 1)
            return np.asarray(np.float32(wave) * np.cos(angle * np.float32(folds)) * down)

        outer = Clay().add(Warped(outer, pleats, wave))
    whole = Clay().add(outer).cut(Offset(outer, -thick))
    over = fit.z(SHOULDER + 0.03) + (s.size["arm_r"] if body.boxy(s) else 0.0)
    # The front edge runs from the collar bones back to the sides.
    way = s.chest.turn @ rotation("x", min(-8 + 14 * (fit.leg - 1), 4)) @ np.array([0, -1.0, 0])
    whole.keep(body.plane(w.at(0, 0.012, 0.14), way), 0.010)
    whole.keep(body.plane(s.chest.point((0, 0, over)), s.chest.turn[:, 2]), 0.01)
    low = s.pelvis.point((0, 0, -g["length"] * (s.size["pelvis_z"] - s.size["ankle"]) + 0.001))
    whole.keep(body.plane(low, -s.chest.turn[:, 2]), 0.006)
    whole.keep(body.plane(np.zeros(3), np.array([0, 0, -1.0])))
    neck = w.nape(0, 0, -0.016, tilt=10)
    whole.add(Ring(neck, 0.064, max(0.017, w.fine * 2 / fit.neck), 0.9), 0.02 * fit.neck)
    w.part(g["colour"]).add(whole)
    if g["clasp"]:
        for side in (-1, 1):
            at = Frame.at(neck.point((side * 0.042, -0.056, -0.004)), None, fit.neck)
            w.part(g["clasp"]).add(Ellipsoid(at, (0.018, 0.018, 0.018)))


def scarf(w: Wardrobe, g: Garment) -> None:
    """Wind a scarf round the neck; one end hangs in front."""
    s, n, role, thick = w.s, w.fit.neck, g["colour"], g["thick"] / w.fit.girth
    over = Clay().add(body.torso(s, g["loose"]))
    low = w.nape(0, -0.004, -0.036, tilt=9)
    roll = w.part(role)
    roll.add(Ring(low, 0.082, thick, 0.8))
    upper = Frame.at(low.point((0, 0.004, 0.022)), s.chest.turn @ rotation("x", 4), n)
    roll.add(Ring(upper, 0.060, thick, 0.75))
    top, lift = SHOULDER, 0.013 * w.fit.girth
    foot = top - 0.02 - g["tail"]
    tail = rounded(0.040, (top + foot) / 2, 0.027, (top - foot) / 2, 0.006)
    roll.add(w.raised(over, tail, lift, 0.03, 0.004), 0.006)
    roll.add(Ellipsoid(low.inside((0.040, -0.092, -0.010)), (0.032, 0.024, 0.026)), 0.006 * n)
    if g["stripe"]:
        half = max(0.007, w.drawn / 2)
        for z in (foot + 0.022, foot + 0.052):
            strip = tail.within(band(z - half, z + half, 0.2))
            up = lift + max(w.fine * 0.6, 0.004)
            w.part(g["stripe"]).add(w.raised(over, strip, up, 0.0))


def apron(w: Wardrobe, g: Garment) -> None:
    """Tie an apron on: bib, skirt, pocket, straps, and a bow at the back."""
    s, role = w.s, g["colour"]
    w.hidden |= {"waist", "hips"}
    base = skirted(s, g["loose"], g["length"], 0.004 * w.fit.girth)
    low = -g["length"] * LEG
    bib, top = g["bib"], SHOULDER - 0.060
    right = [(bib, top), (bib + 0.006, 0.115), (0.098, 0.070), (0.112, low)]
    panel = polygon([right + [(-x, z) for x, z in reversed(right)]])
    put(w, base, role, panel, 1.6, 0.05)
    put(w, base, seam(role), panel.line(max(0.0085, w.drawn)), 2.4, 0.0)
    for side in (-1, 1):
        strap = stroke([(side * (bib - 0.013), top - 0.01), (side * 0.056, 0.34)], max(0.022, w.drawn))
        put(w, Clay().add(body.torso(s, g["loose"])), role, strap, 1.6, 0.02)
    waist = band(0.058, 0.058 + max(0.022, w.drawn), 0.5)
    lift = max(w.fine * 0.9, 0.006)
    w.part(role).add(w.raised(base, waist, lift, 0.02, sides="all"))
    if g["pocket"]:
        pouch = rounded(0, -0.006, 0.058, 0.036, 0.012)
        put(w, base, role, pouch, 2.6, 0.0)
        put(w, base, seam(role), pouch.line(max(0.0085, w.drawn)), 3.4, 0.0)
    if g["bow"]:
        _bow(w, role)


def _bow(w: Wardrobe, role: str) -> None:
    """A bow at the back of the waist: two loops, two ends, a knot."""
    s, big = w.s, w.fit.girth
    back = s.size["belly_r"] * s.size["torso_flat"] + 0.020 * big
    at = Frame.at(s.chest.point((0, back, w.fit.z(0.069))), s.chest.turn, big)
    bow = w.part(role)
    for side in (-1, 1):
        loop = at.inside((0, 0, 0), rotation("y", side * 18)).inside((side * 0.034, 0, 0.004))
        bow.add(Ellipsoid(loop, (0.032, 0.014, 0.021)))
        ends = stroke([(0, 0.066), (side * 0.030, 0.0)], max(0.018, w.drawn))
        over = Clay().add(body.torso(s, 0.016 * big))
        bow.add(w.raised(over, ends, 0.010, 0.02, 0.003, around=180.0))
    bow.add(Ellipsoid(at, (0.014, 0.016, 0.014)))
