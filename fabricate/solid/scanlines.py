"""Straight lines through a mesh: where the lines of a lattice meet its triangles, and from which side.

Triangles are filled row by row as a screen fills them, with half-open rules at every end, and two triangles
compute the same number for the edge they share: a line never slips between them, nor meets both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Crossings", "crossings"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
AT_ONCE = 300_000
"""Rows of triangles filled at a time: what bounds the memory."""
SLACK = 1e-6
"""Of a lattice step: more than rounding moves the point where an edge meets a row."""


@dataclass(frozen=True)
class Crossings:
    """Where lattice lines along one axis meet triangles, in no order.

    ``u`` and ``v`` (n,) int64 name the line by its place on the two axes that follow (x: y, z; y: z, x;
    z: x, y). ``depth`` (n,) float64 is the place along the line. ``rise`` (n,) int8: +1 where a line that
    runs along the axis goes in through an outward face, -1 where it comes out. ``face`` (n,) int64.
    """

    u: Ints
    v: Ints
    depth: Floats
    rise: npt.NDArray[np.int8]
    face: Ints


def crossings(corners: Floats, axis: int) -> Crossings:
    """Where triangles ``corners`` (m, 3, 3), in lattice units, meet the lattice lines along ``axis``."""
    order = [axis, (axis + 1) % 3, (axis + 2) % 3]
    met = _maybe_met(corners, order)
    turned = corners[met][:, :, order]
    rank = np.argsort(turned[:, :, 2], axis=1)
    sorted_ = np.take_along_axis(turned, rank[:, :, None], axis=1)
    first = np.ceil(sorted_[:, 0, 2])
    rows = (np.ceil(sorted_[:, 2, 2]) - first).astype(np.int64)
    filled = np.flatnonzero(rows > 0)
    parts = [_filled(turned, sorted_, first, rows, part) for part in _portions(filled, rows)]
    if not parts:
        none = np.zeros(0, np.int64)
        return Crossings(none, none, np.zeros(0), np.zeros(0, np.int8), none)
    u, v, depth, rise, face = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Crossings(u, v, depth, rise, met[face])


def _maybe_met(corners: Floats, order: list[int]) -> Ints:
    """Triangles whose box a lattice line may pass through: of a fine mesh under a coarse lattice, few."""
    near = np.ones(len(corners), bool)
    for side in order[1:]:
        a, b, c = (corners[:, k, side] for k in range(3))
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        near &= np.ceil(high + SLACK) > np.ceil(low - SLACK)
    return np.flatnonzero(near)


def _portions(filled: Ints, rows: Ints) -> list[Ints]:
    if not len(filled):
        return []
    running = np.cumsum(rows[filled])
    cuts = np.searchsorted(running, np.arange(AT_ONCE, running[-1], AT_ONCE))
    return [part for part in np.split(filled, np.unique(cuts)) if len(part)]


def _filled(
    turned: Floats, sorted_: Floats, first: Floats, rows: Ints, which: Ints
) -> tuple[Ints, Ints, Floats, npt.NDArray[np.int8], Ints]:
    count = rows[which]
    face = np.repeat(which, count)
    v = first[face] + _ramp(count)
    low, middle, high = (sorted_[face, i] for i in range(3))
    beyond = v >= middle[:, 2]
    start, end = np.where(beyond[:, None], middle, low), np.where(beyond[:, None], high, middle)
    u_long, d_long = _on_edge(low, high, v)
    u_short, d_short = _on_edge(start, end, v)
    begin = np.ceil(np.minimum(u_long, u_short))
    span = (np.ceil(np.maximum(u_long, u_short)) - begin).astype(np.int64)
    row = np.repeat(np.arange(len(face)), span)
    u = begin[row] + _ramp(span)
    share = (u - u_long[row]) / (u_short[row] - u_long[row])
    depth = d_long[row] + share * (d_short[row] - d_long[row])
    face = face[row]
    one, two = turned[face, 1] - turned[face, 0], turned[face, 2] - turned[face, 0]
    facing = one[:, 1] * two[:, 2] - one[:, 2] * two[:, 1]
    rise = np.where(facing > 0, -1, 1).astype(np.int8)
    return u.astype(np.int64), v[row].astype(np.int64), depth, rise, face


def _on_edge(start: Floats, end: Floats, v: Floats) -> tuple[Floats, Floats]:
    """u and depth where an edge, its lower end first, meets the row ``v``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num((v - start[:, 2]) / (end[:, 2] - start[:, 2]))
    return start[:, 1] + share * (end[:, 1] - start[:, 1]), start[:, 0] + share * (end[:, 0] - start[:, 0])


def _ramp(count: Ints) -> Ints:
    """0, 1 .. count-1 for each count, one after the other."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - count, count)
