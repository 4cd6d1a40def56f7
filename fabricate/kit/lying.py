"""How an accessory lies: standing as it is, or on another flat side when that prints much better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.frames import Array

if TYPE_CHECKING:
    import trimesh

__all__ = ["lying"]

F64 = NDArray[np.float64]

STEEP = -0.72
"""A face whose normal is lower than this (46 degrees under level) hangs: it would want support."""
TOUCH = 0.02
"""Faces within this share of the size from the plate lie on it."""
BETTER = 0.06
"""What another side must win over standing, as a share of the whole surface: below that it stands."""
SIDES = 24
"""So many of the hull's largest sides are tried."""


def lying(mesh: trimesh.Trimesh) -> F64:
    """The turn (3, 3) that lays a closed mesh as it prints best; the unit matrix when it stands well.

    Each large side of the convex hull is tried as the lowest: what hangs, less what lies on the plate, less
    a little for being low, and never a side that it would fall off. An accessory keeps its upright where that
    is nearly as good.
    """
    ups = [np.array([0.0, 0.0, 1.0]), *(-side for side in _sides(mesh))]
    turns = [_upright(up) for up in ups]
    costs = [_cost(mesh, turn) for turn in turns]
    best = int(np.argmin(costs))
    return np.eye(3) if costs[0] <= costs[best] + BETTER else turns[best]


def _sides(mesh: trimesh.Trimesh) -> list[F64]:
    """Outward normals (3,) of the convex hull's largest flat sides."""
    hull = mesh.convex_hull
    area: dict[tuple[float, ...], float] = {}
    for normal, size in zip(np.round(hull.face_normals, 2) + 0.0, hull.area_faces, strict=True):
        key = tuple(float(v) for v in normal)
        area[key] = area.get(key, 0.0) + float(size)
    largest = sorted(area, key=lambda k: (-area[k], k))[:SIDES]
    return [np.array(key) / np.linalg.norm(key) for key in largest]


def _upright(up: F64) -> F64:
    """The least turn (3, 3) that takes ``up`` to +z."""
    z = up / np.linalg.norm(up)
    if z[2] < -0.9999:
        return np.diag([1.0, -1.0, -1.0])
    v = np.array([z[1], -z[0], 0.0])  # z x (0, 0, 1)
    cross = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + z[2]))


def _cost(mesh: trimesh.Trimesh, turn: F64) -> float:
    points = np.asarray(mesh.vertices) @ turn.T
    normals, areas = np.asarray(mesh.face_normals) @ turn.T, np.asarray(mesh.area_faces)
    low, high = points.min(0), points.max(0)
    size = float(np.linalg.norm(high - low))
    centres = points[np.asarray(mesh.faces)].mean(axis=1)
    down = centres[:, 2] < low[2] + TOUCH * size
    foot = points[points[:, 2] < low[2] + TOUCH * size, :2]
    if not _holds(foot, (np.asarray(mesh.center_mass) @ turn.T)[:2]):
        return float("inf")
    whole = float(areas.sum())
    hangs = float(areas[(normals[:, 2] < STEEP) & ~down].sum()) / whole
    rests = float(areas[(normals[:, 2] < -0.9) & down].sum()) / whole
    return hangs - 0.5 * rests + 0.3 * float(high[2] - low[2]) / size


def _holds(foot: Array | F64, middle: F64) -> bool:
    """Whether the convex hull of ``foot`` (n, 2) holds ``middle`` (2,)."""
    from scipy.spatial import ConvexHull, QhullError

    if len(foot) < 3:
        return False
    try:
        edges = ConvexHull(foot).equations
    except QhullError:
        return False
    return bool((edges[:, :2] @ middle + edges[:, 2]).max() < 0)
