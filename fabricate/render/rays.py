"""Rays against triangles: the eye of the renderer. Embree where it has a wheel, plain numpy elsewhere.

Both casters answer the same two questions, so the same picture comes out of either; the numpy one (a
tree of boxes walked breadth first) takes some fifty times longer and is what Linux on ARM gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Caster", "Hits", "NumpyCaster", "caster"]

F32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Hits:
    """The nearest hit of each ray: ``face`` (n,) int64, -1 for none; ``u``, ``v`` weigh corners 1 and 2;
    ``distance`` in multiples of the ray's direction."""

    face: Ints
    u: F32
    v: F32
    distance: F32

    def take(self, index: Ints) -> Hits:
        """Some of the hits."""
        return Hits(self.face[index], self.u[index], self.v[index], self.distance[index])


class Caster(Protocol):
    """Answers questions about straight lines through one soup of triangles."""

    def closest(self, origins: F32, directions: F32) -> Hits:
        """The nearest triangle along each ray (n, 3)."""

    def blocked(self, origins: F32, directions: F32, reach: F32) -> Bools:
        """Whether anything lies within ``reach`` (n,) along each ray."""


def caster(points: F32, faces: NDArray[np.integer] | None = None) -> Caster:
    """The fastest caster that this machine has for triangles: their corners (m, 3, 3) float32, or, built in
    half the time, points (n, 3) float32 and ``faces`` (m, 3) of them."""
    try:
        return _Embree(points, faces)
    except ImportError:
        return NumpyCaster(points if faces is None else points[faces])


class _Embree:
    def __init__(self, points: F32, faces: NDArray[np.integer] | None = None) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        # robust: without it a ray can slip between two triangles, a pinhole in the figure
        self._scene = EmbreeScene(robust=True)
        self._blank = not len(points if faces is None else faces)
        if not self._blank:
            soup = _plain(points)
            TriangleMesh(self._scene, soup, None if faces is None else np.ascontiguousarray(faces, np.int32))

    def closest(self, origins: F32, directions: F32) -> Hits:
        if self._blank or not len(origins):
            return _nothing(len(origins))

        found = self._scene.run(_plain(origins), _plain(directions), query="INTERSECT", output=True)
        return Hits(found["primID"].astype(np.int64), found["u"], found["v"], found["tfar"])

    def blocked(self, origins: F32, directions: F32, reach: F32) -> Bools:
        if self._blank or not len(origins):
            return np.zeros(len(origins), dtype=bool)
        start, way, far = _plain(origins), _plain(directions), _plain(reach)
        found: Bools = self._scene.run(start, way, dists=far, query="OCCLUDED") >= 0
        return found


def _plain(values: F32) -> F32:
    return np.ascontiguousarray(values, dtype=np.float32)


def _nothing(count: int) -> Hits:
    zero = np.zeros(count, dtype=np.float32)
    return Hits(np.full(count, -1, dtype=np.int64), zero, zero, np.full(count, np.inf, dtype=np.float32))


