"""The surface of a field that is dear to evaluate, found coarse to fine and evaluated only near it.

A network's field over a grid of n^3 points costs n^3 evaluations though its surface crosses few of their
cells. Here every fourth point is evaluated, then every second one near where the sign changes, then all
near that; the mesh is the dense one's wherever the surface is no thinner than the coarse cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import BackendError

__all__ = ["Found", "dense", "near_surface"]

Field = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(n, 3) float32 points in -1..1 -> (n,) values, positive inside."""

COARSE = 4
"""Of a triplane of 64 texels and a grid of 256 points, a texel: within one the field has no more detail."""


@dataclass(frozen=True)
class Found:
    """``vertices`` (n, 3) float32 in -1..1, ``faces`` (m, 3), outward; how many points were evaluated."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int64]
    evaluations: int


def near_surface(field: Field, points: int = 256, heard: Callable[[float], None] = lambda _f: None) -> Found:
    """The zero surface over a grid of ``points``^3 in -1..1, as ``dense`` finds it, of far fewer evaluations.

    ``heard`` is told the share done. Raises BackendError when nothing is inside, or everything.
    """
    step = COARSE if points >= 8 * COARSE else 1
    while step < points // 96:
        step *= 2
    cells = -(-(points - 1) // step)
    values = _evaluated(field, _lattice(cells + 1, step), points).reshape((cells + 1,) * 3)
    counted = values.size
    while step > 1:
        heard(1.0 / step)
        near = _near(values)
        known = np.zeros(tuple(2 * n - 1 for n in values.shape), bool)
        known[::2, ::2, ::2] = True
        values = _doubled(values)[:-1, :-1, :-1]
        step //= 2
        wanted = _points_of(_doubled(near)) & ~known
        # where the surface leaves what is known, its surroundings are evaluated until it no longer does
        while wanted.any():
            index = np.argwhere(wanted)
            values[wanted] = _evaluated(field, index * step, points)
            known |= wanted
            counted += len(index)
            wanted = _points_of(_near(values, 0)) & ~known
    heard(0.9)
    vertices, faces = _meshed(values[:points, :points, :points])
    return Found(vertices, faces, counted)


def dense(field: Field, points: int = 256) -> Found:
    """The zero surface with every point of the grid evaluated: what ``near_surface`` is measured against."""
    values = _evaluated(field, _lattice(points, 1), points).reshape((points,) * 3)
    return Found(*_meshed(values), points**3)


def _lattice(count: int, step: int) -> NDArray[np.int64]:
    axis = np.arange(count) * step
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)


def _evaluated(field: Field, index: NDArray[np.int64], points: int) -> NDArray[np.float32]:
    """The field at grid indices; the few beyond the grid, where the cells do not divide it, lie outside."""
    out = np.full(len(index), -1.0, np.float32)
    inside = (index < points).all(axis=1)
    at = (index[inside] * (2.0 / (points - 1)) - 1.0).astype(np.float32)
    out[inside] = field(at) if len(at) else 0.0
    return out


def _doubled(grid: NDArray[Any]) -> NDArray[Any]:
    """Every entry twice along each axis, as an array of its own."""
    return np.repeat(np.repeat(np.repeat(grid, 2, 0), 2, 1), 2, 2)


def _near(values: NDArray[np.float32], reach: int = 1) -> NDArray[np.bool_]:
    """Cells with corners on both sides, and those up to ``reach`` cells from them."""
    from scipy import ndimage

    inside = values > 0
    some, every = inside, inside
    for axis in range(3):
        low, high = [slice(None)] * 3, [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        some = some[tuple(low)] | some[tuple(high)]
        every = every[tuple(low)] & every[tuple(high)]
    mixed: NDArray[np.bool_] = some & ~every
    return ndimage.binary_dilation(mixed, np.ones((3, 3, 3), bool), reach) if reach else mixed


def _points_of(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The corners of these cells."""
    x, y, z = cells.shape
    out = np.zeros((x + 1, y + 1, z + 1), bool)
    for a, b, c in np.ndindex(2, 2, 2):
        out[a : a + x, b : b + y, c : c + z] |= cells
    return out


def _meshed(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Marching cubes (Lewiner et al., 2003), with a layer of air around so that the surface is closed."""
    from skimage import measure

    inside = values > 0
    if not inside.any() or inside.all():
        what = "nothing" if not inside.any() else "everything"
        raise BackendError(
            f"the network's field has no surface: {what} is inside",
            "another picture or seed may do; with weights of your own, check that they fit the network",
        )
    low, high = np.array(
        [(np.flatnonzero(inside.any(axis=axes))[[0, -1]]) for axes in ((1, 2), (0, 2), (0, 1))]
    ).T
    low, high = np.maximum(low - 1, 0), high + 2
    crop = values[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    padded = np.pad(crop, 1, constant_values=min(float(crop.min()), -1.0))
    found = measure.marching_cubes(padded, 0.0, gradient_direction="ascent")  # type: ignore[no-untyped-call]
    vertices = (found[0] - 1 + low) * (2.0 / (len(values) - 1)) - 1.0
    return np.clip(vertices, -1, 1).astype(np.float32), found[1].astype(np.int64)
