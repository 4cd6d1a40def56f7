"""Arms that reach for a place: two bones of given lengths, and frames carried along with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bent", "carried"]

Vec = NDArray[np.float64]


def bent(root: Vec, lengths: tuple[float, float], end: Vec, out: Vec) -> tuple[Vec, Vec]:
    """Elbow and wrist, each (3,), of an arm from ``root`` whose wrist comes to ``end``, or as near as its
    ``lengths`` let it; the elbow points to the side of ``out`` (3,).
    """
    upper, lower = lengths
    span = end - root
    far = float(np.linalg.norm(span))
    way = span / far
    far = min(max(far, abs(upper - lower) * 1.005), (upper + lower) * 0.995)
    # Two sides of a triangle over its base.
    along = (upper**2 - lower**2 + far**2) / (2 * far)
    aside = out - way * (out @ way)
    aside = aside / max(float(np.linalg.norm(aside)), 1e-9)
    elbow = root + way * along + aside * np.sqrt(max(upper**2 - along**2, 0.0))
    return elbow, root + way * far


def carried(turn: Vec, way: Vec) -> Vec:
    """A frame (3, 3) turned by the shortest way so that its -Z points along ``way`` (3,)."""
    way = way / np.linalg.norm(way)
    old = -turn[:, 2]
    axis, c = np.cross(old, way), float(old @ way)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.asarray((np.eye(3) + cross + cross @ cross / max(1 + c, 1e-6)) @ turn)
