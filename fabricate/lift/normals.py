"""Relief from normals: what the network sees of a surface's slope, brought into its depth.

Slopes tell what depth is too coarse for: a muzzle, a chest, folds. The front is moved by the least that
brings its steps from pixel to pixel nearer to the normals'; over much more than ``REACH`` pixels it stays as
it was. Normal integration with depth as a prior; a normal weighs less the more it turns away, and none weighs
at a jump (Cao et al., Bilateral Normal Integration, ECCV 2022).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["embossed"]

F32 = NDArray[np.float32]
Index = tuple[NDArray[np.int64], NDArray[np.int64]]
REACH = 6.0
"""Pixels within which normals are believed rather than depth."""
STEEPEST = 0.25
"""Normals are taken to point at least this much to the viewer."""
JUMP = 0.12
"""Half-frames between neighbours from which on they are two surfaces."""


def embossed(front: F32, normals: F32, cut: NDArray[np.bool_]) -> F32:
    """What to add to ``front`` (s, s), towards the viewer in half-frames, 0 outside ``cut`` (s, s).

    ``normals`` (3, s, s): x right, y up, z to the viewer, of any length.
    """
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    x, y, z = normals / np.maximum(np.linalg.norm(normals, axis=0), 1e-6)
    z = np.maximum(z, STEEPEST)
    count, pixel = int(cut.sum()), 2 / len(cut)
    place = np.zeros(cut.shape, np.int64)
    place[cut] = np.arange(count)
    system, wanted = sparse.identity(count, format="csr") / REACH**2, np.zeros(count)
    for slope, turned in ((-x / z, False), (y / z, True)):
        here, there = _neighbours(cut, turned)
        step = front[there] - front[here]
        missing = (slope[here] + slope[there]) / 2 * pixel - step
        weight = np.where(np.abs(step) < JUMP, np.minimum(z[here], z[there]), 0)
        pairs = np.arange(len(step))
        ends = np.concatenate([pairs, pairs]), np.concatenate([place[there], place[here]])
        steps = sparse.csr_matrix((np.concatenate([weight, -weight]), ends), (len(step), count))
        system, wanted = system + steps.T @ steps, wanted + steps.T @ (weight * missing)
    out = np.zeros(cut.shape, np.float32)
    out[cut] = spsolve(system.tocsc(), wanted, permc_spec="MMD_AT_PLUS_A")
    return out


def _neighbours(cut: NDArray[np.bool_], turned: bool) -> tuple[Index, Index]:
    """Every pixel inside whose neighbour to the right, ``turned`` below, is inside, and that neighbour."""
    down, right = (1, 0) if turned else (0, 1)
    rows, columns = np.nonzero(cut[: len(cut) - down, : len(cut) - right] & cut[down:, right:])
    return (rows, columns), (rows + down, columns + right)
