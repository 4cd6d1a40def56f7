"""Balls of one radius as a small closed mesh, meshed only where they are, and cut back from narrow gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster
from fabricate.solid.levels import solid_below
from fabricate.solid.ridge import facing_gap
from fabricate.solid.thickness import across

if TYPE_CHECKING:
    import manifold3d

__all__ = ["ROUGH", "VOXELS", "ball_solid"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
VOXELS, ROUGH = (0.4, 0.31), 0.5
"""The grid's step as part of the radius: a fifth of the wall that is wanted; finer, for a second try; and
rougher, for a whole hull of balls."""
BLOCK_MM = 2.0
SMOOTH_MM = 0.02
"""What the mesh of the balls may be simplified by: less than any printer shows."""
NEIGHBOURS = 32
FUSES_MM = 0.2
"""A gap narrower than this closes when it is printed: it need not be kept open."""


def ball_solid(
    middles: Floats, radius: float, gap_mm: float, rays: Caster, inward: Floats, voxel: float = VOXELS[0]
) -> list[manifold3d.Manifold]:
    """The union of balls about ``middles`` (n, 3) as Manifolds, one for each cluster, none where n is 0.

    Nothing of it comes closer than ``gap_mm`` / 2 to the middle of a gap of the solid that ``rays`` sees, or
    enters a gap narrower than that; ``inward`` are its faces' normals; ``voxel`` is the grid's step in radii.
    """
    made = []
    for group in _clusters(middles, 2 * radius):
        solid = _cluster(middles[group], radius, gap_mm, rays, inward, voxel)
        if solid is not None:
            made.append(solid)
    return made


def _clusters(points: Floats, reach: float) -> list[Ints]:
    """Points that hang together, as groups of indices: cells of ``BLOCK_MM`` that touch are one group."""
    from scipy.ndimage import label

    if not len(points):
        return []
    cell = np.floor(points / max(BLOCK_MM, reach)).astype(np.int64)
    cell -= cell.min(axis=0)
    full = np.zeros(cell.max(axis=0) + 1, bool)
    full[tuple(cell.T)] = True
    names, count = label(full, np.ones((3, 3, 3)))
    mine = names[tuple(cell.T)]
    return [np.flatnonzero(mine == name) for name in range(1, count + 1)]


def _cluster(
    middles: Floats, radius: float, gap_mm: float, rays: Caster, inward: Floats, voxel: float
) -> manifold3d.Manifold | None:
    from scipy.spatial import cKDTree

    step = radius * voxel
    margin = radius + 3 * step
    low = middles.min(axis=0) - margin
    shape = tuple(np.ceil((np.ptp(middles, axis=0) + 2 * margin) / step).astype(int) + 1)
    near = np.flatnonzero(_reached(middles, low, step, shape, radius + 1.8 * step))
    nodes = np.stack(np.unravel_index(near, shape), axis=1) * step + low
    tree = cKDTree(middles)
    distance, which = tree.query(nodes, distance_upper_bound=radius + step)
    field = np.full(int(np.prod(shape)), 2 * step, np.float32)
    value = distance - radius
    within = np.flatnonzero(value < step)
    nodes, first = nodes[within], middles[which[within]]
    limit, faced = _limit(nodes, first, gap_mm, 2 * radius, step, rays, inward)
    some = np.flatnonzero(faced)
    bridged = _bridge(nodes[some], first[some], tree, gap_mm, step, rays, inward)
    limit[some] = np.maximum(limit[some], bridged)
    value[within] = np.maximum(value[within], _spread_out(nodes, limit, step))
    field[near] = np.minimum(value, 2 * step)
    made = solid_below(field.reshape(shape), step, low)
    return made.simplify(SMOOTH_MM) if made else None


def _reached(
    middles: Floats, low: Floats, step: float, shape: tuple[int, ...], reach: float
) -> npt.NDArray[np.bool_]:
    """Which nodes of a grid lie within about ``reach`` of a point, flat."""
    size = int(np.ceil(reach / step)) + 1
    span = np.arange(-size, size + 1)
    offset = np.stack(np.meshgrid(span, span, span, indexing="ij"), axis=-1).reshape(-1, 3)
    offset = offset[(np.maximum(np.abs(offset) - 0.5, 0) ** 2).sum(axis=1) * step**2 <= reach**2]
    stride = np.array([shape[1] * shape[2], shape[2], 1])
    home = np.unique(np.rint((middles - low) / step).astype(np.int64) @ stride)
    full = np.zeros(int(np.prod(shape)), bool)
    for jump in offset @ stride:
        full[home + jump] = True
    return full


def _limit(
    nodes: Floats, middles: Floats, gap_mm: float, reach: float, step: float, rays: Caster, inward: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """How far outside of what may be filled each node is, (n,) mm: -inf far from every narrow gap; and
    whether any surface faces it across a gap within ``reach``."""
    away = nodes - middles
    length = np.linalg.norm(away, axis=1, keepdims=True)
    away = np.where(length > 1e-6, away / np.maximum(length, 1e-12), [[0.0, 0.0, 1.0]])
    side, other = across(away)
    worst, faced = np.full(len(nodes), -np.inf), np.zeros(len(nodes), bool)
    for a, b in ((0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)):
        way = away + 0.8 * (a * side + b * other)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        limit, seen = _limit_along(nodes, way, gap_mm, reach, step, rays, inward)
        worst, faced = np.maximum(worst, limit), faced | seen
    return worst, faced


def _limit_along(
    nodes: Floats, way: Floats, gap_mm: float, reach: float, step: float, rays: Caster, inward: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    hits = rays.closest(nodes.astype(np.float32), way.astype(np.float32))
    met = hits.face >= 0
    slant = np.einsum("ij,ij->i", inward[hits.face], way)
    ahead = hits.distance.astype(np.float64)
    worst = np.full(len(nodes), -np.inf)
    faced = met & (slant > 0) & (ahead < reach)
    # outside: the far side of a gap ahead, and this side behind
    out = np.flatnonzero(met & (slant > 0.5) & (ahead < 4 * gap_mm + 4 * step))
    behind = facing_gap(rays, inward, nodes[out], -way[out])
    spare = _spare(ahead[out] + behind - gap_mm, step)
    kept = np.isfinite(behind) & (ahead[out] + behind > FUSES_MM)
    worst[out] = np.where(kept, np.minimum(ahead[out], behind) - spare, -np.inf)
    # inside, just under the surface: a gap beyond it
    own = np.flatnonzero(met & (slant < -0.3) & (ahead < 2 * step))
    start = nodes[own] + way[own] * (ahead[own] + 1e-3)[:, None]
    gap = facing_gap(rays, inward, start, way[own])
    spare = _spare(gap - gap_mm, step)
    kept = (gap > FUSES_MM) & (gap < gap_mm + 4 * step)
    worst[own] = np.where(kept, -ahead[own] - spare, -np.inf)
    faced[own] |= gap < reach
    return worst, faced


def _spare(over: Floats, step: float) -> Floats:
    """How far each side of a gap may grow: not at all rather than by a hair.

    A skin that weaves in and out of the old surface would leave tunnels under it.
    """
    return np.asarray(np.where(over / 2 < 0.4 * step, -step, over / 2))


def _bridge(
    nodes: Floats, first: Floats, tree: Any, gap_mm: float, step: float, rays: Caster, inward: Floats
) -> Floats:
    """As ``_limit``, between two balls on either side of a node with a gap between them."""
    worst = np.full(len(nodes), -np.inf)
    count = min(NEIGHBOURS, len(tree.data))
    if count < 2:
        return worst
    _, others = tree.query(nodes, k=count)
    to_first = first - nodes
    to_first /= np.maximum(np.linalg.norm(to_first, axis=1, keepdims=True), 1e-12)
    to_other = np.asarray(tree.data)[others] - nodes[:, None]
    length = np.linalg.norm(to_other, axis=2)
    apart = np.einsum("ijk,ik->ij", to_other, to_first) < -0.2 * length
    two = np.flatnonzero(apart.any(axis=1))
    second = np.asarray(tree.data)[others[two, apart[two].argmax(axis=1)]]
    way = second - first[two]
    span = np.linalg.norm(way, axis=1)
    way /= span[:, None]
    hits = rays.closest(first[two].astype(np.float32), way.astype(np.float32))
    leaves = (hits.face >= 0) & (hits.distance < span) & (np.einsum("ij,ij->i", inward[hits.face], way) < 0)
    two, way, first_exit = two[leaves], way[leaves], hits.distance[leaves].astype(np.float64)
    start = first[two] + way * (first_exit + 1e-3)[:, None]
    hits = rays.closest(start.astype(np.float32), way.astype(np.float32))
    gap = np.where(hits.face >= 0, hits.distance, np.inf).astype(np.float64)
    beyond = (first_exit + gap > span[leaves]) | (gap < FUSES_MM)
    gap = np.where(beyond, 0.0, gap)
    place = np.einsum("ij,ij->i", nodes[two] - start, way)
    spare = _spare(gap - gap_mm, step)
    worst[two] = np.where(beyond, -np.inf, np.minimum(place, gap - place) - spare)
    return worst


def _spread_out(nodes: Floats, limit: Floats, step: float) -> Floats:
    """The least field that is nowhere below ``limit`` and falls no faster than distance: rays that missed a
    gap between two that met it leave no flakes."""
    from scipy.spatial import cKDTree

    some = np.flatnonzero(limit > -step)
    if not len(some):
        return limit
    near, which = cKDTree(nodes[some]).query(nodes, k=min(24, len(some)), distance_upper_bound=2.3 * step)
    near, which = near.reshape(len(nodes), -1), which.reshape(len(nodes), -1)
    known = np.append(limit[some], -np.inf)
    return np.asarray(
        np.maximum(limit, np.where(np.isfinite(near), known[which] - near, -np.inf).max(axis=1))
    )
