"""Islands: where a layer begins in mid-air, with nothing of the solid beneath it.

A layer can begin only where the surface has a lowest place that looks down. Whether the layers see it is a
question of how high it rises before it joins what began lower: that is followed from point to point over the
mesh, exactly, without cutting it into layers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Island", "islands_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FLAT_MM = 1e-4
"""Points this close in height are of one level: a rounded coordinate starts no island."""


@dataclass(frozen=True)
class Island:
    """``at`` (3,): its lowest place in mm; ``rise_mm``: how far it grows alone before it meets the rest, or
    ``most`` of what was looked at; ``faces``: those below that height, for a picture."""

    at: Floats
    rise_mm: float
    faces: Ints


def islands_of(
    vertices: npt.NDArray[np.float32],
    faces: Ints,
    *,
    layer_mm: float = 0.2,
    most_mm: float = 1.5,
    plate_mm: float = 0.3,
) -> list[Island]:
    """The islands of a closed solid in mm, lowest first; up is +Z and the plate lies at the lowest point.

    One counts when it grows alone for more than ``layer_mm``, and begins more than ``plate_mm`` above the
    plate. It is followed up to ``most_mm``. Points must be welded (see ``topology.weld``).
    """
    height = vertices[:, 2].astype(np.float64)
    level = np.round(height / FLAT_MM).astype(np.int64)
    starts = _lowest_places(vertices, faces, level, height.min() + plate_mm)
    if not len(starts):
        return []
    ends, neighbours = _neighbours(faces, len(vertices))
    found: list[Island] = []
    claimed = np.zeros(len(vertices), bool)
    for start in starts[np.argsort(height[starts], kind="stable")]:
        if claimed[start]:
            continue
        basin, rise = _grown(int(start), level, height, ends, neighbours, most_mm)
        if rise <= layer_mm or claimed[basin].any():
            continue
        claimed[basin] = True
        found.append(Island(vertices[start].astype(np.float64), rise, basin))
    mine = np.zeros(len(vertices), bool)
    out = []
    for island in found:
        mine[island.faces] = True
        out.append(Island(island.at, island.rise_mm, _touching(faces, mine)))
        mine[island.faces] = False
    return out


def _lowest_places(vertices: npt.NDArray[np.float32], faces: Ints, level: Ints, floor: float) -> Ints:
    """Points with no neighbour lower and with a surface that looks down, above ``floor``."""
    low = np.full(len(vertices), np.iinfo(np.int64).max)
    for here, there in ((0, 1), (1, 2), (2, 0)):
        np.minimum.at(low, faces[:, here], level[faces[:, there]])
        np.minimum.at(low, faces[:, there], level[faces[:, here]])
    maybe = (low >= level) & (vertices[:, 2] > floor)
    near = _touching(faces, maybe)
    corners = vertices[faces[near]].astype(np.float64)
    down = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    facing = np.zeros(len(vertices))
    for corner in range(3):
        np.add.at(facing, faces[near, corner], down)
    return np.flatnonzero(maybe & (facing < 0))


def _touching(faces: Ints, points: npt.NDArray[np.bool_]) -> Ints:
    """Faces with a corner among the points."""
    a, b, c = faces.T
    return np.flatnonzero(points[a] | points[b] | points[c])


def _neighbours(faces: Ints, count: int) -> tuple[Ints, Ints]:
    """For each point where its row ends, and the rows' points one after another."""
    tail = faces.reshape(-1)
    head = faces[:, [1, 2, 0]].reshape(-1)
    order = np.argsort(tail, kind="stable")
    return np.cumsum(np.bincount(tail, minlength=count)), head[order]


def _grown(
    start: int, level: Ints, height: Floats, ends: Ints, neighbours: Ints, most_mm: float
) -> tuple[Ints, float]:
    """The points that hang together with ``start`` below where they meet something lower, and that rise.

    Water rises from ``start``; when it finds a point lower than where it began, it has found company.
    """
    import heapq

    seen = {start}
    waiting = [(height[start], start)]
    inside: deque[int] = deque()
    base, top = level[start], height[start]
    while waiting:
        z, point = heapq.heappop(waiting)
        if z > height[start] + most_mm:
            return np.array(inside, np.int64), most_mm
        if level[point] < base:
            return np.array(inside, np.int64), float(top - height[start])
        top = max(top, z)
        inside.append(point)
        for other in neighbours[ends[point - 1] if point else 0 : ends[point]].tolist():
            if other not in seen:
                seen.add(other)
                heapq.heappush(waiting, (height[other], other))
    return np.array(inside, np.int64), float(top - height[start])
