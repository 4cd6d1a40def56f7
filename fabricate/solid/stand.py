"""Whether a solid stands by itself: its centre of mass against the polygon it touches the plate with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.solid.topology import tetrahedra

__all__ = ["Stand", "centre_of_mass", "hull_of", "margin_inside", "stand_of"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stand:
    """``centre`` (x, y, z) of mass in mm; ``margin_mm`` from it to the nearest edge of ``foot`` (n, 2), below
    zero outside; ``tip_deg`` is how far the solid may be tilted before it falls, 0 when it already does."""

    centre: Floats
    foot: Floats
    margin_mm: float
    tip_deg: float


def stand_of(
    vertices: npt.NDArray[np.floating], faces: npt.NDArray[np.integer], touch_mm: float = 0.15
) -> Stand:
    """How a closed solid stands; points within ``touch_mm`` of its lowest count as its foot."""
    points = np.asarray(vertices, np.float64)
    low = float(points[:, 2].min())
    _, centre = centre_of_mass(points, np.asarray(faces))
    foot = hull_of(points[points[:, 2] <= low + touch_mm, :2])
    margin = margin_inside(centre[:2], foot)
    height = max(float(centre[2]) - low, 1e-9)
    return Stand(centre, foot, margin, math.degrees(math.atan(max(margin, 0.0) / height)))


def centre_of_mass(points: Floats, faces: npt.NDArray[np.integer]) -> tuple[float, Floats]:
    """Volume and centre of mass of a closed solid of even density, as sums over tetrahedra."""
    origin = points.mean(axis=0)
    six = tetrahedra(points - origin, faces)
    total = float(six.sum())
    if total == 0.0:
        return 0.0, origin
    share = np.bincount(np.asarray(faces).reshape(-1), np.repeat(six, 3), len(points))
    return total / 6, origin + (points - origin).T @ share / (4 * total)


def hull_of(points: Floats) -> Floats:
    """The convex hull of points (n, 2), anticlockwise from its leftmost; two ends where all lie in a line."""
    from scipy.spatial import ConvexHull, QhullError

    rows = np.asarray(points, np.float64)
    try:
        corners = rows[ConvexHull(rows).vertices]
    except (QhullError, ValueError):  # no area, or no three points
        rows = np.unique(rows.reshape(-1, 2), axis=0)
        return rows if len(rows) < 3 else rows[[0, -1]]
    return np.roll(corners, -int(np.lexsort(corners.T[::-1])[0]), axis=0)


def margin_inside(point: Floats, polygon: Floats) -> float:
    """Distance from a point to the nearest edge of a convex anticlockwise polygon, negative outside.

    A polygon of less than three corners holds nothing: the distance to its nearest corner, negated.
    """
    if len(polygon) < 3:
        return -float(np.hypot(*(polygon - point).T).min()) if len(polygon) else -math.inf
    start, along = polygon, np.roll(polygon, -1, axis=0) - polygon
    length = np.hypot(*along.T)
    side = (along[:, 0] * (point[1] - start[:, 1]) - along[:, 1] * (point[0] - start[:, 0])) / length
    if (side >= 0).all():
        return float(side.min())
    t = np.clip(((point - start) * along).sum(axis=1) / length**2, 0, 1)
    return -float(np.hypot(*(start + t[:, None] * along - point).T).min())
