"""Marching cubes' table of cases: the triangles of a cell for each set of its corners that are inside.

The table is made here. On a face whose diagonal corners are inside and the others out, the inside corners
are always kept apart, seen from either side, so neighbouring cells agree and the surface closes (W. Lorensen,
H. Cline, "Marching cubes", SIGGRAPH 1987; the ambiguity: G. Nielson, B. Hamann, "The asymptotic decider",
1991). Corner i of a cell has the bits of i as its place, x the lowest; bit i of a case says whether it is
inside.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["AXES", "BEGINS", "CORNERS", "table"]

MOST = 5
"""The most triangles that a cell can hold."""
CORNERS = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)])
"""(8, 3): the corners of a cell of side 1."""
EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if a ^ b in (1, 2, 4)]
BEGINS = np.array([CORNERS[a] for a, _ in EDGES])
"""(12, 3): the lower corner of each edge."""
AXES = np.array([(1, 2, 4).index(a ^ b) for a, b in EDGES])
"""(12,): along which axis each edge runs."""


@cache
def table() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each case, (256, 5, 3) edge numbers of its triangles, outward, and (256,) how many there are."""
    edges = np.zeros((256, MOST, 3), np.int64)
    count = np.zeros(256, np.int64)
    for case in range(1, 255):
        held = [triangle for loop in loops(case) for triangle in triangles(loop) or []]
        edges[case, : len(held)] = held
        count[case] = len(held)
    return edges, count


def _faces() -> list[list[int]]:
    """The corners of the six cell faces, in order around each."""
    out = []
    for axis in range(3):
        u, v = (1 << (axis + 1) % 3), (1 << (axis + 2) % 3)
        for side in (0, 1 << axis):
            ring = [side, side + u, side + u + v, side + v]
            out.append(ring if side else ring[::-1])
    return out


def loops(case: int) -> list[list[int]]:
    """The polygons of one case as lists of edge numbers, wound so that normals point outwards."""
    number = {frozenset(e): i for i, e in enumerate(EDGES)}
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
    found = []
    while follows:
        first, here = next(iter(follows.items()))
        del follows[first]
        loop = [first]
        while here != first:
            loop.append(here)
            here = follows.pop(here)
        found.append(loop)
    return found


def _on_one_face(a: int, b: int) -> bool:
    """True when two cell edges lie on one face of the cell."""
    corners = {*EDGES[a], *EDGES[b]}
    return any(corners <= set(ring) for ring in _faces())


def triangles(loop: list[int]) -> list[tuple[int, int, int]] | None:
    """A polygon cut into triangles by diagonals that pass through the cell, never along one of its faces.

    The neighbour across a face could draw the same diagonal, and an edge would have four triangles. None when
    there is no such cut (no case of a cell is so).
    """
    if len(loop) == 3:
        return [(loop[0], loop[1], loop[2])]
    for k in range(len(loop)):
        a, b, c = loop[k - 1], loop[k], loop[(k + 1) % len(loop)]
        if not _on_one_face(a, c):
            rest = triangles([e for e in loop if e != b])
            if rest is not None:
                return [(a, b, c), *rest]
    return None
