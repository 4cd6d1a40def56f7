"""What is known of a mesh at its vertices, between them, and where rays meet it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fabricate.render.rays import Hits

__all__ = ["at_hits", "vertex_normals"]


def vertex_normals(vertices: NDArray[np.floating], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Unit normals (n, 3) of vertices (n, 3), faces (m, 3) weighed by their area; zeros where none is."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    flat = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(flat[:, i], 3), len(vertices)) for i in range(3)], axis=1
    )
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def at_hits(values: NDArray[np.float32], faces: NDArray[np.int64], hits: Hits) -> NDArray[np.float32]:
    """Vertices' values (n, k) where rays met faces (m, 3): (rays, k); without meaning where one met none."""
    weights = np.stack([1 - hits.u - hits.v, hits.u, hits.v], axis=1)[:, :, None]
    return np.asarray((values[faces[hits.face]] * weights).sum(1), np.float32)
