"""Wall thickness: from points spread over the surface, a cone of rays inwards, the median length taken.

Twelve rays in a cone of 30 degrees; their median over 1.07 is the thickness of a flat wall. It is within a
tenth on shells of known thickness; one bare ray misreads rims, inscribed spheres misread sharp edges.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster, caster

__all__ = [
    "Walls",
    "across",
    "depths",
    "faces_near",
    "inward_of",
    "measure_walls",
    "places",
    "spread",
]

Floats = npt.NDArray[np.float64]
RAYS = 12
CONE_DEG = 30.0
SLANT = 1.07
PATCH_MM = 2.0
"""A thin patch counts as one when a disc this wide fits on it: a raised line does not, a blade does."""
STEP_MM, SLIT_MM = 0.002, 0.03
AREA_EACH = 0.8
"""mm^2 of surface for each sample of the first pass; the second looks four times closer where it is thin."""


@dataclass(frozen=True)
class Walls:
    """What was measured: ``points`` (n, 3) mm on the surface, their ``face`` and ``thickness`` (n,) mm.

    ``share_floor`` and ``share_wall`` are the shares of the surface thinner than the floor and the default
    wall; ``patches`` (k, 3) are middles of spots where a disc of ``PATCH_MM`` is all thinner than the floor.
    """

    points: Floats
    face: npt.NDArray[np.int64]
    thickness: Floats
    share_floor: float
    share_wall: float
    patches: Floats
    thinnest_mm: float


def measure_walls(
    vertices: npt.NDArray[np.float32],
    faces: npt.NDArray[np.integer],
    *,
    floor_mm: float,
    wall_mm: float,
    most: int = 60_000,
    rays: Caster | None = None,
) -> Walls:
    """The walls of a closed solid in mm: ``vertices`` (n, 3) float32, ``faces`` (m, 3) anticlockwise.

    The same triangles give the same answer. Patches of ``PATCH_MM`` are found on solids of up to about
    ``most`` * 3 mm^2 (a figure 300 mm tall); beyond that only larger ones are sure to be. ``rays`` are its
    own, where they are there already.
    """
    corners, rays = vertices[faces], rays or caster(vertices, faces)
    inward, area = inward_of(corners)
    total = float(area.sum())
    count = int(np.clip(total / AREA_EACH, 2_000, most))
    face = spread(area, count)
    points, thickness, face = _probe(rays, corners, inward, face, wall_mm)
    thin = thickness < floor_mm
    patches = np.zeros((0, 3))
    if thin.any():
        near = faces_near(corners, points[thin], 2.5 * max(1.0, math.sqrt(total / count)))
        close = spread(np.where(near, area, 0.0), int(np.clip(area[near].sum() / AREA_EACH * 4, 60, most)))
        spots, depth, _ = _probe(rays, corners, inward, close, wall_mm)
        patches = _discs(spots, depth < floor_mm)
    return Walls(
        points=points,
        face=face,
        thickness=thickness,
        share_floor=float(thin.mean()),
        share_wall=float((thickness < wall_mm).mean()),
        patches=patches,
        thinnest_mm=float(np.quantile(thickness, 0.005)),
    )


def inward_of(corners: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Unit normals pointing into the solid, (m, 3), and the areas, (m,)."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).astype(np.float64)
    double = np.sqrt(np.einsum("ij,ij->i", cross, cross))
    return -cross / np.maximum(double, 1e-30)[:, None], double / 2


def across(axis: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors (n, 3) square to each axis (n, 3) and to each other."""
    side = np.cross(axis, np.where(np.abs(axis[:, [0]]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]))
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-30)
    return side, np.cross(axis, side)


def spread(area: Floats, count: int) -> npt.NDArray[np.int64]:
    """Faces for ``count`` samples, evenly along the running total of the area."""
    running = np.cumsum(area)
    marks = (np.arange(count) + 0.5) / count * running[-1]
    found: npt.NDArray[np.int64] = np.minimum(np.searchsorted(running, marks), len(area) - 1)
    return found


