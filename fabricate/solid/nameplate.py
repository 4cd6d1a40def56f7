"""The name on a base: on its front slope, on an arc of its floor, on a standing plaque, or on a sculpture.

Words are outlines in a plane: along, up, out. Each place bends that plane onto the base. Embossed letters
are a solid that reaches into the base; engraved ones are cut out, and their ground is inlaid in the
name's colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.lettering import fit_words
from fabricate.solid.limits import Limits
from fabricate.solid.plinth import Plinth, outline, rim, rim_length

if TYPE_CHECKING:
    import manifold3d

__all__ = ["ENGRAVED_MM", "Nameplate", "nameplate", "plaque_depth"]

Floats = npt.NDArray[np.float64]
SINK_MM = 0.3
"""How far raised letters reach into the base, so that they weld."""
ENGRAVED_MM = {"fdm": 0.55, "resin": 0.42}
"""The narrowest engraved line, a little over each process's limit (0.5 and 0.4)."""
INLAY_MM = 0.6
PLAQUE_LEAN_DEG = 50.0
PLAQUE_THICK_MM, PLAQUE_LEAST_MM = 2.2, 5.0
FRAME_MM = 0.9


@dataclass(frozen=True)
class Nameplate:
    """``letters`` in the name's colour and, for engraved ones, the ``cut`` they lie in; ``plate`` is to be
    united with the base."""

    letters: manifold3d.Manifold | None = None
    cut: manifold3d.Manifold | None = None
    plate: manifold3d.Manifold | None = None
    shown: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Place:
    """A field for letters: how wide, how tall its capitals, how much room; ``place`` bends it to the base."""

    width: float
    capital: float
    room: float
    place: Callable[[Floats], Floats]
    bent: bool


def nameplate(plinth: Plinth, name: str, limits: Limits) -> Nameplate:
    """The name where the template wants it; one that cannot be drawn leaves ``letters`` None and a note."""
    where = plinth.template.name_at
    if not name.strip() or where == "none":
        return Nameplate()
    if where == "plaque":
        return _on_plaque(plinth, name, limits)
    place = _panel(plinth) if where == "panel" else _top(plinth) if where == "top" else _slope(plinth)
    return _lettered(plinth, place, name, limits)


def plaque_depth(plinth: Plinth) -> float:
    """How much of the floor, from its front edge, a plaque takes."""
    tall = _plaque_tall(plinth)
    return tall / math.tan(math.radians(PLAQUE_LEAN_DEG)) + PLAQUE_THICK_MM + 1.3


def _plaque_tall(plinth: Plinth) -> float:
    return max(PLAQUE_LEAST_MM, plinth.template.plaque_mm * plinth.size)


def _lettered(plinth: Plinth, place: _Place, name: str, limits: Limits) -> Nameplate:
    engraved = plinth.template.letters == "engraved"
    line = ENGRAVED_MM[limits.process] if engraved else limits.line_mm * 1.06
    words = fit_words(
        name,
        width_mm=place.width,
        height_mm=place.capital,
        room_mm=place.room,
        line_mm=line,
        capitals=plinth.template.capitals,
    )
    if words.outline is None:
        return Nameplate(notes=words.notes)
    deep = limits.relief_mm
    if not engraved:
        raised = _bent(words.outline, -SINK_MM, deep, place)
        return Nameplate(raised, shown=words.shown, notes=words.notes)
    cut = _bent(words.outline, -deep, 0.6, place)
    # reaching a little into the cut, so that no face of it lies in the cut's own ground
    inlay = _bent(words.outline.offset(-0.03), -deep - INLAY_MM, 0.2 - deep, place)
    return Nameplate(inlay, cut, shown=words.shown, notes=words.notes)


def _bent(outline: manifold3d.CrossSection, low: float, high: float, place: _Place) -> manifold3d.Manifold:
    flat = outline.extrude(high - low).translate((0.0, 0.0, low))
    return (flat.refine_to_length(0.9) if place.bent else flat).warp_batch(place.place)


def _slope(plinth: Plinth) -> _Place:
    """The front slope: letters lean as it does."""
    slant = math.hypot(plinth.slope_run_mm, plinth.height_mm - plinth.foot_mm)
    inset = plinth.ledge_mm + plinth.slope_run_mm / 2
    middle = (plinth.height_mm + plinth.foot_mm) / 2
    place = _along_rim(plinth, inset, middle, plinth.template.slope_deg)
    return _Place(rim_length(plinth, inset), 0.72 * slant, slant - 0.4, place, _round(plinth))


