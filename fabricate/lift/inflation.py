"""Inflation: a silhouette blown up like a balloon, the lift that knows nothing.

Poisson's equation with a constant load over the silhouette, zero at its edge: the square root of the solution
is exact for a ball, and 1.41 times too thick for a long cylinder. ``PLUMP`` brings limbs to their true
thickness.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PLUMP", "inflated"]

PLUMP = 0.7
"""The share of the balloon's thickness that a standing figure has, tuned on kit figures."""


def inflated(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Half the balloon's thickness (h, w) in half-frames (half the longer side), 0 outside ``mask``."""
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    out = np.zeros(mask.shape, np.float32)
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return out
    count = len(ys)
    number = np.full((mask.shape[0] + 2, mask.shape[1] + 2), -1, np.int64)
    number[ys + 1, xs + 1] = np.arange(count)
    rows: list[NDArray[Any]] = [np.arange(count)]
    columns: list[NDArray[Any]] = [np.arange(count)]
    values: list[NDArray[Any]] = [np.full(count, 4.0)]
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        other = number[ys + 1 + dy, xs + 1 + dx]
        near = other >= 0
        rows.append(np.flatnonzero(near))
        columns.append(other[near])
        values.append(np.full(int(near.sum()), -1.0))
    matrix = sparse.csc_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(count, count)
    )
    pixel = 2 / max(mask.shape)
    height = spsolve(matrix, np.full(count, 4 * pixel * pixel), permc_spec="MMD_AT_PLUS_A")
    out[ys, xs] = PLUMP * np.sqrt(np.maximum(height, 0))
    return out
