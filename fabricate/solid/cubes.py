"""Marching cubes over a lattice of points that are in or out: always a closed surface, two faces an edge.

The triangles of a cell are those of ``cases``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.solid.cases import AXES, BEGINS, CORNERS, table

__all__ = ["Skin", "skin_of"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Skin:
    """A closed surface whose vertices lie on lattice edges: ``lower`` (n,) the flat index of the edge's lower
    point, ``axis`` (n,) 0..2 its direction; ``faces`` (m, 3), outward."""

    lower: Ints
    axis: Ints
    faces: Ints


def skin_of(inside: Bools) -> Skin:
    """The skin between points that are in and points that are out; the outermost points must be out."""
    shape = inside.shape
    stride = np.array([shape[1] * shape[2], shape[2], 1])
    some, every = inside, inside
    for axis in range(3):
        some = _halves(some, axis, np.logical_or)
        every = _halves(every, axis, np.logical_and)
    cell = np.stack(np.nonzero(some & ~every), axis=1) @ stride
    del some, every
    flat = inside.reshape(-1)
    case = np.zeros(len(cell), np.int64)
    for i, corner in enumerate(CORNERS):
        case |= flat[cell + int(corner @ stride)].astype(np.int64) << i
    edges_of, count = table()
    held = count[case]
    which = np.repeat(np.arange(len(cell)), held)
    turn = np.arange(len(which)) - np.repeat(np.cumsum(held) - held, held)
    edge = edges_of[case[which], turn]
    key = (cell[which][:, None] + (BEGINS @ stride)[edge]) * 3 + AXES[edge]
    used = np.sort(np.concatenate([_mixed(inside, axis) * 3 + axis for axis in range(3)]))
    faces = np.searchsorted(used, key.reshape(-1)).reshape(-1, 3)
    return Skin(used // 3, used % 3, faces)


def _mixed(inside: Bools, axis: int) -> Ints:
    """Flat indices of points that the next one along an axis differs from."""
    differs = np.zeros(inside.shape, bool)
    low = [slice(None)] * 3
    high = [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    np.not_equal(inside[tuple(low)], inside[tuple(high)], out=differs[tuple(low)])
    return np.flatnonzero(differs)


def _halves(points: Bools, axis: int, join: np.ufunc) -> Bools:
    low = [slice(None)] * 3
    high = [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    joined: Bools = join(points[tuple(low)], points[tuple(high)])
    return joined