def _top(plinth: Plinth) -> _Place:
    """The floor before the feet: letters lie flat along the front edge, their tops to the figure."""
    band = plinth.front_mm
    inset = plinth.border_mm + 0.5 + band / 2
    place = _along_rim(plinth, inset, plinth.height_mm, 0.0)
    width = rim_length(plinth, inset + band / 4)
    return _Place(width, 0.74 * band, 0.98 * band, place, _round(plinth))


def _round(plinth: Plinth) -> bool:
    return plinth.template.shape in ("round", "oval")


def _along_rim(plinth: Plinth, inset: float, middle: float, tilt_deg: float) -> Callable[[Floats], Floats]:
    """(along, up the slope, outwards) -> the figure frame, along the outline ``inset`` mm inside."""
    tilt = math.radians(tilt_deg)

    def place(points: Floats) -> Floats:
        along, up, out = np.asarray(points, np.float64).T
        spot, way = rim(plinth, inset, along)
        flat = spot + way * (out * math.sin(tilt) - up * math.cos(tilt))[:, None]
        z = middle + up * math.sin(tilt) + out * math.cos(tilt)
        return np.concatenate([flat, z[:, None]], axis=1)

    return place


def _panel(plinth: Plinth) -> _Place:
    """A sculpture's own field for the name."""
    panel = None if plinth.scene is None else plinth.scene.panel
    if panel is None:
        return _slope(plinth)
    unit = plinth.reach_mm
    at = np.array(panel.at) * unit
    height = panel.height * unit
    return _Place(panel.width * unit, 0.66 * height, 0.92 * height, _flat(at, panel.tilt_deg), False)


def _flat(at: Floats, tilt_deg: float) -> Callable[[Floats], Floats]:
    tilt = math.radians(tilt_deg)

    def place(points: Floats) -> Floats:
        along, up, out = np.asarray(points, np.float64).T
        y = up * math.cos(tilt) - out * math.sin(tilt)
        z = up * math.sin(tilt) + out * math.cos(tilt)
        return np.stack([along, y, z], axis=1) + at

    return place


def _on_plaque(plinth: Plinth, name: str, limits: Limits) -> Nameplate:
    """A framed plate that stands at the front of the floor and leans back, with the name on it."""
    import manifold3d as m3

    tall = _plaque_tall(plinth)
    front = plinth.reach_mm * plinth.ratio
    y = -(front - plinth.border_mm - 1.3)
    wide = _floor_width(plinth, -y - 1.5)
    lean = math.radians(PLAQUE_LEAN_DEG)
    slant = tall / math.sin(lean)
    root = 1.2  # how far the plate goes on below the floor
    at = np.array([0.0, y + slant / 2 * math.cos(lean), plinth.height_mm + tall / 2])
    place = _flat(at, PLAQUE_LEAN_DEG)
    corner = min(1.4 * plinth.size, slant / 4)
    shape = m3.CrossSection.square((wide - 2 * corner, slant + root - 2 * corner), True)
    shape = shape.offset(corner, m3.JoinType.Round, circular_segments=32).translate((0.0, -root / 2))
    plate = shape.extrude(PLAQUE_THICK_MM).translate((0.0, 0.0, -PLAQUE_THICK_MM)).warp_batch(place)
    plate = plate.trim_by_plane((0.0, 0.0, 1.0), plinth.height_mm - 0.8)
    edge = max(FRAME_MM, limits.line_mm * 1.06)
    field = _Place(wide - 4 * edge - 1.0, 0.54 * slant, slant - 3.4 * edge, place, False)
    made = _lettered(plinth, field, name, limits)
    if made.letters is None or made.cut is not None:
        return replace(made, plate=plate)
    outer = m3.CrossSection.square((wide - 2 * corner - 1.0, slant - 2 * corner - 1.0), True)
    outer = outer.offset(corner, m3.JoinType.Round, circular_segments=32)
    frame = _bent(outer - outer.offset(-edge, m3.JoinType.Round), -SINK_MM, limits.relief_mm * 0.7, field)
    return replace(made, letters=made.letters + frame, plate=plate)


def _floor_width(plinth: Plinth, reach: float) -> float:
    """The floor's width ``reach`` mm before the middle, a little less."""
    ring = outline(plinth, plinth.border_mm + 0.8)
    x, y = np.abs(ring[:, 0]), ring[:, 1]
    order = np.argsort(y)
    return 2 * float(np.interp(-reach, y[order], x[order]))
