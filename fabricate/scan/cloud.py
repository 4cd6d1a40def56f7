"""Points with colours and normals: what a scan is while it is being worked on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import trimesh

__all__ = ["Cloud", "Floats", "cells", "sampled", "seen_along", "spacing_of"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cloud:
    """``points`` (n, 3); ``colours`` (n, 3) sRGB 0..1 and ``normals`` (n, 3), each None when not known."""

    points: Floats
    colours: Floats | None = None
    normals: Floats | None = None

    def __len__(self) -> int:
        return len(self.points)

    def at(self, rows: Any) -> Cloud:
        """The points of a mask, or of indices."""
        parts = (self.points, self.colours, self.normals)
        return Cloud(*(None if part is None else part[rows] for part in parts))  # type: ignore[arg-type]

    def placed(self, turn: Floats, factor: float, shift: Floats) -> Cloud:
        """Every point as ``factor * (turn @ p) + shift``; normals turned along."""
        normals = None if self.normals is None else self.normals @ turn.T
        return Cloud(factor * (self.points @ turn.T) + shift, self.colours, normals)

    def thinned(self, cell: float) -> Cloud:
        """One point for each cubic cell that holds any: the mean of all that it holds."""
        key = cells(self.points, cell)
        sides = key.max(axis=0) + 1
        flat = (key[:, 0] * sides[1] + key[:, 1]) * sides[2] + key[:, 2]
        _, home, count = np.unique(flat, return_inverse=True, return_counts=True)

        def mean(rows: Floats | None) -> Floats | None:
            if rows is None:
                return None
            sums = [np.bincount(home, rows[:, axis], len(count)) for axis in range(3)]
            return np.stack(sums, axis=1) / count[:, None]

        points, colours, normals = mean(self.points), mean(self.colours), mean(self.normals)
        assert points is not None
        if normals is not None:
            normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        return Cloud(points, colours, normals)


def cells(points: Floats, size: float) -> npt.NDArray[np.int64]:
    """The cell of each point, (n, any) as points are, in a grid of that size from the lowest of them."""
    return np.asarray(np.floor((points - points.min(axis=0)) / size), np.int64)


def seen_along(points: Floats, way: Floats) -> Floats:
    """The points flat, (n, 2), as seen along the unit vector ``way`` from far away."""
    across = np.cross(way, np.eye(3)[int(np.abs(way).argmin())])
    across /= np.linalg.norm(across)
    return np.stack([points @ across, points @ np.cross(way, across)], axis=1)


def spacing_of(points: Floats) -> float:
    """The median distance from a point to its nearest neighbour, of a sample of the points."""
    from scipy.spatial import cKDTree

    some = points[:: max(1, len(points) // 4000)]
    near = cKDTree(points).query(some, k=2)[0][:, 1]
    return float(np.median(near))


def sampled(mesh: trimesh.Trimesh, count: int) -> Cloud:
    """Points spread evenly over a mesh, with the colours of its vertices and the normals of its faces."""
    from fabricate.solid.closeness import areas, closest_weights, normals_of, spread
    from fabricate.solid.colour import vertex_rgba
    from fabricate.solid.pigment import is_coloured

    corners = np.asarray(mesh.vertices, np.float64)[np.asarray(mesh.faces)]
    if not areas(corners).sum() > 0:
        return Cloud(np.zeros((0, 3)))
    points, face = spread(corners, count)
    own = corners[face]
    colours = None
    if is_coloured(mesh):
        rows = vertex_rgba(mesh)[:, :3].astype(np.float64) / 255
        colours = np.einsum("nc,ncx->nx", closest_weights(points, own), rows[np.asarray(mesh.faces)[face]])
    return Cloud(points, colours, normals_of(own))
