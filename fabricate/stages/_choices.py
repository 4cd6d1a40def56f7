"""How a plate is printed: supports where something hangs over, a brim where something stands on little."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from fabricate.errors import MeshError
from fabricate.spec import Slice

if TYPE_CHECKING:
    import trimesh

    from fabricate.solid.limits import Profile
    from fabricate.solid.threemf import Thing

__all__ = ["BRIM_MM", "brim_for", "supports_for"]

BRIM_MM, FOOT_MM2, TIP_DEG = 3.0, 60.0, 10.0
"""A thing that stands on less, or tips sooner, gets a brim so wide."""
OVERHANG_SHARE, OVERHANG_MM2 = 0.005, 2.0
"""Supports are printed when more of the surface hangs over than both of these."""
TOUCH_MM = 0.3


def supports_for(
    things: Sequence[Thing], known: Mapping[str, float], profile: Profile, table: Slice
) -> Literal["none", "plate", "everywhere"]:
    """Whether the plate needs supports. ``known``: the share of a thing's surface that the report found
    hanging over, by its name; of others it is measured here."""
    if not profile.machine.supports:
        return "none"
    if table.supports != "auto":
        return table.supports
    for thing in things:
        if thing.name in known:  # not measured again: that takes a union of all its parts
            total = sum(float(part.area) for part in thing.parts.values())
            area = known[thing.name] * total
        else:
            area, total = _overhang(thing, profile.process)
        if area > max(OVERHANG_SHARE * total, OVERHANG_MM2):
            return "everywhere"
    return "none"


def _overhang(thing: Thing, process: str) -> tuple[float, float]:
    """The surface that hangs over, and all of it, in mm^2; parts that lie on others do not hang."""
    import numpy as np

    from fabricate.solid.limits import limits_of

    steep = -math.sin(math.radians(limits_of(process).overhang_deg))
    over = total = 0.0
    for part in _solids(thing):
        area = np.asarray(part.area_faces)
        floor = np.asarray(part.triangles)[:, :, 2].min(axis=1) + thing.at[2]
        hangs = (np.asarray(part.face_normals)[:, 2] < steep) & (floor > TOUCH_MM)
        over, total = over + float(area[hangs].sum()), total + float(area.sum())
    return over, total


def _solids(thing: Thing) -> list[trimesh.Trimesh]:
    """The thing as one solid where its parts are sound, else its parts."""
    from fabricate.solid.boolean import union

    parts = list(thing.parts.values())
    if len(parts) < 2:
        return parts
    try:
        return [union(parts)]
    except MeshError:
        return parts


def brim_for(things: Sequence[Thing], profile: Profile, table: Slice, room_mm: float) -> float:
    """The brim in mm: as the spec says, else ``BRIM_MM`` where a thing stands on little, if there is room."""
    if profile.process == "resin":
        return 0.0
    if table.brim_mm is not None:
        return table.brim_mm
    return BRIM_MM if room_mm >= BRIM_MM and any(_shaky(thing) for thing in things) else 0.0


def _shaky(thing: Thing) -> bool:
    """Whether a thing stands on little, or tips soon."""
    import numpy as np

    from fabricate.solid.plates import foot_of, joined
    from fabricate.solid.stand import stand_of

    whole = joined(thing.parts)
    points = np.asarray(whole.vertices)
    if foot_of(whole, points, 0.05) < FOOT_MM2:
        return True
    return stand_of(points, np.asarray(whole.faces), 0.1).tip_deg < TIP_DEG