def _probe(
    rays: Caster,
    corners: npt.NDArray[np.float32],
    inward: Floats,
    face: npt.NDArray[np.int64],
    enough_mm: float,
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """A point on each face, the thickness there, and the face; points inside a slit are left out."""
    return depths(rays, inward, places(corners, face), face, enough_mm)


def places(corners: npt.NDArray[np.float32], face: npt.NDArray[np.int64]) -> Floats:
    """A point somewhere on each of the faces; the same faces give the same points."""
    random = np.random.default_rng(20_240)
    u, v = random.random((2, len(face)))
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    own = corners[face].astype(np.float64)
    made: Floats = own[:, 0] + u[:, None] * (own[:, 1] - own[:, 0]) + v[:, None] * (own[:, 2] - own[:, 0])
    return made


def depths(
    rays: Caster, inward: Floats, points: Floats, face: npt.NDArray[np.int64], enough_mm: float
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """The thickness below points on faces; points, thickness, faces, without the points inside a slit.

    A gap under ``SLIT_MM`` closes when it is printed: it ends no wall, and its sides are no surface.
    """
    axis = inward[face]
    out = rays.closest((points - axis * STEP_MM).astype(np.float32), (-axis).astype(np.float32))
    # a surface met from within just outside this one: another body begins where this one ends
    within = (out.face >= 0) & (np.einsum("ij,ij->i", inward[out.face], axis) > 0)
    free = ~within & ~(out.distance < SLIT_MM)
    if not free.any():
        free[:] = True
    points, axis, face = points[free], axis[free], face[free]
    side, other = across(axis)
    cosine = 1 - (np.arange(RAYS) + 0.5) / RAYS * (1 - math.cos(math.radians(CONE_DEG)))
    sine = np.sqrt(1 - cosine**2)
    turn = np.arange(RAYS) * math.pi * (3 - math.sqrt(5))
    start = points + axis * STEP_MM
    lengths = np.zeros((RAYS, len(face)))
    for i in range(RAYS):
        way = axis * cosine[i] + sine[i] * (side * math.cos(turn[i]) + other * math.sin(turn[i]))
        lengths[i] = _through(rays, inward, start, way, enough_mm * 1.5)
    # a ray that meets nothing slipped out at a seam: it says nothing about the wall
    lengths[~np.isfinite(lengths) | (lengths > 1e6)] = np.nan
    silent = np.isnan(lengths).all(axis=0)
    lengths[:, silent] = 1e3
    return points, np.nanmedian(lengths, axis=0) / SLANT + STEP_MM, face


def _through(rays: Caster, inward: Floats, start: Floats, way: Floats, enough: float) -> Floats:
    """How far each ray stays inside, slits leapt over; once a ray has gone ``enough`` mm it may stop."""
    hits = rays.closest(start.astype(np.float32), way.astype(np.float32))
    length = hits.distance.astype(np.float64)
    short = np.flatnonzero(length < enough)
    for _ in range(3):
        if not len(short):
            break
        ahead = length[short] + SLIT_MM
        onward = (start[short] + way[short] * ahead[:, None]).astype(np.float32)
        hits = rays.closest(onward, way[short].astype(np.float32))
        # the next surface is met from within: there is solid beyond the slit
        within = (hits.face >= 0) & (np.einsum("ij,ij->i", inward[hits.face], way[short]) < 0)
        short, further = short[within], ahead[within] + hits.distance[within]
        length[short] = further
        short = short[further < enough]
    return length


def faces_near(corners: npt.NDArray[np.float32], points: Floats, reach: float) -> npt.NDArray[np.bool_]:
    """Which faces have their middle, or a corner, within ``reach`` of one of the points."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    maybe = np.flatnonzero(_box_meets(corners, low, high))
    own, around = corners[maybe], _around(points, reach)
    near = np.zeros(len(maybe), bool)
    for spot in (own[:, 0], own[:, 1], own[:, 2], own.mean(axis=1)):
        look = np.flatnonzero(~near & (spot > low).all(axis=1) & (spot < high).all(axis=1))
        look = look[around(spot[look])]
        near[look] = np.isfinite(tree.query(spot[look], distance_upper_bound=reach)[0])
    # a face longer than the reach may hold a thin spot far from its corners
    rest = np.flatnonzero(~near)
    longest = np.linalg.norm(own[rest] - np.roll(own[rest], 1, axis=1), axis=2).max(axis=1)
    near[rest[longest > 2 * reach]] = True
    out = np.zeros(len(corners), bool)
    out[maybe[near]] = True
    return out


def _around(points: Floats, reach: float) -> Callable[[npt.NDArray[np.floating]], npt.NDArray[np.bool_]]:
    """A quick test that keeps all that lies within ``reach`` of one of the points, and some more."""
    low = points.min(axis=0) - 2 * reach
    side = max(reach, float(np.ptp(points, axis=0).max()) / 200)
    full = np.zeros(np.floor((points.max(axis=0) - low) / side).astype(int) + 4, bool)
    cells = np.floor((points - low) / side).astype(int)
    for i, j, k in itertools.product((-1, 0, 1), repeat=3):
        full[cells[:, 0] + i, cells[:, 1] + j, cells[:, 2] + k] = True

    def test(spots: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        at = np.floor((spots - low) / side).astype(int)
        return np.asarray(full[at[:, 0], at[:, 1], at[:, 2]])

    return test


def _box_meets(corners: npt.NDArray[np.float32], low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    meets = np.ones(len(corners), bool)
    for k in range(3):
        a, b, c = corners[:, 0, k], corners[:, 1, k], corners[:, 2, k]
        meets &= (np.minimum(np.minimum(a, b), c) < high[k]) & (np.maximum(np.maximum(a, b), c) > low[k])
    return meets


def _discs(points: Floats, thin: npt.NDArray[np.bool_]) -> Floats:
    """Points around which nine tenths of the samples within a disc of ``PATCH_MM`` are thin."""
    from scipy.spatial import cKDTree

    if not thin.any():
        return np.zeros((0, 3))
    reach = PATCH_MM / 2
    mine = points[thin]
    everyone = cKDTree(points).query_ball_point(mine, reach, return_length=True)
    alike = cKDTree(mine).query_ball_point(mine, reach, return_length=True)
    return np.asarray(mine[(everyone >= 5) & (alike >= 0.9 * everyone)])
