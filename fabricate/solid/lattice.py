"""A lattice of points around a mesh, each told in or out by where the surface crosses the lattice's lines.

A point is in when most of six rays along the axes wind out of the surface, or when it is enclosed: no walk
along the lattice reaches it from outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.solid.scanlines import Crossings, crossings

__all__ = ["MOST_POINTS", "Crossed", "Lattice", "enclosed", "lattice_for", "majority", "voted_volume"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_POINTS = 24_000_000
"""Lattice points at most: with more, the voxel grows (about 15 bytes each)."""
MARGIN = 3
SHIFT = np.array([0.3719, 0.4127, 0.2861])


@dataclass(frozen=True)
class Lattice:
    """Where the points are: ``low`` (3,) the first one, ``voxel`` between neighbours, ``shape`` how many."""

    low: Floats
    voxel: float
    shape: tuple[int, int, int]

    @property
    def stride(self) -> Ints:
        """What each step along x, y and z adds to a point's flat index."""
        return np.array([self.shape[1] * self.shape[2], self.shape[2], 1])


def lattice_for(corners: Floats, voxel: float) -> Lattice:
    """A lattice around triangles, as fine as asked for or as ``MOST_POINTS`` allow."""
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    while True:
        count = np.ceil((high - low) / voxel).astype(np.int64) + 2 * MARGIN + 1
        if np.prod(count.astype(np.float64)) <= MOST_POINTS:
            break
        voxel *= 1.02
    shape = (int(count[0]), int(count[1]), int(count[2]))
    return Lattice(low - (MARGIN - SHIFT) * voxel, voxel, shape)


class Crossed:
    """Triangles ``corners`` (m, 3, 3) in a lattice: ``scaled``, the same in lattice units; for each axis
    ``met``, where the lattice's lines cross them, and ``lower``, the flat index of the point just before."""

    def __init__(self, lattice: Lattice, corners: Floats) -> None:
        self.lattice = lattice
        self.scaled = (corners - lattice.low) / lattice.voxel
        self.met = [crossings(self.scaled, axis) for axis in range(3)]
        self.lower = [_lower(lattice, self.met[axis], axis) for axis in range(3)]


def _lower(lattice: Lattice, met: Crossings, axis: int) -> Ints:
    """The flat index of the lattice point just before each crossing."""
    stride = lattice.stride
    u, v = (axis + 1) % 3, (axis + 2) % 3
    step = np.ceil(met.depth).astype(np.int64) - 1
    return np.asarray(step * stride[axis] + met.u * stride[u] + met.v * stride[v], np.int64)


def majority(crossed: Crossed) -> Bools:
    """Points from which rays both ways along the three axes wind out of the surface, by most of six votes."""
    lattice = crossed.lattice
    votes = np.zeros(lattice.shape, np.int8)
    for axis in range(3):
        jumps = np.zeros(votes.size, np.int8)
        np.add.at(jumps, crossed.lower[axis] + lattice.stride[axis], crossed.met[axis].rise)
        count = jumps.reshape(lattice.shape)
        np.cumsum(count, axis=axis, dtype=np.int8, out=count)
        total = np.take(count, [-1], axis=axis)
        votes += np.clip(count, -1, 1)
        count -= total
        votes += np.clip(count, -1, 1)
    return np.asarray(votes > 3)


def enclosed(crossed: Crossed) -> Bools:
    """Points that no walk along the lattice reaches from outside without passing through the surface."""
    from scipy import ndimage

    shape = crossed.lattice.shape
    bits = np.zeros(int(np.prod(shape)), np.uint8)
    for axis in range(3):
        # a point may stand before several crossings: each bit is set once
        bits[crossed.lower[axis]] |= np.uint8(1 << axis)
    wall = bits.reshape(shape)
    regions = np.zeros(shape, np.int32)
    ndimage.label(wall == 0, output=regions)
    inside = (regions != regions[0, 0, 0]) & (wall == 0)
    del regions
    if not inside.any():
        return np.asarray(inside)
    for _ in range(2):
        _spread_into(inside, wall)
    return np.asarray(inside)


def _spread_into(inside: Bools, wall: npt.NDArray[np.uint8]) -> None:
    """Points of the wall that an uncrossed lattice edge joins to the inside become inside."""
    rows, columns, layers = np.nonzero(wall)
    shape = inside.shape
    joined = np.zeros(len(rows), bool)
    at = [rows, columns, layers]
    for axis in range(3):
        for way in (-1, 1):
            other = [a.copy() for a in at]
            other[axis] = np.clip(at[axis] + way, 0, shape[axis] - 1)
            edge = wall[tuple(other)] if way < 0 else wall[tuple(at)]
            joined |= inside[tuple(other)] & (edge >> axis & 1 == 0)
    inside[rows[joined], columns[joined], layers[joined]] = True


def voted_volume(corners: Floats, lattice: Lattice) -> float:
    """The volume of the points that most of six rays, or a walled surface, tell to be in."""
    crossed = Crossed(lattice, corners)
    inside = enclosed(crossed) | majority(crossed)
    return float(inside.sum()) * lattice.voxel**3
