"""From a field to a closed mesh: surface cells are found coarse to fine, then marching cubes.

A block is kept when the field at its centre is within the block's radius (the field changes by at most one
per unit, its Lipschitz bound), so only a thin layer of blocks around the surface is ever evaluated. The
triangles of a cell are those of ``solid.cases``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.frames import Array
from fabricate.kit.sdf import Field
from fabricate.solid.cases import AXES, BEGINS, CORNERS, table

__all__ = ["isosurface"]

CELLS = 4
"""Cells along a block's side."""
CHUNK = 1000
"""Blocks evaluated at once: few enough that a field's arrays stay in the processor's cache."""
SLACK = 1.35
"""How much a field may over-estimate distance before a block would be missed."""


def _blocks(item: Field, low: Array, size: float, count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lattice positions (k, 3) of the blocks of side ``size`` that may hold surface."""
    levels = max(0, int(np.ceil(np.log2(max(count.max() / 4, 1)))))
    side = 1 << levels
    top = [np.arange(-(-int(n) // side)) for n in count]
    at = np.stack(np.meshgrid(*top, indexing="ij"), -1).reshape(-1, 3) * side
    while True:
        wide = size * side
        centre = (low[:, None] + (at.T + side / 2) * size).astype(np.float32)
        radius = wide * 0.8661 * SLACK + item.doubt
        d = item.distance(centre[:, :, None], centre, radius)[:, 0]
        at = at[np.abs(d) <= radius]
        if side == 1:
            return at[(at < count).all(1)]
        side //= 2
        steps = CORNERS * side
        at = (at[:, None, :] + steps[None]).reshape(-1, 3)
        at = at[(at < count).all(1)]


def isosurface(item: Field, voxel: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The zero surface of a field as a closed mesh: vertices (n, 3) float64, faces (m, 3), outward.

    ``voxel`` is the cell's side in the field's unit. An empty field gives empty arrays.
    """
    low = (item.low - np.float32(1.5 * voxel)).astype(np.float32)
    span = item.high - item.low + 3 * voxel
    if (span <= 0).any():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    cells = np.ceil(span / voxel).astype(np.int64)
    at = _blocks(item, low, voxel * CELLS, -(-cells // CELLS))
    if not len(at):
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    values = _sampled(item, at, low, voxel)
    values, at = _followed(item, values, at, low, voxel)
    return _march(values, at, low, voxel)


def _sampled(item: Field, at: NDArray[np.int64], low: Array, voxel: float) -> Array:
    """The field at the corners of the cells of blocks ``at`` (k, 3): (k, 5, 5, 5)."""
    n = CELLS + 1
    line = np.arange(n)
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), 0).reshape(3, 1, -1)
    lattice = at.T[:, :, None] * CELLS + grid
    p = (low[:, None, None] + lattice * np.float32(voxel)).astype(np.float32)
    centre = (low[:, None] + (at.T * CELLS + CELLS / 2) * voxel).astype(np.float32)
    values = np.concatenate(
        [
            item.distance(p[:, i : i + CHUNK], centre[:, i : i + CHUNK], voxel * (CELLS * 0.8661 + 2))
            for i in range(0, len(at), CHUNK)
        ]
    )
    # No corner lies exactly on the surface: no vertex falls on another, no sliver is flat.
    tiny = np.float32(voxel * 2e-3)
    values = np.where(np.abs(values) < tiny, np.where(values < 0, -tiny, tiny), values)
    return np.asarray(values.reshape(-1, n, n, n))


def _followed(
    item: Field, values: Array, at: NDArray[np.int64], low: Array, voxel: float
) -> tuple[Array, NDArray[np.int64]]:
    """Blocks that the surface enters though the search left them out are sampled too, until it is closed.

    Folds and bevels may change faster than one per unit: there the search's bound does not hold. And what is
    raised on a field that under-estimates distance stands out further than told, out of the field's box.
    """
    big = np.int64(1) << 20
    fresh, found = at, values
    while len(fresh):
        inside = found < 0
        entered = []
        for axis in range(3):
            for side, step in ((0, -1), (CELLS, 1)):
                face: NDArray[np.bool_] = np.take(inside, side, axis + 1).reshape(len(fresh), -1)
                mixed = face.any(axis=1) & ~face.all(axis=1)
                beside = fresh[mixed]
                beside[:, axis] += step
                entered.append(beside)
        wanted = np.unique(np.concatenate(entered), axis=0)
        known = (at[:, 0] * big + at[:, 1]) * big + at[:, 2]
        fresh = wanted[~np.isin((wanted[:, 0] * big + wanted[:, 1]) * big + wanted[:, 2], known)]
        if len(fresh):
            found = _sampled(item, fresh, low, voxel)
            values, at = np.concatenate([values, found]), np.concatenate([at, fresh])
    return values, at


def _march(
    values: Array, at: NDArray[np.int64], low: Array, voxel: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    inside = values < 0
    case = np.zeros(values[:, :-1, :-1, :-1].shape, np.int64)
    for i, (x, y, z) in enumerate(CORNERS):
        c = CELLS
        case |= inside[:, x : x + c, y : y + c, z : z + c].astype(np.int64) << i
    block, *cell = np.nonzero((case > 0) & (case < 255))
    kinds = case[block, cell[0], cell[1], cell[2]]
    place = np.stack(cell, 1)
    edges_of, count = table()
    which = np.repeat(np.arange(len(kinds)), count[kinds])
    first = np.concatenate([[0], np.cumsum(count[kinds])[:-1]])
    turn = np.arange(len(which)) - first[which]
    edges = edges_of[kinds[which], turn]
    # Each edge is named by its lower lattice corner and axis, so that neighbours share its vertex.
    b3 = np.repeat(block[which][:, None], 3, 1)
    local = place[which][:, None, :] + BEGINS[edges]
    world = at[b3] * CELLS + local
    ax = AXES[edges]
    big = np.int64(1) << 20
    key = ((world[..., 0] * big + world[..., 1]) * big + world[..., 2]) * 3 + ax
    _, pick, faces = np.unique(key.ravel(), return_index=True, return_inverse=True)
    lo = local.reshape(-1, 3)[pick]
    hi = lo + np.eye(3, dtype=np.int64)[ax.ravel()[pick]]
    bb = b3.ravel()[pick]
    va = values[bb, lo[:, 0], lo[:, 1], lo[:, 2]].astype(np.float64)
    vb = values[bb, hi[:, 0], hi[:, 1], hi[:, 2]].astype(np.float64)
    t = va / (va - vb)
    start = world.reshape(-1, 3)[pick].astype(np.float64)
    start[np.arange(len(start)), ax.ravel()[pick]] += t
    return low.astype(np.float64) + start * voxel, faces.reshape(-1, 3)
