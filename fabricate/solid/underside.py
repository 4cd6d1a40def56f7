"""The underside of a base: a hollow that prints without support, magnet holes, and words to read from below.

The hollow is rings of roof-shaped grooves: their sides lean 43 degrees, so that no ceiling hangs free, and
between them the ribs and a solid middle carry the figure. The words are engraved in the face that lies on
the build plate, where the first layer draws them sharp.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.lettering import line_width, set_line
from fabricate.solid.limits import Limits
from fabricate.solid.nameplate import ENGRAVED_MM
from fabricate.solid.plinth import Plinth, outline, stack
from fabricate.solid.stand import margin_inside

if TYPE_CHECKING:
    import manifold3d

__all__ = ["WARNING", "Underside", "magnet_spots", "underside"]

Floats = npt.NDArray[np.float64]
_Line = tuple[str, float, Callable[[Floats], Floats]]
"""Words, the height of their capitals, and what bends them into their place, seen from below."""
WARNING = "14+ NOT A TOY"
ROOF_DEG = 43.0
"""The grooves' sides, from upright: two degrees inside what FDM prints without support."""
RIB_MM = 1.6
LEAST_GROOVE_MM = 3.0
LOOSE_MM, DEEPER_MM = 0.2, 0.1
"""A magnet's hole is wider and deeper by so much."""
HOLE_WALL_MM = 1.2
MIDDLE_MM = {False: 12.0, True: 9.5}
"""The least half width of the solid middle that bears the words; with magnets they are fewer."""
WORDS_MM = 0.4
"""How deep the words are: two layers, and no more wall between letters than need be."""
MOST_CAPITAL_MM = 5.0


@dataclass(frozen=True)
class Underside:
    """What is cut out of a base from below (None when nothing is), and what there was no room for."""

    cut: manifold3d.Manifold | None = None
    notes: tuple[str, ...] = ()


def underside(plinth: Plinth, limits: Limits, number: str = "", top_mm: float | None = None) -> Underside:
    """Hollow, magnet holes and words as the template wants them, each where there is room.

    ``top_mm``: the height of the lowest floor above (the plinth's own by default): a recess lowers it.
    """
    import manifold3d as m3

    template, notes = plinth.template, []
    roof = (plinth.floor_mm if plinth.sculpted else plinth.height_mm) if top_mm is None else top_mm
    spots, said = magnet_spots(plinth, roof)
    notes += said
    across, deep = template.magnet_mm[0] + LOOSE_MM, template.magnet_mm[1] + DEEPER_MM
    cuts = []
    inner = plinth.edge_mm + template.wall_mm
    if template.hollow:
        grooves, inner = _grooves(plinth, roof - template.roof_mm, inner, MIDDLE_MM[bool(spots)])
        if grooves is None:
            notes.append("there is no room to hollow the base: it stays solid")
        else:
            column = m3.CrossSection.circle(across / 2 + RIB_MM, 48).extrude(roof + 2)
            keep = [column.translate((x, y, -1.0)) for x, y in spots]
            cuts.append(grooves - m3.Manifold.batch_boolean(keep, m3.OpType.Add) if keep else grooves)
    for x, y in spots:
        hole = m3.Manifold.cylinder(deep + 1.0, across / 2, across / 2, 64).translate((x, y, -1.0))
        mouth = m3.Manifold.cylinder(0.6, across / 2 + 0.6, across / 2, 64).translate((x, y, -0.3))
        cuts += [hole, mouth]
    if template.underside:
        words, said = _words(plinth, limits, number, inner, spots, across / 2)
        cuts += words
        notes += said
    cut = m3.Manifold.batch_boolean(cuts, m3.OpType.Add) if cuts else None
    return Underside(cut, tuple(notes))


def magnet_spots(plinth: Plinth, roof_mm: float) -> tuple[list[tuple[float, float]], list[str]]:
    """Middles of the magnet holes, (x, y) in mm, and a note when there is no room for them.

    One lies in the middle, two beside it, more on a ring.
    """
    count = plinth.template.magnets
    across, deep = plinth.template.magnet_mm
    if not count:
        return [], []
    size = f"{across:g} x {deep:g} mm"
    if deep + DEEPER_MM + HOLE_WALL_MM > roof_mm + 1e-9:
        least = deep + DEEPER_MM + HOLE_WALL_MM
        return [], [f"no magnet holes ({size}): the base would have to be {least:.1f} mm high"]
    if count == 1:
        turns, reach = np.zeros(1), 0.0
    else:
        turns = (
            math.pi * (0.0 if count == 2 else 0.5)
            + 2 * math.pi * np.arange(count) / count
            + (math.pi / 4 if count == 4 else 0.0)
        )
        reach = 1.0
    radius = across / 2 + LOOSE_MM / 2
    ring = outline(plinth, plinth.edge_mm)
    ways = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    # on the outline drawn in by wall and hole, as far out as the slope above leaves a wall
    inset = plinth.template.wall_mm + radius + 0.45 * deep
    spots = [_ray(ring, way, inset) * reach for way in ways]
    apart = min((math.dist(a, b) for i, a in enumerate(spots) for b in spots[:i]), default=math.inf)
    room = min(margin_inside(spot, ring) for spot in spots)
    if room < radius + HOLE_WALL_MM or apart < 2 * radius + HOLE_WALL_MM:
        return [], [f"no magnet holes: the base is too narrow for {count} of {size}"]
    return [(float(spot[0]), float(spot[1])) for spot in spots], []


def _ray(ring: Floats, way: Floats, inset: float) -> Floats:
    """The point on a ray from the middle that lies ``inset`` mm inside a convex ring; the middle at least."""
    low, high = 0.0, float(np.hypot(*ring.T).max())
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if margin_inside(middle * way, ring) >= inset else (low, middle)
    return low * way


