"""The ridge of what is too thin: middles of balls that would have to fit inside a solid and do not.

Where a wall is measured thinner than its floor, a ball as wide as the wall should be is set in its middle,
drawn in from rims and tips until it ends where the solid ends, and moved away from gaps that it would close.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster
from fabricate.solid.thickness import STEP_MM, across, depths, faces_near, inward_of, places, spread

__all__ = ["facing_gap", "thin_ridge"]

Floats = npt.NDArray[np.float64]
Corners = npt.NDArray[np.float32]
CLOSE_MM2 = 0.02
"""mm^2 of surface for each sample."""
REACH_MM = 1.2
"""How far from a sample of the gate's own the thin place around it is searched."""
MOST = 400_000
PITCH = 0.28
"""Balls are kept this part of their radius apart: their union is then smooth to a hundredth of it."""
FITS = 0.95
"""A ball that finds room for this part of its radius fits."""
CREST_DEG = 50.0
OPPOSITE = -0.5
"""Two surfaces face each other across a gap when their normals' product is below this."""


def thin_ridge(
    corners: Corners,
    rays: Caster,
    seeds: Floats,
    floor_mm: float,
    radius: float,
    gap_mm: float,
    crests: bool = False,
) -> tuple[Floats, Floats]:
    """Middles (n, 3) mm of balls of ``radius`` that make good what is thinner than ``floor_mm``, and how
    thick the solid is there now, (n,) mm; looked for close to ``seeds`` (k, 3).

    The crests of folds and the edges of prisms, where the two sides stand at more than ``CREST_DEG``, are
    left as they are unless ``crests``.
    """
    from scipy.spatial import cKDTree

    if not len(seeds):
        return np.zeros((0, 3)), np.zeros(0)
    inward, area = inward_of(corners)
    points, face = _close_by(corners, area, seeds)
    points, thick, face = depths(rays, inward, points, face, floor_mm)
    thin = thick < floor_mm
    points, thick, axis = points[thin], thick[thin], inward[face[thin]]
    middle = points + axis * (thick / 2)[:, None]
    pick = _apart(middle, PITCH * radius)
    middle, thick, axis = middle[pick], thick[pick], axis[pick]
    for _ in range(2):
        middle, axis, thick, room, slant = _centred(rays, inward, middle, axis, thick, radius, gap_mm)
    lost = room < radius * FITS
    if not crests:
        lost &= slant < CREST_DEG
    # one that slid away through a seam is of no use where it ended
    lost &= np.isfinite(cKDTree(seeds).query(middle, distance_upper_bound=REACH_MM + 2 * radius)[0])
    return middle[lost], thick[lost]


def _close_by(corners: Corners, area: Floats, seeds: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Points spread over the surface within ``REACH_MM`` of the seeds, and their faces."""
    from scipy.spatial import cKDTree

    near = faces_near(corners, seeds, REACH_MM)
    count = int(np.clip(area[near].sum() / CLOSE_MM2, 200, 4 * MOST))
    face = spread(np.where(near, area, 0.0), count)
    points = places(corners, face)
    close = np.isfinite(cKDTree(seeds).query(points, distance_upper_bound=REACH_MM)[0])
    return points[close][:MOST], face[close][:MOST]


def _apart(points: Floats, pitch: float) -> npt.NDArray[np.int64]:
    """Indices of one point in each cell of a grid."""
    cell = np.floor(points / pitch).astype(np.int64)
    _, first = np.unique(cell, axis=0, return_index=True)
    return np.sort(first)


def _centred(
    rays: Caster,
    inward: Floats,
    middle: Floats,
    axis: Floats,
    thick: Floats,
    radius: float,
    gap_mm: float,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Balls moved to where they stick out least: middles, axes, thickness, room, and the angle in degrees
    between the two sides. Those outside the solid are dropped."""
    ahead, behind, good, axis, _ = _both(rays, inward, middle, axis)
    middle = middle + axis * ((ahead - behind) / 2)[:, None]
    side, other = across(axis)
    room = np.full(len(middle), np.inf)
    for turn in (0.0, 90.0, 45.0, 135.0):
        way = side * math.cos(math.radians(turn)) + other * math.sin(math.radians(turn))
        ahead, behind, fine, _, _ = _both(rays, inward, middle, way)
        good &= fine
        shift = _between(behind - radius, radius - ahead)
        middle = middle + way * shift[:, None]
        room = np.minimum(room, np.minimum(ahead - shift, behind + shift))
    ahead, behind, fine, axis, slant = _both(rays, inward, middle, axis)
    good &= fine
    thick = np.where(fine, np.minimum(thick, ahead + behind), thick)
    free = [
        np.maximum((facing_gap(rays, inward, middle + way * (far + STEP_MM)[:, None], way) - gap_mm) / 2, 0)
        for way, far in ((axis, ahead), (-axis, behind))
    ]
    shift = (ahead - behind) / 2
    width = np.minimum(radius, (ahead + behind + free[0] + free[1]) / 2)
    least, most = width - behind - free[1], ahead + free[0] - width
    shift = np.clip(shift, np.minimum(least, most), np.maximum(least, most))
    middle = middle + axis * shift[:, None]
    room = np.minimum(room, (ahead + behind) / 2)
    return middle[good], axis[good], thick[good], room[good], slant[good]


def _between(behind_spare: Floats, ahead_lack: Floats) -> Floats:
    """The move along a way that leaves a radius free on both sides, or the same on both."""
    # free behind: move >= -behind_spare; free ahead: move <= -ahead_lack
    least, most = -behind_spare, -ahead_lack
    centre = (least + most) / 2
    return np.where(least <= most, np.clip(0.0, least, np.maximum(most, least)), centre)


def _both(
    rays: Caster, inward: Floats, start: Floats, way: Floats
) -> tuple[Floats, Floats, npt.NDArray[np.bool_], Floats, Floats]:
    """How far it is to the surface ahead and behind, whether the start is inside at all, ``way`` turned to
    stand square on the middle between the two surfaces met, and the angle between these in degrees."""
    found, normals = [], []
    fine = np.ones(len(start), bool)
    for sign in (1.0, -1.0):
        go = way * sign
        hits = rays.closest(start.astype(np.float32), go.astype(np.float32))
        normal = inward[hits.face]
        leaves = (hits.face >= 0) & (np.einsum("ij,ij->i", normal, go) < 0)
        fine &= leaves
        found.append(np.where(leaves, hits.distance.astype(np.float64), 0.0))
        normals.append(normal)
    mean = normals[1] - normals[0]
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    square = np.where((length > 0.5) & fine[:, None], mean / np.maximum(length, 1e-12), way)
    slant = 2 * np.degrees(np.arccos(np.clip(length[:, 0] / 2, 0, 1)))
    return found[0], found[1], fine, square, slant


def facing_gap(rays: Caster, inward: Floats, start: Floats, way: Floats) -> Floats:
    """The width of the gap ahead of points just outside a solid, (n,) mm; infinite where nothing faces them.

    A surface that is met at a slant is a floor or a flank, not the far side of a gap.
    """
    hits = rays.closest(start.astype(np.float32), way.astype(np.float32))
    faces = (hits.face >= 0) & (np.einsum("ij,ij->i", inward[hits.face], way) > -OPPOSITE)
    return np.where(faces, hits.distance.astype(np.float64), np.inf)
