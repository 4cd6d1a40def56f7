"""A solid as cells: which middles of a regular grid, in any frame, lie inside a closed mesh, how deep they
lie there, and which of a space run dry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster, caster

if TYPE_CHECKING:
    import trimesh

__all__ = ["Cells", "cells_around", "depth_in", "draining", "inside"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NUDGE = 1e-3
"""Rays go a thousandth of a cell beside the middles: past the edges of axis-aligned solids."""
MOST_CROSSINGS = 400


@dataclass(frozen=True)
class Cells:
    """A grid: ``axes`` rows are its unit directions, ``origin`` (in those) the middle of cell (0, 0, 0).

    ``step`` is a cell's side in mm, ``shape`` the count of cells along each axis.
    """

    axes: Floats
    origin: Floats
    step: float
    shape: tuple[int, int, int]

    def points(self, cells: npt.NDArray[np.integer]) -> Floats:
        """Middles in space, (n, 3), of cells (n, 3)."""
        return np.asarray((self.origin + self.step * np.asarray(cells, np.float64)) @ self.axes)

    def cell_of(self, points: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The cells (n, 3) nearest to points (n, 3), whether or not they lie in the grid."""
        local = np.asarray(points, np.float64) @ self.axes.T
        return np.asarray(np.rint((local - self.origin) / self.step), np.int64)


def cells_around(
    meshes: Sequence[trimesh.Trimesh],
    *,
    step: float,
    axes: npt.ArrayLike = ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    margin: int = 2,
    most: int = 6_000_000,
) -> Cells:
    """A grid that holds meshes, ``margin`` free cells around, coarser than ``step`` if ``most`` asks."""
    frame = np.asarray(axes, np.float64)
    ends = [np.asarray(mesh.vertices) @ frame.T for mesh in meshes]
    low = np.min([e.min(axis=0) for e in ends], axis=0)
    size = np.max([e.max(axis=0) for e in ends], axis=0) - low
    while True:
        shape = np.ceil(size / step).astype(int) + 1 + 2 * margin
        if shape.prod() <= most:
            break
        step *= 1.1
    count = (int(shape[0]), int(shape[1]), int(shape[2]))
    return Cells(frame, low - margin * step, step, count)


def inside(mesh: trimesh.Trimesh, cells: Cells) -> Bools:
    """Which cells' middles lie inside a closed mesh, (nu, nv, nw) bool: crossings of rays up the columns."""
    local = np.asarray(mesh.vertices, np.float64) @ cells.axes.T
    scaled = np.asarray((local - cells.origin) / cells.step, np.float32)
    nu, nv, nw = cells.shape
    corners = scaled[_reaching(scaled, np.asarray(mesh.faces), cells.shape)]
    filled = np.zeros((nu * nv, nw), bool)
    if not len(corners):
        return filled.reshape(cells.shape)
    turn = (corners[:, 1, 0] - corners[:, 0, 0]) * (corners[:, 2, 1] - corners[:, 0, 1])
    turn -= (corners[:, 1, 1] - corners[:, 0, 1]) * (corners[:, 2, 0] - corners[:, 0, 0])
    change = np.zeros((nu * nv, nw + 1), np.int16)
    rays = caster(corners)
    columns = _columns(scaled, nu, nv)
    for nudge in (NUDGE, 37 * NUDGE, -83 * NUDGE):
        # a ray that meets an edge may count one crossing too few or too many: it goes again, a little beside
        change[columns] = 0
        _crossings(rays, turn, columns, nv, nudge, min(float(scaled[:, 2].min()), 0.0) - 2.0, change)
        columns = columns[change[columns].sum(axis=1) != 0]
        if not len(columns):
            break
    change[columns] = 0
    filled = np.cumsum(change, axis=1)[:, :nw] > 0
    return np.asarray(filled.reshape(cells.shape))


def _crossings(
    rays: Caster,
    turn: npt.NDArray[np.float32],
    columns: npt.NDArray[np.int64],
    nv: int,
    nudge: float,
    start: float,
    change: npt.NDArray[np.int16],
) -> None:
    """``change`` (columns, nw + 1) counted up where a column's ray enters the mesh, down where it leaves."""
    place = np.stack([columns // nv + nudge, columns % nv + 0.7 * nudge, np.full(len(columns), start)], 1)
    last = change.shape[1] - 1
    for _ in range(MOST_CROSSINGS):
        up = np.zeros(place.shape, np.float32)
        up[:, 2] = 1
        hits = rays.closest(place.astype(np.float32), up)
        met = hits.face >= 0
        if not met.any():
            break
        columns, place = columns[met], place[met]
        place[:, 2] += hits.distance[met]
        first = np.clip(np.ceil(place[:, 2]), 0, last).astype(np.int64)
        np.add.at(change, (columns, first), np.where(turn[hits.face[met]] < 0, 1, -1).astype(np.int16))
        place[:, 2] += 1e-4


def _reaching(
    local: npt.NDArray[np.float32], faces: npt.NDArray[np.int64], shape: tuple[int, int, int]
) -> npt.NDArray[np.int64]:
    """Only the faces that a ray of this grid can meet."""
    low = np.minimum(np.minimum(local[faces[:, 0]], local[faces[:, 1]]), local[faces[:, 2]])
    high = np.maximum(np.maximum(local[faces[:, 0]], local[faces[:, 1]]), local[faces[:, 2]])
    met = (low[:, :2] < np.array(shape[:2], np.float32) + 1).all(axis=1) & (high[:, :2] > -1).all(axis=1)
    return np.asarray(faces[met], np.int64)


def _columns(local: npt.NDArray[np.float32], nu: int, nv: int) -> npt.NDArray[np.int64]:
    """The columns within the mesh's own box: the others need no ray."""
    low = np.clip(np.floor(local.min(axis=0)), 0, None).astype(int)
    high = np.ceil(local.max(axis=0)).astype(int) + 1
    u = np.arange(low[0], min(high[0], nu))
    v = np.arange(low[1], min(high[1], nv))
    return np.asarray((u[:, None] * nv + v[None, :]).reshape(-1), np.int64)


def draining(space: Bools, out: Bools, *, diagonal: bool = False) -> Bools:
    """Which cells of a space have a way to one that is ``out`` and never climbs; up is the last axis.

    ``diagonal`` says whether what runs level passes between cells that touch at a corner only.
    """
    from scipy import ndimage

    joins = ndimage.generate_binary_structure(2, 2 if diagonal else 1)
    dry = np.zeros_like(space)
    below = np.zeros(space.shape[:2], bool)
    for z in range(space.shape[2]):
        label, count = ndimage.label(space[:, :, z], joins)
        free = np.zeros(count + 1, bool)
        free[label[below | out[:, :, z]]] = True
        free[0] = False
        below = free[label]
        dry[:, :, z] = below
    return dry


def depth_in(mask: Bools, step: float, *, level: bool = False) -> Floats:
    """How deep each cell's middle lies under the surface of ``mask``, in mm, 0 outside (to half a cell).

    ``level`` measures within each layer of the third axis only.
    """
    from scipy.ndimage import distance_transform_edt

    if not mask.any():
        return np.zeros(mask.shape)
    padded = np.pad(mask, 1)
    sides = (1.0, 1.0, 1e6 if level else 1.0)
    deep = np.asarray(distance_transform_edt(padded, sampling=sides), np.float64)[1:-1, 1:-1, 1:-1]
    return np.where(mask, np.maximum(deep - 0.5, 0.0) * step, 0.0)
