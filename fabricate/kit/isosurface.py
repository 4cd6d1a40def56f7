"""From a field to a closed mesh: surface cells are found coarse to fine, then marching cubes.

A block is kept when the field at its centre is within the block's radius (the field changes by at most one
per unit, its Lipschitz bound), so only a thin layer of blocks around the surface is ever evaluated. The case
table is made here: on a face whose diagonal corners are inside, the inside corners are always kept apart,
from either side, so neighbouring cells agree and the surface closes (W. Lorensen, H. Cline, "Marching
cubes", SIGGRAPH 1987; the ambiguity: G. Nielson, B. Hamann, "The asymptotic decider", 1991).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.frames import Array
from fabricate.kit.sdf import Field

__all__ = ["isosurface"]

CELLS = 4
"""Cells along a block's side."""
CHUNK = 1000
"""Blocks evaluated at once: few enough that a field's arrays stay in the processor's cache."""
SLACK = 1.35
"""How much a field may over-estimate distance before a block would be missed."""

_CORNERS = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)])
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1]


def _faces() -> list[list[int]]:
    """The corners of the six cell faces, in order around each."""
    out = []
    for axis in range(3):
        u, v = (1 << (axis + 1) % 3), (1 << (axis + 2) % 3)
        for side in (0, 1 << axis):
            ring = [side, side + u, side + u + v, side + v]
            out.append(ring if side else ring[::-1])
    return out


def _loops(case: int) -> list[list[int]]:
    """The polygons of one case as lists of edge numbers, wound so that normals point outwards."""
    number = {frozenset(e): i for i, e in enumerate(_EDGES)}
    follows: dict[int, int] = {}
    for ring in _faces():
        inside = [bool(case >> c & 1) for c in ring]
        for i in range(4):
            # A run of inside corners begins at i: its segment goes from the run's beginning to its end.
            if inside[i] and not inside[i - 1]:
                j = i
                while inside[(j + 1) % 4]:
                    j += 1
                begin = number[frozenset((ring[i - 1], ring[i]))]
                end = number[frozenset((ring[j % 4], ring[(j + 1) % 4]))]
                follows[begin] = end
    loops = []
    while follows:
        first, here = next(iter(follows.items()))
        del follows[first]
        loop = [first]
        while here != first:
            loop.append(here)
            here = follows.pop(here)
        loops.append(loop)
    return loops


def _on_one_face(a: int, b: int) -> bool:
    """True when two cell edges lie on one face of the cell."""
    corners = {*_EDGES[a], *_EDGES[b]}
    return any(corners <= set(ring) for ring in _faces())


def _triangles(loop: list[int]) -> list[tuple[int, int, int]] | None:
    """A polygon cut into triangles by diagonals that pass through the cell, never along one of its faces.

    The neighbour across a face could draw the same diagonal, and an edge would have four triangles. None when
    there is no such cut (no case of a cell is so).
    """
    if len(loop) == 3:
        return [(loop[0], loop[1], loop[2])]
    for k in range(len(loop)):
        a, b, c = loop[k - 1], loop[k], loop[(k + 1) % len(loop)]
        if not _on_one_face(a, c):
            rest = _triangles([e for e in loop if e != b])
            if rest is not None:
                return [(a, b, c), *rest]
    return None


@cache
def _table() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(256, 15) edge numbers of up to five triangles, and their count (256,)."""
    table = np.zeros((256, 15), np.int64)
    count = np.zeros(256, np.int64)
    for case in range(1, 255):
        flat = [e for loop in _loops(case) for triangle in _triangles(loop) or [] for e in triangle]
        table[case, : len(flat)] = flat
        count[case] = len(flat) // 3
    return table, count


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
        steps = _CORNERS * side
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
    values, at = _followed(item, values, at, low, voxel, -(-cells // CELLS))
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
    item: Field,
    values: Array,
    at: NDArray[np.int64],
    low: Array,
    voxel: float,
    count: NDArray[np.int64],
) -> tuple[Array, NDArray[np.int64]]:
    """Blocks that the surface enters though the search left them out are sampled too, until it is closed.

    Folds and bevels may change faster than one per unit: there the search's bound does not hold.
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
        wanted = wanted[((wanted >= 0) & (wanted < count)).all(1)]
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
    for i, (x, y, z) in enumerate(_CORNERS):
        c = CELLS
        case |= inside[:, x : x + c, y : y + c, z : z + c].astype(np.int64) << i
    block, *cell = np.nonzero((case > 0) & (case < 255))
    kinds = case[block, cell[0], cell[1], cell[2]]
    place = np.stack(cell, 1)
    table, count = _table()
    which = np.repeat(np.arange(len(kinds)), count[kinds])
    first = np.concatenate([[0], np.cumsum(count[kinds])[:-1]])
    turn = np.arange(len(which)) - first[which]
    edges = table[kinds[which][:, None], turn[:, None] * 3 + np.arange(3)]
    # Each edge is named by its lower lattice corner and axis, so that neighbours share its vertex.
    begin = np.array([_CORNERS[a] for a, _ in _EDGES])
    axis = np.array([int(np.argmax(_CORNERS[b] - _CORNERS[a])) for a, b in _EDGES])
    b3 = np.repeat(block[which][:, None], 3, 1)
    local = place[which][:, None, :] + begin[edges]
    world = at[b3] * CELLS + local
    ax = axis[edges]
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