class NumpyCaster:
    """The caster without embree: triangles sorted along a Morton curve under a complete binary tree of
    boxes; all rays of a batch go down the tree together, level by level."""

    LEAF = 4
    BATCH = 8_000

    def __init__(self, corners: F32) -> None:
        corners = np.asarray(corners, dtype=np.float32).reshape(-1, 3, 3)
        count = len(corners)
        self._depth = max(0, int(np.ceil(np.log2(max(count, 1) / self.LEAF))))
        slots = self.LEAF << self._depth
        middle = corners.mean(axis=1)
        low = middle.min(axis=0) if count else np.zeros(3)
        cell = (middle - low) / max(float(np.ptp(middle, axis=0).max()) if count else 0.0, 1e-12) * 1023
        order = np.argsort(_morton(cell.astype(np.int64)), kind="stable")
        # spread over the slots evenly, so that no branch is empty; the rest repeat their neighbour
        self._face = order[np.arange(slots) * count // slots] if count else np.zeros(0, dtype=np.int64)
        self._corner = corners[self._face]
        box = self._corner.reshape(-1, self.LEAF * 3, 3)
        boxes = [(box.min(axis=1), box.max(axis=1))] if count else []
        while boxes and len(boxes[-1][0]) > 1:
            low2, high2 = boxes[-1]
            boxes.append((np.minimum(low2[::2], low2[1::2]), np.maximum(high2[::2], high2[1::2])))
        self._boxes = boxes[::-1]

    def closest(self, origins: F32, directions: F32) -> Hits:
        """The nearest triangle along each ray (n, 3)."""
        reach = np.full(len(origins), np.inf, dtype=np.float32)
        parts = [
            self._batch(
                origins[i : i + self.BATCH], directions[i : i + self.BATCH], reach[i : i + self.BATCH]
            )
            for i in range(0, len(origins), self.BATCH)
        ]
        if not parts or not self._boxes:
            return _nothing(len(origins))
        return Hits(*(np.concatenate([getattr(p, k) for p in parts]) for k in ("face", "u", "v", "distance")))

    def blocked(self, origins: F32, directions: F32, reach: F32) -> Bools:
        """Whether anything lies within ``reach`` (n,) along each ray."""
        found = np.zeros(len(origins), dtype=bool)
        for i in range(0, len(origins) if self._boxes else 0, self.BATCH):
            part = slice(i, i + self.BATCH)
            found[part] = self._batch(origins[part], directions[part], reach[part]).face >= 0
        return found

    def _batch(self, origins: F32, directions: F32, reach: F32) -> Hits:
        if not self._boxes:
            return _nothing(len(origins))
        tiny = np.where(np.abs(directions) < 1e-12, np.float32(1e-12), directions)
        inverse = 1 / tiny
        ray = np.arange(len(origins))
        node = np.zeros(len(origins), dtype=np.int64)
        for level, (low, high) in enumerate(self._boxes):
            if level:
                ray, node = np.repeat(ray, 2), (node[:, None] * 2 + np.arange(2)).ravel()
            one = (low[node] - origins[ray]) * inverse[ray]
            two = (high[node] - origins[ray]) * inverse[ray]
            near = np.minimum(one, two).max(axis=1)
            far = np.maximum(one, two).min(axis=1)
            meets = (far >= np.maximum(near, 0)) & (near <= reach[ray])
            ray, node = ray[meets], node[meets]
        ray = np.repeat(ray, self.LEAF)
        slot = (node[:, None] * self.LEAF + np.arange(self.LEAF)).ravel()
        return self._nearest(ray, slot, origins, directions, reach)

    def _nearest(self, ray: Ints, slot: Ints, origins: F32, directions: F32, reach: F32) -> Hits:
        """Moeller and Trumbore's test (1997) of each (ray, slot) pair; the nearest of each ray."""
        corner, way = self._corner[slot], directions[ray]
        one, two = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        cross = np.cross(way, two)
        det = np.einsum("ij,ij->i", one, cross)
        inverse = 1 / np.where(np.abs(det) < 1e-20, np.float32(np.inf), det)
        start = origins[ray] - corner[:, 0]
        u = np.einsum("ij,ij->i", start, cross) * inverse
        other = np.cross(start, one)
        v = np.einsum("ij,ij->i", way, other) * inverse
        t = np.einsum("ij,ij->i", two, other) * inverse
        edge = np.float32(-1e-6)
        good = (np.isfinite(t) & (inverse != 0) & (u >= edge) & (v >= edge)) & (u + v <= 1 - edge)
        good &= (t > 0) & (t <= reach[ray])
        ray, slot, u, v, t = ray[good], slot[good], u[good], v[good], t[good]
        order = np.lexsort((t, ray))
        first = order[np.unique(ray[order], return_index=True)[1]]
        hits = _nothing(len(origins))
        u_out, v_out = np.zeros_like(hits.u), np.zeros_like(hits.v)
        row = ray[first]
        hits.face[row], hits.distance[row] = self._face[slot[first]], t[first]
        u_out[row], v_out[row] = u[first], v[first]
        return Hits(hits.face, u_out, v_out, hits.distance)


def _morton(cell: Ints) -> Ints:
    code = np.zeros(len(cell), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((cell[:, axis] >> bit) & 1) << (3 * bit + axis)
    return code
