"""How a figure stands on its base: how deep its feet sink, and how wide the base must be to keep it up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.base_template import BaseTemplate, standard_sizes
from fabricate.solid.nameplate import plaque_depth
from fabricate.solid.plinth import Plinth, outline, plinth_for, reach_for
from fabricate.solid.stand import centre_of_mass, hull_of, margin_inside

if TYPE_CHECKING:
    import manifold3d

__all__ = ["SINK_MM", "Footing", "contact_needed", "footing_for", "sink_for", "tip_of"]

Floats = npt.NDArray[np.float64]
SINK_MM = 0.6
"""How far every figure sinks into its base, so that they weld."""
DEEPEST_SHARE = 0.022
"""A figure with round feet sinks by at most this share of its height."""
TIP_AIM_DEG = 11.0
TIP_LEAST_DEG = 6.0
FOOT_SHARE = 0.05
"""What lies below this share of the height is foot: the base reaches under all of it."""


@dataclass(frozen=True)
class Footing:
    """The plinth for a figure, and where the plinth's middle goes under it, (x, y) in the figure's mm."""

    plinth: Plinth
    middle: Floats
    notes: tuple[str, ...] = ()


def contact_needed(height_mm: float) -> float:
    """The area in mm2 by which a figure of that height should hang on its base: 9 at 50 mm, 29 at 90 mm."""
    return max(9.0, 0.0036 * height_mm**2)


def sink_for(figure: manifold3d.Manifold, height_mm: float) -> tuple[float, tuple[str, ...]]:
    """How deep a figure on z = 0 sinks into its base until its soles are flat enough, and a note of it."""
    need = contact_needed(height_mm)
    deepest = max(SINK_MM, DEEPEST_SHARE * height_mm)
    first = figure.slice(SINK_MM / 2).area()
    if first >= need or deepest <= SINK_MM:
        return SINK_MM, ()
    low, high = SINK_MM, deepest
    if figure.slice(high * 0.9).area() < need:
        low = high
    for _ in range(8 if low < high else 0):
        middle = (low + high) / 2
        low, high = (low, middle) if figure.slice(middle * 0.9).area() >= need else (middle, high)
    gained = figure.slice(high * 0.9).area()
    if gained < 1.3 * first:
        return SINK_MM, ()
    note = f"its soles are round: sunk {high:.1f} mm into the base, so that {gained:.0f} mm2 hold it"
    return high, (f"{note} instead of {first:.0f}",)


def footing_for(
    figure: manifold3d.Manifold,
    height_mm: float,
    template: BaseTemplate,
    base_mm: float = 0.0,
    sink_mm: float = SINK_MM,
) -> Footing:
    """The plinth for a figure on z = 0: wide enough for its feet, its balance, its name and its standard.

    ``base_mm`` 0 sizes it by itself; a width asked for is kept when it will do. ``notes`` say what was grown.
    """
    raw = figure.to_mesh()
    points = np.asarray(raw.vert_properties, np.float64)[:, :3]
    volume, centre = centre_of_mass(points, np.asarray(raw.tri_verts, np.int64))
    foot = hull_of(points[points[:, 2] <= max(2 * sink_mm, FOOT_SHARE * height_mm), :2])
    plinth = plinth_for(template, height_mm)
    spots = _with_front(foot, plinth)
    lean = math.tan(math.radians(TIP_AIM_DEG)) * (centre[2] + plinth.height_mm) * 0.9 + plinth.edge_mm
    margin = template.margin_mm + plinth.border_mm
    middle = _middle(np.concatenate([spots, centre[None, :2]]), np.append(np.full(len(spots), margin), lean))
    load = _Load(volume, centre, spots - middle, middle)
    if base_mm == 0:
        return _by_itself(plinth, load)
    return _as_asked(plinth, load, base_mm)


@dataclass(frozen=True)
class _Load:
    """What a base carries: volume and centre of mass, and ``spots`` (n, 2) to be under, about ``middle``."""

    volume: float
    centre: Floats
    spots: Floats
    middle: Floats

    def shift(self, plinth: Plinth) -> Floats:
        """Where the feet's middle goes on the base, (x, y)."""
        return np.array((0.0, 0.0) if plinth.scene is None else plinth.scene.clear_at) * plinth.unit_mm

    def feet(self, plinth: Plinth, margin_mm: float) -> float:
        """The least reach for the feet with a margin around them."""
        scene = plinth.scene
        if scene is None:
            return reach_for(self.spots, plinth.border_mm + margin_mm, plinth)
        unit = float(np.hypot(*(self.spots / np.array(scene.clear)).T).max())
        return plinth.border_mm + max(unit + 0.5 * margin_mm, scene.least_mm)

    def balance(self, plinth: Plinth, tip_deg: float) -> float:
        """The least reach at which figure and base tip no sooner than at ``tip_deg``."""
        low, high = plinth.reach_mm, plinth.reach_mm
        if self.tips(plinth) >= tip_deg:
            return low
        while self.tips(plinth.with_reach(high)) < tip_deg and high < 2000:
            low, high = high, high * 1.25
        for _ in range(14):
            middle = (low + high) / 2
            low, high = (low, middle) if self.tips(plinth.with_reach(middle)) >= tip_deg else (middle, high)
        return high

    def tips(self, plinth: Plinth) -> float:
        """How far figure and base together may be tilted, in degrees, the base taken as solid."""
        return tip_of(plinth, self.volume, self.centre - np.append(self.middle - self.shift(plinth), 0.0))


