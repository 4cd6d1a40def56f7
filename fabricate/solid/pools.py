"""Where resin stays: hollows without a way out, and cups that hold a pool when the solid stands or hangs.

The space around the solid is looked at in cells. What can run down to the plate or over the side without
ever climbing drains; what cannot is a pool. Printing upside down, as resin printers do, turns top and bottom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.solid.grids import draining
from fabricate.solid.scanlines import crossings
from fabricate.solid.topology import extent

__all__ = ["Pools", "pools_of"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
MOST_CELLS = 3_000_000
MOUTH_MM = 0.4
"""Half the width of a hole through which nothing runs out of itself."""


@dataclass(frozen=True)
class Pools:
    """What stays in a solid, in mm^3, and where: middles of cells (n, 3) in mm.

    ``closed``: cells of space that no way leads out of. ``cups``: those that hold a pool as the solid
    stands. ``sucking``: those that hold air as it stands, and so pull at the film and at the plate.
    """

    closed_mm3: float
    cups_mm3: float
    sucking_mm3: float
    closed: Floats
    cups: Floats
    sucking: Floats
    cell_mm: float


def pools_of(corners: npt.NDArray[np.float32], cell_mm: float = 0.5) -> Pools:
    """The pools of a closed solid, triangles (m, 3, 3) float32 in mm; cells grow for a large one."""
    low, high = extent(corners)
    size = np.maximum(high - low, 1e-3)
    cell = max(cell_mm, float((size.prod() / MOST_CELLS) ** (1 / 3)))
    shape = np.ceil(size / cell).astype(int) + 3
    # half a cell of shift: cells' middles miss the flat faces that a figure's base has
    origin = low - 1.48 * cell
    scaled = ((corners - origin) / cell).astype(np.float64)
    void = ~_full(scaled, (int(shape[0]), int(shape[1]), int(shape[2])))
    outside = _outside(void)
    closed = void & ~outside
    rim = np.ones(void.shape, bool)
    rim[1:-1, 1:-1, 1:] = False
    cups = outside & ~draining(outside, rim)
    sucking = outside & ~draining(outside[:, :, ::-1], rim)[:, :, ::-1]
    cups, sucking = _wide(cups), _wide(sucking)

    def places(cells: Bools) -> Floats:
        return np.asarray(np.argwhere(cells) * cell + origin, np.float64)

    def volume(cells: Bools) -> float:
        return float(cells.sum() * cell**3)

    return Pools(
        closed_mm3=volume(closed),
        cups_mm3=volume(cups),
        sucking_mm3=volume(sucking),
        closed=places(closed),
        cups=places(cups),
        sucking=places(sucking),
        cell_mm=cell,
    )


def _full(scaled: Floats, shape: tuple[int, int, int]) -> Bools:
    """Which cells' middles lie in the solid."""
    found = crossings(scaled, 2)
    change = np.zeros((shape[0], shape[1], shape[2] + 1), np.int16)
    # the lines along z are named by x and y
    first = np.clip(np.ceil(found.depth).astype(np.int64), 0, shape[2])
    np.add.at(change, (found.u, found.v, first), found.rise)
    return np.asarray(np.cumsum(change, axis=2)[:, :, : shape[2]] > 0)


def _outside(void: Bools) -> Bools:
    """The part of the void that hangs together with the rim."""
    from scipy import ndimage

    label, _ = ndimage.label(void)
    return np.asarray(label == label[0, 0, 0])


def _wide(cells: Bools) -> Bools:
    """Pools wider than two cells somewhere: a groove of one cell holds its drop by itself."""
    from scipy import ndimage

    if not cells.any():
        return cells
    core = ndimage.binary_erosion(cells, np.ones((2, 2, 2)))
    return np.asarray(ndimage.binary_propagation(core, mask=cells))