def _grooves(
    plinth: Plinth, high: float, inner: float, middle_mm: float
) -> tuple[manifold3d.Manifold | None, float]:
    """Rings of grooves from ``inner`` inwards, and where the solid middle begins, as an inset."""
    import manifold3d as m3

    run = math.tan(math.radians(ROOF_DEG))
    ring = outline(plinth, 0.0)
    least = float(np.abs(ring).max(axis=0).min()) - max(middle_mm, 0.42 * plinth.reach_mm * plinth.ratio)
    rings = []
    while (width := min(2 * high * run, least - inner)) >= LEAST_GROOVE_MM:
        ridge, tip = inner + width / 2, width / 2 / run
        outer = stack(plinth, [(inner - 0.2 * run, -0.2), (ridge, tip)])
        core = stack(plinth, [(inner + width + 0.2 * run, -0.2), (ridge, tip), (ridge, tip + 1.0)])
        rings.append(outer - core)
        inner += width + RIB_MM
    return (m3.Manifold.batch_boolean(rings, m3.OpType.Add) if rings else None), inner


def _words(
    plinth: Plinth,
    limits: Limits,
    number: str,
    inner: float,
    spots: list[tuple[float, float]],
    hole_mm: float,
) -> tuple[list[manifold3d.Manifold], list[str]]:
    """The warning and the job's number, each line mirrored so that it reads right from below."""
    line = ENGRAVED_MM[limits.process]
    half = np.abs(outline(plinth, inner)).max(axis=0) - 0.4
    gap = 0.0
    for x, y in spots:
        away = math.hypot(x / half[0], y / half[1])
        if away < 0.05:
            gap = hole_mm + 1.0
        elif away < 1.4:
            half = half * max(0.1, away - (hole_mm + 1.0) / float(half.min()))
    number = " ".join(number.split())
    lost: list[str] = []
    placed: list[_Line] = []
    for lines in _wordings(number, bool(gap)):
        placed = _around(lines, half, gap, 4.2 * line) if gap else _laid(lines, half, 5.0 * line)
        if placed:
            lost = [] if not number or number in lines else [number]
            lost += [] if any("TOY" in words for words in lines) else ["NOT A TOY"]
            break
    else:
        lost = [WARNING, *([number] if number else [])]
    notes = [f"there is no room under the base for {words!r}" for words in lost]
    cuts = []
    for words, capital, bend in placed:
        made = set_line(words, height_mm=capital, line_mm=line)
        if made is None:
            notes.append(f"{words!r} is not under the base: no font here draws it")
            continue
        cuts.append(_engraved(made, bend, WORDS_MM))
    return cuts, notes


def _wordings(number: str, around: bool) -> list[list[str]]:
    """What may stand below in how many lines, the fullest first."""
    warnings = [[WARNING], ["14+"]] if around else [["14+", "NOT A TOY"], ["14+", "NOT A", "TOY"], ["14+"]]
    with_number = [[*lines, number] for lines in warnings] if number else []
    return with_number + warnings


def _engraved(
    words: manifold3d.CrossSection, bend: Callable[[Floats], Floats], deep: float
) -> manifold3d.Manifold:
    """A line of words, bent into its place as seen from below, as what is cut out above z = 0."""
    solid = words.extrude(deep + 1.0).refine_to_length(0.6).translate((0.0, 0.0, -1.0))

    def place(points: Floats) -> Floats:
        spots = bend(np.asarray(points, np.float64)[:, :2])
        return np.stack([spots[:, 0], -spots[:, 1], -points[:, 2] - 1.0 + deep], axis=1)

    return solid.warp_batch(place)


def _around(lines: list[str], half: Floats, gap: float, least: float) -> list[_Line]:
    """The first line on an arc over a hole in the middle, the second below it; [] without room."""
    outer = float(half.min())
    reach = (gap + outer) / 2
    widest = [line_width(words) for words in lines]
    arc = reach * math.pi * (0.94 if len(lines) > 1 else 1.7)
    capital = min(MOST_CAPITAL_MM, 0.8 * (outer - gap), *(arc / max(wide, 0.1) for wide in widest))
    if capital < least:
        return []

    def bent(side: float) -> Callable[[Floats], Floats]:
        def bend(points: Floats) -> Floats:
            angle = points[:, 0] / reach
            far = reach + side * points[:, 1]
            return np.stack([far * np.sin(angle), side * far * np.cos(angle)], axis=1)

        return bend

    return [(words, capital, bent(side)) for words, side in zip(lines, (1.0, -1.0), strict=False)]


def _laid(lines: list[str], half: Floats, least: float) -> list[_Line]:
    """Lines one under the other, as large as an oval of ``half`` mm allows; [] without room."""
    tall = [1.7 if words == "14+" else 1.0 for words in lines]
    wide = [line_width(words) for words in lines]
    for capital in np.geomspace(MOST_CAPITAL_MM, least, 28):
        heights = [share * float(capital) for share in tall]
        step = 0.55 * float(capital)
        top = (sum(heights) + step * (len(heights) - 1)) / 2
        middles = [top - sum(heights[:i]) - step * i - h / 2 for i, h in enumerate(heights)]
        corners = [
            math.hypot(w * h / 2 / half[0], (abs(y) + h / 2) / half[1])
            for w, h, y in zip(wide, heights, middles, strict=True)
        ]
        if max(corners) <= 1.0:
            return [(w, h, _lifted(y)) for w, h, y in zip(lines, heights, middles, strict=True)]
    return []


def _lifted(y: float) -> Callable[[Floats], Floats]:
    return lambda points: points + np.array([0.0, y])