def tip_of(plinth: Plinth, volume: float, centre: Floats) -> float:
    """The tip angle in degrees of a figure (volume, centre of mass about the base's middle, on z = 0)."""
    foot = outline(plinth, plinth.edge_mm)
    x, y = foot.T
    area = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2
    weight = area * plinth.floor_mm * 0.85
    total = weight + volume
    up = (weight * plinth.floor_mm * 0.45 + volume * (centre[2] + plinth.floor_mm - SINK_MM)) / total
    aside = volume * centre[:2] / total
    return math.degrees(math.atan(max(0.0, margin_inside(aside, foot)) / up))


def _with_front(foot: Floats, plinth: Plinth) -> Floats:
    """The feet, and the room before them that letters or a plaque on the floor need."""
    front = plinth.front_mm
    if plinth.template.name_at == "plaque":
        front = max(front, plaque_depth(plinth) + 0.5)
    return np.concatenate([foot, foot - [0.0, front]]) if front else foot


def _by_itself(plinth: Plinth, load: _Load) -> Footing:
    """As wide as it needs, at the next half millimetre or the next standard size."""
    sizes = standard_sizes(plinth.template) if plinth.template.snap else ()

    @cache
    def need(ratio: float) -> tuple[float, float]:
        shaped = plinth.with_reach(plinth.reach_mm, ratio)
        return load.feet(shaped, plinth.template.margin_mm), load.balance(shaped, TIP_AIM_DEG)

    for width, ratio in sizes:
        if width / 2 >= max(plinth.reach_mm, *need(ratio)) - 0.25:
            made = plinth.with_reach(width / 2, ratio)
            return _placed(made, load, (f"the base is a standard one of {_size(made)}",))
    ratio = sizes[-1][1] if sizes else plinth.ratio
    feet, balance = need(ratio)
    least = max(plinth.reach_mm, feet)
    made = plinth.with_reach(math.ceil(2 * max(least, balance)) / 2, ratio)
    notes = []
    if balance > least + 0.5:
        notes.append(f"the base was grown to {2 * made.reach_mm:.0f} mm so that the figure does not tip over")
    if sizes:
        notes.append(f"no standard base is wide enough: this one is {_size(made)}")
    return _placed(made, load, tuple(notes))


def _as_asked(plinth: Plinth, load: _Load, base_mm: float) -> Footing:
    """As wide as was asked, or at the least that will do; the next standard size where those are wanted."""
    bare = load.feet(plinth, 0.0)
    lowest = plinth.with_reach(min(plinth.reach_mm, base_mm / 2))
    least = max(bare, load.balance(lowest, TIP_LEAST_DEG), plinth.border_mm + 3.0)
    reach = base_mm / 2 if base_mm / 2 >= least else math.ceil(2 * least) / 2
    notes = []
    if reach > base_mm / 2:
        why = "the feet need more room" if bare >= least else "the figure would tip over"
        notes.append(f"the base was grown from {base_mm:g} to {2 * reach:g} mm: {why}")
    made = plinth.with_reach(reach)
    for width, ratio in standard_sizes(plinth.template) if plinth.template.snap else ():
        shaped = plinth.with_reach(width / 2, ratio)
        held = max(load.feet(shaped, 0.0), load.balance(shaped, TIP_LEAST_DEG))
        if width >= base_mm - 1e-6 and held <= width / 2:
            made = shaped
            if not math.isclose(width, base_mm):
                notes = [f"the base was taken from {base_mm:g} mm to the standard {_size(made)}"]
            break
    return _placed(made, load, tuple(notes))


def _placed(plinth: Plinth, load: _Load, notes: tuple[str, ...]) -> Footing:
    return Footing(plinth, load.middle - load.shift(plinth), notes)


def _size(plinth: Plinth) -> str:
    wide = 2 * plinth.reach_mm
    return f"{wide:g} mm" if plinth.ratio == 1.0 else f"{wide:g} x {wide * plinth.ratio:.0f} mm"


def _middle(spots: Floats, radii: Floats) -> Floats:
    """The middle of a nearly smallest circle that covers discs (Badoiu and Clarkson's walk, 2003)."""
    middle = spots.mean(axis=0)
    for step in range(1, 400):
        away = spots - middle
        far = int((np.hypot(*away.T) + radii).argmax())
        length = float(np.hypot(*away[far]))
        if length < 1e-9:
            break
        reach = length + float(radii[far])
        middle = middle + away[far] / length * reach / (step + 1)
    return np.asarray(middle, np.float64)
