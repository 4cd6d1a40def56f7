"""Signed distance fields in vectorised float32 numpy: what a field is, and how two are blended.

A *field* gives, for points ``p`` of shape (3, blocks, n), the signed distance (blocks, n): negative inside.
Points come in blocks so that a primitive is only evaluated for the blocks near it: ``centre`` (3, blocks)
and ``reach`` (the blocks' radius) let a field answer FAR where its surface cannot be. Distances are exact or
slight under-estimates near the surface, which is what the coarse-to-fine search in ``isosurface`` needs.
Formulas: I. Quilez, "distance functions"; smooth union: his quadratic polynomial minimum.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fabricate.kit.frames import Array

__all__ = ["FAR", "Field", "near", "sample", "smooth_min", "turned"]

FAR = np.float32(9.0)
"""The distance told where a field was not evaluated: larger than any figure."""


class Field(Protocol):
    """Anything with a box around it and a signed distance."""

    @property
    def low(self) -> Array:
        """Lower corner (3,) of a box around the surface."""
        ...

    @property
    def high(self) -> Array:
        """Upper corner (3,)."""
        ...

    @property
    def doubt(self) -> float:
        """How much more than the true distance may be told, in the field's unit."""
        ...

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        ...


def smooth_min(a: Array, b: Array, k: float) -> Array:
    """The union of two fields, blended over a width ``k`` (0: a crisp crease)."""
    if k < 1e-9:
        return np.minimum(a, b)
    h = np.maximum(np.float32(k) - np.abs(a - b), np.float32(0))
    return np.asarray(np.minimum(a, b) - h * h * np.float32(0.25 / k))


def near(item: Field, centre: Array, reach: float) -> NDArray[np.bool_]:
    """Which blocks (blocks,) come within ``reach`` of a field's box."""
    gap = np.maximum(item.low[:, None] - centre, centre - item.high[:, None])
    return np.asarray((np.maximum(gap, 0) ** 2).sum(0) <= np.float32(reach) ** 2)


def sample(item: Field, points: ArrayLike) -> Array:
    """Signed distance (n,) of a field at points (n, 3), evaluated everywhere."""
    p = np.ascontiguousarray(np.asarray(points, np.float32).T)[:, :, None]
    return np.asarray(item.distance(p, p[:, :, 0], 100.0)[:, 0])


def turned(turn: Array, shift: Array, p: Array) -> tuple[Array, Array, Array]:
    """``turn @ p + shift`` of points (3, blocks, n), by rows: quicker than a matrix product of three rows."""
    rows = []
    for row, offset in zip(turn, shift, strict=True):
        total = None
        for weight, axis in zip(row, p, strict=True):
            if weight:
                term = axis if weight == 1 else axis * weight
                total = term if total is None else total + term
        rows.append(p[0] * 0 + offset if total is None else total + offset)
    return rows[0], rows[1], rows[2]
