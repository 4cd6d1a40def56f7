"""The room inside a solid behind walls of a given thickness, wide enough to drain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.closeness import Surface
from fabricate.solid.grids import Cells, cells_around, depth_in, inside

if TYPE_CHECKING:
    import trimesh

__all__ = ["Room", "room_in"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
STEP = 1 / 6
"""The grid's step as part of the wall."""
LEAST_STEP_MM = 0.25
MOST_CELLS = 5_000_000
ROUND_MM = 0.9
"""A ball of this radius rolls through the whole room: what is narrower holds resin, and is left full."""


@dataclass(frozen=True)
class Room:
    """``depth`` of each cell under the surface in mm (0 outside), and which cells the ``room`` takes."""

    cells: Cells
    depth: Floats
    room: Bools


def room_in(solid: trimesh.Trimesh, wall_mm: float) -> Room:
    """The room behind walls of ``wall_mm`` in a closed solid in mm."""
    cells = cells_around([solid], step=max(wall_mm * STEP, LEAST_STEP_MM), most=MOST_CELLS)
    mask = inside(solid, cells)
    depth = depth_in(mask, cells.step)
    near = np.argwhere(np.abs(depth - wall_mm) < 2 * cells.step)
    if len(near):
        corners = np.asarray(solid.triangles, np.float64)
        depth[tuple(near.T)] = Surface(corners, 150_000).nearest(cells.points(near)).distance
    core = depth >= wall_mm + ROUND_MM
    if not core.any():
        return Room(cells, depth, np.zeros(mask.shape, bool))
    return Room(cells, depth, (depth >= wall_mm) & (_away(core, cells.step) <= ROUND_MM + cells.step))


def _away(core: Bools, step: float) -> Floats:
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~core), np.float64) * step
