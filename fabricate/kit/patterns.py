"""What is printed on cloth: stripes, dots, check, a star, a heart, a logo, text, raised by a layer in a
colour of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fabricate.kit import body
from fabricate.kit.clay import Clay
from fabricate.kit.decals import Decal
from fabricate.kit.fit import SHOULDER
from fabricate.kit.frames import Frame, along
from fabricate.kit.outlines import Outline, band, grid, heart, oval, polygon, star
from fabricate.kit.skeleton import Limb
from fabricate.kit.wardrobe import Garment, Wardrobe

__all__ = ["KEYS", "KINDS", "Sleeve", "logo_loops", "pattern"]

KINDS = ("", "stripes", "dots", "check", "star", "heart")
KEYS = {
    "pattern": KINDS,
    "pattern_colour": "trim",
    "pattern_step": 0.0,
    "logo": "",
    "text": "",
    "logo_colour": "trim",
    "logo_wide": 0.075,
    "logo_x": 0.0,
    "logo_z": 0.150,
}
"""A garment's keys for its pattern; with a step of 0 stripes, dots and lines stand as far apart as is usual.
``logo``: an SVG path's data (M L H V Q C Z, y down), ``text``: a word; drawn ``logo_wide`` wide about
(``logo_x``, ``logo_z``)."""

Sleeve = tuple[Limb, float, float, float]
"""A sleeve that stripes go round: its limb, the share of it, how far it stands off shoulder and wrist."""

ORDER = re.compile(r"([A-Za-z])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


def pattern(
    w: Wardrobe, g: Garment, cloth: Clay, sleeves: Sequence[Sleeve] = (), foot: float | None = None
) -> None:
    """Lay a garment's pattern upon its cloth, and its stripes round its sleeves.

    ``foot``: where it begins above the pelvis joint; left out, clear of the garment's hem.
    """
    kind, role, lift = g["pattern"], g["pattern_colour"], max(w.fine * 0.6, 0.0042)
    hem = g["hem"] if foot is None else foot
    if kind == "stripes":
        step = max(g["pattern_step"] or 0.050, w.drawn * 2.4)
        _stripes(w, role, cloth, lift, step, hem)
        for sleeve in sleeves:
            _hoops(w, role, sleeve, lift, step, 0.46)
    elif kind == "dots":
        low = max(0.03, hem + 0.045) if foot is None else foot
        _dots(w, role, cloth, lift, g["pattern_step"] or 0.052, low)
    elif kind == "check":
        step = max(g["pattern_step"] or 0.044, w.drawn * 2.4)
        lines = grid(step, max(step * 0.11, w.drawn / 2), 0.0784, hem + 0.02, SHOULDER)
        w.part(role).add(w.raised(cloth, lines, lift, 0.010, 0.0, sides="all"))
        for sleeve in sleeves:
            _hoops(w, role, sleeve, lift, step, 0.24)
    elif kind:
        drawn = star(0, 0.164, 0.046) if kind == "star" else heart(0, 0.164, 0.044)
        w.part(role).add(w.raised(cloth, drawn, lift * 1.3, bevel=0.0))
    for drawn in _drawn(g, w.drawn):
        w.part(g["logo_colour"]).add(w.raised(cloth, drawn, lift * 1.3, bevel=0.0))


def _stripes(w: Wardrobe, role: str, cloth: Clay, lift: float, step: float, hem: float) -> None:
    # From the hem up, so that none is left as a sliver along it; never narrower than prints.
    for z in np.arange(hem + step * 0.5, 0.32 if w.fit.plain else SHOULDER - 0.02, step):
        ring = band(z, z + step * 0.46, 0.5)
        w.part(role).add(w.raised(cloth, ring, lift, 0.010, 0.0, sides="all"))


def _hoops(w: Wardrobe, role: str, sleeve: Sleeve, lift: float, step: float, share: float) -> None:
    """Stripes round a sleeve, square to each half of the arm: level ones would graze a level arm."""
    limb, cover, wide, narrow = sleeve
    first, second = float(np.linalg.norm(limb.b - limb.a)), float(np.linalg.norm(limb.c - limb.b))
    step *= w.fit.tall
    end, half = cover * (first + second), max(step * share, w.line) / 2
    tubes = body.arm_halves(w.s, limb, wide, narrow)
    parts = ((limb.a, limb.b, 0.0, first, tubes[0]), (limb.b, limb.c, first, second, tubes[1]))
    for a, b, start, long, tube in parts:
        frame = Frame.at(a, along(b - a))
        # Clear of the cuff and of the elbow, where the sleeve's blend would cover half of one.
        foot = min(end - start - step * 0.75, long - half - 0.012)
        for run in np.arange(foot, half + (0.0 if start == 0 else 0.012), -step):
            ring = band(run - half, run + half, 0.2)
            w.part(role).add(Decal(tube, frame, ring, lift, 0.010, sides="all"))


def _dots(w: Wardrobe, role: str, cloth: Clay, lift: float, step: float, low: float) -> None:
    step = max(step, w.drawn * 2.4)
    # Each dot looks out along its own radius, so that none is drawn out at the sides.
    around = int(2 * np.pi * 0.098 / step)
    for row, z in enumerate(np.arange(low, SHOULDER - 0.02, step * 0.85)):
        for k in range(around):
            turn = (k + row % 2 / 2) * 360 / around
            dot = w.raised(cloth, oval(0, z, step * 0.24, step * 0.24), lift, 0.010, 0.0, around=turn)
            w.part(role).add(dot)


def logo_loops(data: str) -> list[NDArray[np.float64]]:
    """The closed outlines (n, 2) of an SVG path's data, y up; ValueError for what it cannot draw."""
    from fabricate.solid.outlines import contours

    words = []
    for letter, number in ORDER.findall(data):
        if letter and letter not in "MmLlHhVvQqCcZz":
            raise ValueError(f"an SVG path with {letter!r} in it")
        words.append(letter or f"{float(number):f}")
    page = f'<svg><symbol id="a"><path d="{" ".join(words)}"/></symbol><use href="#a"/></svg>'
    loops = contours(page.encode())
    if not loops:
        raise ValueError("an SVG path that closes no shape")
    return loops


def _drawn(g: Garment, line: float) -> list[Outline]:
    """The outlines of a garment's logo and text, each fitted to its place."""
    found = [logo_loops(g["logo"])] if g["logo"] else []
    if g["text"] and (letters := _letters(g["text"], g["logo_wide"], line)):
        found.append(letters)
    out = []
    for loops in found:
        points = np.concatenate(loops)
        low, high = points.min(0), points.max(0)
        scale = g["logo_wide"] / max(float((high - low).max()), 1e-9)
        at = np.array([g["logo_x"], g["logo_z"]])
        out.append(polygon([(loop - (low + high) / 2) * scale + at for loop in loops]))
    return out


def _letters(text: str, wide: float, line: float) -> list[NDArray[np.float64]]:
    """A word's outlines, thick enough to print; none when no font draws it at that width."""
    from fabricate.solid.lettering import fit_words

    # Set a thousand times larger: its tolerances are those of millimetres.
    words = fit_words(text, width_mm=wide * 1e3, height_mm=45.0, room_mm=60.0, line_mm=line * 1e3)
    return list(words.outline.to_polygons()) if words.outline is not None else []
