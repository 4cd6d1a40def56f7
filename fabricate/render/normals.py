"""Normals for shading: smooth over round forms, crisp at seams and edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["corner_normals", "merged"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Ints = NDArray[np.int64]


def merged(vertices: F32, faces: Ints) -> tuple[F32, Ints]:
    """The same triangles with vertices of exactly one place joined."""
    keys = np.ascontiguousarray(vertices + np.float32(0)).view(np.dtype((np.void, 12))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return vertices[first], inverse.reshape(-1)[faces]


def corner_normals(vertices: F32, faces: Ints, crease_deg: float = 38.0, bevel: float = 0.0) -> F32:
    """Unit normals (m, 3, 3) float32 at the corners of each face, smooth except across creases.

    A corner takes the area-weighted mean of the faces around its vertex that lie within ``crease_deg`` of
    its own face. Faces with all edges shorter than ``bevel`` are cells of a sculpted surface, whose edges are
    jagged at the cells' scale and would catch the light in flecks: there creases are smoothed over and
    normals take the mean of their neighbours', like a bevel. Faces without area take what their neighbours
    say; a vertex with none gets (0, 0, 1).
    """
    corners = vertices[faces].astype(np.float64)
    area: F64 = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    at = faces.ravel()
    smooth, own = _unit(_summed(area, faces, len(vertices))), _unit(area)
    edges = corners - corners[:, (1, 2, 0)]
    cell = (np.einsum("fcj,fcj->fc", edges, edges) < bevel * bevel).all(axis=1)
    size = np.sqrt(np.einsum("fj,fj->f", area, area))[:, None]
    for _ in range(2 if cell.any() else 0):
        # by area still: the cells of an edge must not bend the light on the large flat face beside them
        around = _unit(smooth[faces[:, 0]] + smooth[faces[:, 1]] + smooth[faces[:, 2]])
        smooth = _unit(_summed(np.where(cell[:, None], around, own) * size, faces, len(vertices)))
    out = smooth[faces]
    # two faces further apart than the crease cannot both lie within half of it from their mean
    bent = np.einsum("fcj,fj->fc", out, own) < np.cos(np.radians(crease_deg / 2))
    bent &= (~cell & (np.einsum("fj,fj->f", area, area) > 0))[:, None]
    touched = np.zeros(len(vertices), dtype=bool)
    touched[faces[bent]] = True
    corner = np.flatnonzero(touched[at])
    if len(corner):
        mine, theirs = _pairs(at[corner])
        mine, theirs = corner[mine], corner[theirs]
        close = np.einsum("ij,ij->i", own[mine // 3], own[theirs // 3]) >= np.cos(np.radians(crease_deg))
        mine, pull = mine[close], area[theirs[close] // 3]
        sums = np.stack([np.bincount(mine, pull[:, k], 3 * len(faces)) for k in range(3)], axis=1)
        flat = out.reshape(-1, 3)
        kept = corner[np.einsum("ij,ij->i", sums[corner], sums[corner]) > 0]
        flat[kept] = _unit(sums[kept])
    out[np.einsum("fcj,fcj->fc", out, out) < 0.5] = (0, 0, 1)
    return out.astype(np.float32)


def _summed(values: F64, faces: Ints, count: int) -> F64:
    """The sum (count, 3) over the faces around each vertex of their ``values`` (m, 3)."""
    at = faces.ravel()
    columns = [np.bincount(at, np.repeat(values[:, k], 3), count) for k in range(3)]
    total: F64 = np.stack(columns, axis=1)
    return total


def _unit(vectors: F64) -> F64:
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    safe = np.where(length > 1e-30, length, np.inf)
    unit: F64 = vectors / safe[:, None]
    return unit


def _pairs(group: Ints) -> tuple[Ints, Ints]:
    """All ordered pairs (i, j) of positions with equal ``group``."""
    order = np.argsort(group, kind="stable")
    _, start, size = np.unique(group[order], return_index=True, return_counts=True)
    each = np.repeat(size, size)
    left = np.repeat(np.arange(len(group)), each)
    begin = np.repeat(np.repeat(start, size), each)
    within = np.arange(len(left)) - np.repeat(np.cumsum(each) - each, each)
    return order[left], order[begin + within]
