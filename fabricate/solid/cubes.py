"""Marching cubes over a lattice of points that are in or out: always a closed surface, two faces an edge.

The table of cases is made here. On the face of a cell whose diagonal corners are in and the others out, the
corners that are in stay apart, seen from either side, so neighbours agree (W. Lorensen, H. Cline, "Marching
cubes", SIGGRAPH 1987; the ambiguity: G. Nielson, B. Hamann, "The asymptotic decider", 1991). Polygons are cut
by diagonals through the cell, never along its faces, where the neighbour could draw the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["Skin", "skin_of"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
"""Corner i of a cell has the bits of i as its place: x is the highest."""
EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4)]
MOST = 5
"""The most triangles that a cell can hold."""


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
    table, count = _table()
    held = count[case]
    which = np.repeat(np.arange(len(cell)), held)
    turn = np.arange(len(which)) - np.repeat(np.cumsum(held) - held, held)
    edge = table[case[which], turn]
    begin = np.array([CORNERS[a] @ stride for a, _ in EDGES])
    axis_of = np.array([{4: 0, 2: 1, 1: 2}[a ^ b] for a, b in EDGES])
    key = (cell[which][:, None] + begin[edge]) * 3 + axis_of[edge]
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


@cache
def _table() -> tuple[Ints, Ints]:
    """For each case, (256, 5, 3) edge numbers of its triangles and (256,) how many there are."""
    table = np.zeros((256, MOST, 3), np.int64)
    count = np.zeros(256, np.int64)
    for case in range(1, 255):
        triangles = [t for loop in _polygons(case) for t in _cut(loop)]
        table[case, : len(triangles)] = triangles
        count[case] = len(triangles)
    return table, count


def _rings() -> Iterator[list[int]]:
    """The corners of the six faces of a cell, anticlockwise as seen from outside."""
    for bit, one, two in ((4, 2, 1), (2, 1, 4), (1, 4, 2)):
        yield [bit, bit + one, bit + one + two, bit + two]
        yield [0, two, one + two, one]


def _polygons(case: int) -> list[list[int]]:
    """The polygons that part the corners in from those out, as edge numbers, outward."""
    number = {frozenset(edge): i for i, edge in enumerate(EDGES)}
    after: dict[int, int] = {}
    for ring in _rings():
        within = [bool(case >> corner & 1) for corner in ring]
        for i in range(4):
            if within[i] and not within[i - 1]:
                last = i
                while within[(last + 1) % 4]:
                    last += 1
                enter = number[frozenset((ring[i - 1], ring[i]))]
                leave = number[frozenset((ring[last % 4], ring[(last + 1) % 4]))]
                after[enter] = leave
    polygons = []
    while after:
        first, here = after.popitem()
        polygon = [first]
        while here != first:
            polygon.append(here)
            here = after.pop(here)
        polygons.append(polygon)
    return polygons


def _cut(polygon: list[int]) -> list[tuple[int, int, int]]:
    """A polygon in triangles by diagonals that lie on no face of the cell."""
    if len(polygon) == 3:
        return [(polygon[0], polygon[1], polygon[2])]
    for i in range(len(polygon)):
        before, here, behind = polygon[i - 1], polygon[i], polygon[(i + 1) % len(polygon)]
        if not _share_a_face(before, behind):
            rest = _cut([edge for edge in polygon if edge != here])
            if rest:
                return [(before, here, behind), *rest]
    return []


def _share_a_face(one: int, other: int) -> bool:
    corners = {*EDGES[one], *EDGES[other]}
    return any(corners <= set(ring) for ring in _rings())
