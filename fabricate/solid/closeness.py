"""How far one surface lies from another: points spread over it, the nearest point of a mesh, what is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster, caster

__all__ = ["Nearest", "Surface", "areas", "escapes", "normals_of", "seen", "spread"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
CANDIDATES = 6
DIRECTIONS = 48


@dataclass(frozen=True)
class Nearest:
    """The nearest point of a surface to each of n points: ``distance`` (n,), the ``face`` it lies on, and its
    ``weights`` (n, 3) of that face's corners."""

    distance: Floats
    face: Ints
    weights: Floats


class Surface:
    """Triangles, ready to be asked for nearest points. ``samples`` points are spread over them first."""

    def __init__(self, corners: Floats, samples: int = 60_000) -> None:
        from scipy.spatial import cKDTree

        points, face = spread(corners, samples, seed=7)
        if len(corners) <= samples:
            points = np.concatenate([points, corners.mean(axis=1)])
            face = np.concatenate([face, np.arange(len(corners))])
        self._corners, self._face, self._tree = corners, face, cKDTree(points)

    def nearest(self, points: Floats) -> Nearest:
        """The nearest points, exact but for triangles of which no sample is among the nearest few."""
        few = min(CANDIDATES, len(self._face))
        parts = [self._few(points[i : i + 50_000], few) for i in range(0, len(points), 50_000)]
        if not parts:
            return Nearest(np.zeros(0), np.zeros(0, np.int64), np.zeros((0, 3)))
        return Nearest(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _few(self, points: Floats, few: int) -> tuple[Floats, Ints, Floats]:
        near = self._tree.query(points, k=few)[1].reshape(len(points), few)
        face = self._face[near]
        weights = closest_weights(np.repeat(points, few, axis=0), self._corners[face.reshape(-1)])
        spots = np.einsum("ij,ijk->ik", weights, self._corners[face.reshape(-1)])
        away = (spots - np.repeat(points, few, axis=0)).reshape(len(points), few, 3)
        distance = np.sqrt(np.einsum("ijk,ijk->ij", away, away))
        best = distance.argmin(axis=1)
        row = np.arange(len(points))
        return distance[row, best], face[row, best], weights.reshape(len(points), few, 3)[row, best]


def closest_weights(points: Floats, corners: Floats) -> Floats:
    """Weights (n, 3) of each triangle's corners for its point nearest to each point (C. Ericson, "Real-Time
    Collision Detection", 2005: by the region that the point lies in)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, points - a
    d1, d2 = _dot(ab, ap), _dot(ac, ap)
    bp, cp = points - b, points - c
    d3, d4, d5, d6 = _dot(ab, bp), _dot(ac, bp), _dot(ab, cp), _dot(ac, cp)
    vc, vb, va = d1 * d4 - d3 * d2, d5 * d2 - d1 * d6, d3 * d6 - d5 * d4
    whole = va + vb + vc
    with np.errstate(all="ignore"):
        v, w = vb / whole, vc / whole
        on_ab, on_ac = d1 / (d1 - d3), d2 / (d2 - d6)
        on_bc = (d4 - d3) / ((d4 - d3) + (d5 - d6))
    zero, one = np.zeros_like(d1), np.ones_like(d1)
    # the regions in Ericson's order: the first that holds counts
    regions = [
        ((d1 <= 0) & (d2 <= 0), zero, zero),
        ((d3 >= 0) & (d4 <= d3), one, zero),
        ((vc <= 0) & (d1 >= 0) & (d3 <= 0), on_ab, zero),
        ((d6 >= 0) & (d5 <= d6), zero, one),
        ((vb <= 0) & (d2 >= 0) & (d6 <= 0), zero, on_ac),
        ((va <= 0) & (d4 - d3 >= 0) & (d5 - d6 >= 0), 1 - on_bc, on_bc),
    ]
    v = np.select([r[0] for r in regions], [r[1] for r in regions], v)
    w = np.select([r[0] for r in regions], [r[2] for r in regions], w)
    v, w = (
        np.nan_to_num(v, nan=0.0, posinf=0.0, neginf=0.0),
        np.nan_to_num(w, nan=0.0, posinf=0.0, neginf=0.0),
    )
    v, w = np.clip(v, 0, 1), np.clip(w, 0, 1)
    return np.stack([1 - v - w, v, w], axis=1)


def _dot(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", one, other), np.float64)


def areas(corners: Floats) -> Floats:
    """The area of each triangle (m,)."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.sqrt(_dot(cross, cross)) / 2, np.float64)


def normals_of(corners: Floats) -> Floats:
    """The unit normal of each triangle (m, 3); zero for one without an area."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(cross / np.maximum(np.sqrt(_dot(cross, cross)), 1e-300)[:, None], np.float64)


def spread(corners: Floats, count: int, seed: int = 0) -> tuple[Floats, Ints]:
    """``count`` points spread evenly over triangles, (count, 3), and the face of each; the same each time."""
    running = np.cumsum(areas(corners))
    random = np.random.default_rng(seed)
    marks = (np.arange(count) + random.random(count)) / count * running[-1]
    face = np.minimum(np.searchsorted(running, marks), len(corners) - 1).astype(np.int64)
    u, v = random.random((2, count))
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    own = corners[face]
    return own[:, 0] + u[:, None] * (own[:, 1] - own[:, 0]) + v[:, None] * (own[:, 2] - own[:, 0]), face


def escapes(rays: Caster, points: Floats, normals: Floats, size: float) -> Floats:
    """The share of directions above each point, on the side of its normal, in which nothing is in the way.

    ``size`` is the mesh's own; points are lifted off the surface by a hundred-thousandth of it.
    """
    count = DIRECTIONS // 2
    i = np.arange(count) + 0.5
    up, turn = 1 - i / count, np.pi * (1 + 5**0.5) * i
    side = np.sqrt(1 - up**2)
    local = np.stack([side * np.cos(turn), side * np.sin(turn), up], axis=1)
    axis = np.where(np.abs(normals[:, [0]]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    one = np.cross(normals, axis)
    one /= np.maximum(np.sqrt(_dot(one, one)), 1e-300)[:, None]
    two = np.cross(normals, one)
    start = (points + normals * size * 1e-5).astype(np.float32)
    reach = np.full(len(points), size * 4, np.float32)
    free = np.zeros(len(points))
    for x, y, z in local:
        way = (one * x + two * y + normals * z).astype(np.float32)
        free += ~rays.blocked(start, way, reach)
    return free / count


def seen(corners: Floats, points: Floats, face: Ints) -> Bools:
    """Which points of a surface can be seen from outside, from either side of their face."""
    size = float(np.linalg.norm(np.ptp(corners.reshape(-1, 3), axis=0)))
    rays = caster(corners.astype(np.float32))
    normals = normals_of(corners)[face]
    front = escapes(rays, points, normals, size) > 0
    hidden = np.flatnonzero(~front)
    front[hidden] = escapes(rays, points[hidden], -normals[hidden], size) > 0
    return np.asarray(front, bool)
