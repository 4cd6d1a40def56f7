"""A figure that prints apart from its stand: a keyed tab under its soles, and the slot for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fabricate.solid.footing import SINK_MM
from fabricate.solid.limits import Limits
from fabricate.solid.stand import centre_of_mass, hull_of, margin_inside

if TYPE_CHECKING:
    import manifold3d

__all__ = ["CLEARANCE_MM", "TAB_MM", "slot_for", "tab_under"]

CLEARANCE_MM = {"fdm": 0.2, "resin": 0.15}
"""The gap on each side of the tab: a loose fit, for one sets the figure in by hand."""
TAB_MM = 2.4
"""How thick the tab is below the soles, for a figure of 90 mm."""
BELOW_MM = 0.2
"""How much deeper the slot is than the tab."""
TIP_DEG = 7.0
"""The tab is wide enough for the figure to stand on it alone, while it prints."""


def tab_under(figure: manifold3d.Manifold, size: float) -> tuple[manifold3d.CrossSection, float]:
    """The outline of the tab for a figure on z = 0, and its thickness in mm below the soles.

    It holds the soles, is rounded before and has a tongue behind, so that it goes in one way only.
    """
    import manifold3d as m3

    raw = figure.to_mesh()
    points = np.asarray(raw.vert_properties, np.float64)[:, :3]
    _, centre = centre_of_mass(points, np.asarray(raw.tri_verts, np.int64))
    sole = hull_of(points[points[:, 2] <= 2 * SINK_MM, :2])
    aim = math.tan(math.radians(TIP_DEG)) * (centre[2] + TAB_MM)
    shape = m3.CrossSection([np.concatenate([sole, centre[None, :2]])], m3.FillRule.NonZero).hull()
    grow = min(max(0.6, aim - max(margin_inside(centre[:2], sole), 0.0)), 12.0)
    shape = shape.offset(grow, m3.JoinType.Round, circular_segments=48).simplify(0.01)
    left, _, right, back = shape.bounds()
    tongue = m3.CrossSection.square((max(4.0, 0.25 * (right - left)), 5.0), True)
    tongue = tongue.offset(0.5, m3.JoinType.Round, circular_segments=16)
    return shape + tongue.translate(((left + right) / 2, back - 1.5)), TAB_MM * min(1.5, max(0.8, size))


def slot_for(
    tab: manifold3d.CrossSection, thick_mm: float, floor_mm: float, limits: Limits
) -> manifold3d.Manifold:
    """The slot in a stand whose floor is at ``floor_mm``: the tab with the process's clearance all round."""
    import manifold3d as m3

    wide = tab.offset(CLEARANCE_MM[limits.process], m3.JoinType.Round, circular_segments=32)
    deep = thick_mm + BELOW_MM
    return wide.extrude(deep + 5.0).translate((0.0, 0.0, floor_mm - deep))
