"""What is not the figure, taken away: stray points, the floor it stands on, whatever stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fabricate.scan.cloud import Cloud, Floats, cells, seen_along, spacing_of

__all__ = ["Floor", "cloud_in", "find_floor", "gathered", "largest", "noise_of", "without_strays"]

PLANES = 4
"""Planes looked at before it is said that there is no floor."""
SUPPORT = 0.06
"""The least share of the points that a floor holds."""
ABOVE = 0.97
"""The least share of the other points that lies on one side of it."""
WIDER = 1.3
"""A floor reaches around the figure: its area over that of what stands close to it."""
NEIGHBOURS = 20
JOINED = 4.0
"""Points nearer than this many spacings belong to one thing."""
COMPANION = 0.03
"""A loose thing with fewer points than this share of the largest is not part of the figure."""


@dataclass(frozen=True)
class Floor:
    """The plane ``up`` . p = ``level``; ``band``: how far its own points lie above it at the most."""

    up: Floats
    level: float
    band: float

    def heights(self, points: Floats) -> Floats:
        """How high points lie above it, (n,)."""
        return np.asarray(points @ self.up - self.level)


def cloud_in(o3d: Any, points: Floats) -> Any:
    """open3d's own cloud of these points."""
    return o3d.geometry.PointCloud(o3d.utility.Vector3dVector(np.ascontiguousarray(points)))


def gathered(cloud: Cloud) -> Cloud:
    """Without the points that lie further from nearly all others than these from one another."""
    low, high = np.quantile(cloud.points, [0.005, 0.995], axis=0)
    room = float((high - low).max())
    near = (cloud.points >= low - room) & (cloud.points <= high + room)
    return cloud.at(near.all(axis=1))


def noise_of(points: Floats) -> float:
    """How far points lie off the plane through their neighbours: the median, of a sample of the points."""
    from scipy.spatial import cKDTree

    some = points[:: max(1, len(points) // 3000)]
    near = points[cKDTree(points).query(some, k=min(NEIGHBOURS, len(points)))[1]]
    near = near - near.mean(axis=1, keepdims=True)
    spread = np.linalg.eigvalsh(np.einsum("nkx,nky->nxy", near, near) / near.shape[1])[:, 0]
    return float(np.sqrt(max(float(np.median(spread)), 0.0)))


def without_strays(o3d: Any, cloud: Cloud) -> Cloud:
    """Without points whose neighbours lie far further away than is usual (Rusu et al., 2008)."""
    if len(cloud) <= NEIGHBOURS:
        return cloud
    _, kept = cloud_in(o3d, cloud.points).remove_statistical_outlier(NEIGHBOURS, 2.0)
    return cloud.at(np.asarray(kept, np.int64))


def find_floor(o3d: Any, points: Floats, ups: Sequence[Floats]) -> Floor | None:
    """The plane that the figure stands on, found by RANSAC (Fischler and Bolles, 1981); None without one.

    ``ups``: directions that may be up; a plane across one of them is preferred. A flat side of the figure is
    no floor: a floor holds many points, all others lie on one side of it, and it reaches around them.
    """
    some = points[:: max(1, len(points) // 30_000)]
    near = 2.0 * spacing_of(some)
    size = float(np.linalg.norm(np.ptp(some, axis=0)))
    reach = max(near, 0.004 * size, 2.5 * noise_of(some))
    left, found = np.arange(len(some)), []
    o3d.utility.random.seed(7)
    for _ in range(PLANES):
        if len(left) < SUPPORT * len(some) or len(left) < 100:
            break
        _, rows = cloud_in(o3d, some[left]).segment_plane(reach, 3, 1000)
        on = left[np.asarray(rows, np.int64)]
        left = np.setdiff1d(left, on, assume_unique=True)
        if len(on) < SUPPORT * len(some):
            break
        candidate = _judged(some, on, reach)
        if candidate is not None:
            upright = max(float(candidate.up @ up) for up in ups)
            found.append((len(on) * (0.25 + max(upright, 0.0)), candidate))
    return max(found, key=lambda each: each[0])[1] if found else None


def _judged(points: Floats, on: npt.NDArray[np.int64], reach: float) -> Floor | None:
    """The floor that a plane with these points on it makes, fitted anew; None when it is none."""
    centre = points[on].mean(axis=0)
    up = np.linalg.svd(points[on] - centre, full_matrices=False)[2][2]
    rest = np.ones(len(points), bool)
    rest[on] = False
    heights = (points - centre) @ up
    off = heights[rest]
    off = off[np.abs(off) > 2 * reach]  # nearer ones may be its own
    if not len(off):
        return Floor(up, float(centre @ up), reach)
    if (off > 0).mean() < 0.5:
        up, heights, off = -up, -heights, -off
    if (off > 0).mean() < ABOVE:
        return None
    tall = float(np.quantile(off, 0.99))
    close = rest & (heights > 2 * reach) & (heights < max(tall / 3, 4 * reach))
    if _area(points[on], up) < WIDER * _area(points[close], up):
        return None
    spread = 1.4826 * float(np.median(np.abs(heights[on] - np.median(heights[on]))))
    return Floor(up, float(centre @ up), min(max(4.0 * spread, 0.002 * tall), 2 * reach))


def _area(points: Floats, up: Floats) -> float:
    """The area of the points' outline seen along ``up``, the outermost hundredth left out."""
    from scipy.spatial import ConvexHull, QhullError

    if len(points) < 20:
        return 0.0
    flat = seen_along(points, up)
    far = np.linalg.norm(flat - np.median(flat, axis=0), axis=1)
    try:
        return float(ConvexHull(flat[far <= np.quantile(far, 0.99)]).volume)
    except QhullError:
        return 0.0


def largest(cloud: Cloud, spacing: float) -> tuple[Cloud, int]:
    """The largest thing with what is close to it in size and place, and how many points were left out."""
    from scipy import ndimage

    cell = max(JOINED * spacing, float(np.ptp(cloud.points, axis=0).max()) / 300)
    key = cells(cloud.points, cell)
    grid = np.zeros(tuple(key.max(axis=0) + 1), bool)
    grid[tuple(key.T)] = True
    labels, count = ndimage.label(grid, np.ones((3, 3, 3), int))
    if count < 2:
        return cloud, 0
    home = labels[tuple(key.T)]
    sizes = np.bincount(home, minlength=count + 1)
    first = int(sizes.argmax())
    body = cloud.points[home == first]
    room = 0.05 * np.ptp(body, axis=0).max()
    inner, outer = body.min(axis=0) - room, body.max(axis=0) + room
    kept = [first]
    for label in np.flatnonzero(sizes >= COMPANION * sizes[first]):
        centre = cloud.points[home == label].mean(axis=0)
        if label != first and ((centre > inner) & (centre < outer)).all():
            kept.append(int(label))
    rows = np.isin(home, kept)
    return cloud.at(rows), int((~rows).sum())
