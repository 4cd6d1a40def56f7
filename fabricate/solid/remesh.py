"""A broken mesh sculpted anew: a lattice of points, each told in or out, and a skin drawn between them.

A point is in when ``lattice`` tells so, or when it lies in a plate around a piece of surface that the solid
would miss (a sheet without thickness). The skin's vertices lie where the lattice meets the surface itself, so
that nothing is rounded; where a hole was closed the skin is drawn taut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.closeness import closest_weights
from fabricate.solid.cubes import Skin, skin_of
from fabricate.solid.lattice import Crossed, Lattice, enclosed, lattice_for, majority

if TYPE_CHECKING:
    import trimesh
    from scipy.spatial import cKDTree

__all__ = ["PLATE", "remeshed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_CROSSINGS = 400_000
"""Meetings of lattice and surface at most: with more, the voxel grows. About half as many as triangles."""
PLATE = 0.75
"""Half the thickness of a plate around a lone sheet, in voxels."""
NEAREST, FURTHEST = 0.02, 0.98
"""Where on a lattice edge a vertex may lie: apart from all others, even in float32."""
TAUT = 24
AT_ONCE = 100_000
"""Lattice points whose distance is taken at once: about 300 bytes each."""
MOST_HOLLOW = 0.003
"""Of the solid: a hollow larger than this is somebody's, and is not walled in."""


def remeshed(corners: Floats, voxel: float, *, signed: bool = True) -> tuple[trimesh.Trimesh, float, float]:
    """A closed mesh around triangles (m, 3, 3), the voxel used, and the share of surface made a plate.

    ``signed`` False does not ask which way faces look: solid is then only what is enclosed, or a plate.
    """
    import trimesh as tm

    lattice = lattice_for(corners, _affordable(corners, voxel))
    crossed = Crossed(lattice, corners)
    inside = enclosed(crossed)
    if signed:
        inside |= majority(crossed)
    places, faces, share = _missed(crossed, inside)
    plates = _Plates(lattice, crossed.scaled, places, faces)
    only_plate = plates.inside & ~inside
    inside |= only_plate
    inside = _closed_up(inside)
    skin = skin_of(inside)
    if not len(skin.faces):
        return tm.Trimesh(), lattice.voxel, share
    along, free = _places(crossed, skin, inside, only_plate, plates)
    points = np.stack(np.unravel_index(skin.lower, lattice.shape), axis=1).astype(np.float64)
    points[np.arange(len(points)), skin.axis] += _taut(skin, points, along, free)
    mesh = tm.Trimesh(points * lattice.voxel + lattice.low, skin.faces, process=False)
    return mesh, lattice.voxel, share


def _affordable(corners: Floats, voxel: float) -> float:
    """The voxel, larger where the surface would need more than ``MOST_CROSSINGS``."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    expected = float(np.abs(cross).sum()) / 2 / voxel**2
    return voxel * max(1.0, float((expected / MOST_CROSSINGS) ** 0.5))


def _widened(points: Bools) -> Bools:
    """Points and all their 26 neighbours."""
    made = points.copy()
    for axis in range(3):
        once = made.copy()
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        made[tuple(low)] |= once[tuple(high)]
        made[tuple(high)] |= once[tuple(low)]
    return made


def _missed(crossed: Crossed, inside: Bools) -> tuple[Floats, Ints, float]:
    """Crossings that the solid misses: places (k, 3) in lattice units, faces (k,), and their share of all.

    Missed is a crossing with no neighbour that is in; around it, all those with both ends out, so that a
    plate reaches the solid which it grows from.
    """
    lattice, met, lower = crossed.lattice, crossed.met, crossed.lower
    near = _stepped(inside, np.logical_or).reshape(-1)
    seeds = np.zeros(lattice.shape, bool)
    alone = 0
    for axis in range(3):
        far = ~near[lower[axis]] & ~near[lower[axis] + lattice.stride[axis]]
        seeds.reshape(-1)[lower[axis][far]] = True
        alone += int(far.sum())
    del near
    every = max(sum(len(each.u) for each in met), 1)
    if not alone:
        return np.zeros((0, 3)), np.zeros(0, np.int64), 0.0
    around = _widened(_widened(_widened(seeds))).reshape(-1)
    flat = inside.reshape(-1)
    places, faces = [], []
    for axis in range(3):
        out = around[lower[axis]] & ~flat[lower[axis]] & ~flat[lower[axis] + lattice.stride[axis]]
        point = np.zeros((int(out.sum()), 3))
        point[:, axis] = met[axis].depth[out]
        point[:, (axis + 1) % 3] = met[axis].u[out]
        point[:, (axis + 2) % 3] = met[axis].v[out]
        places.append(point)
        faces.append(met[axis].face[out])
    return np.concatenate(places), np.concatenate(faces), alone / every


class _Plates:
    """A field of distances around what the solid missed, less half a plate: negative within the plates."""

    def __init__(self, lattice: Lattice, scaled: Floats, places: Floats, faces: Ints) -> None:
        from scipy.spatial import cKDTree

        self.inside = np.zeros(lattice.shape, bool)
        self._index, self._value = np.zeros(0, np.int64), np.zeros(0)
        if not len(places):
            return
        spots = np.rint(places).astype(np.int64)
        self.inside[spots[:, 0], spots[:, 1], spots[:, 2]] = True
        around = _widened(_widened(self.inside))
        point = np.stack(np.nonzero(around), axis=1)
        del around
        tree = cKDTree(places)
        pieces = np.array_split(point, max(1, len(point) // AT_ONCE))
        distance = np.concatenate([_away(piece, tree, scaled, faces) for piece in pieces])
        self._index = np.asarray(point @ lattice.stride, np.int64)
        self._value = distance - PLATE
        self.inside[:] = False
        self.inside.reshape(-1)[self._index[self._value < 0]] = True

    def value(self, flat: Ints) -> Floats:
        """The field at lattice points; one voxel where it was never asked for."""
        if not len(self._index):
            return np.ones(len(flat))
        at = np.minimum(np.searchsorted(self._index, flat), len(self._index) - 1)
        return np.where(self._index[at] == flat, self._value[at], 1.0)


def _away(point: Ints, tree: cKDTree, scaled: Floats, faces: Ints) -> Floats:
    """How far lattice points (n, 3) are from the faces of the few crossings in ``tree`` that are nearest."""
    few = min(4, tree.n)
    near = tree.query(point.astype(np.float64), k=few, workers=1)[1].reshape(-1, few)
    distance = np.full(len(point), np.inf)
    for column in near.T:
        own = scaled[faces[column]]
        spot = np.einsum("ij,ijk->ik", closest_weights(point.astype(np.float64), own), own)
        distance = np.minimum(distance, np.linalg.norm(spot - point, axis=1))
    return distance


def _closed_up(inside: Bools) -> Bools:
    """Hollows filled, and gaps of one or two points: narrower than any nozzle or pixel can leave open.

    Gaps are left when closing them would wall in a hollow that was open.
    """
    wide = _stepped(_stepped(inside, np.logical_or), np.logical_and)
    wide |= inside
    least = int(wide.sum())
    _hollows_filled(wide)
    hollow = int(wide.sum()) - least
    _hollows_filled(inside)
    return wide if hollow <= MOST_HOLLOW * least else inside


def _stepped(points: Bools, join: np.ufunc) -> Bools:
    """Each point joined with its six neighbours."""
    made = points.copy()
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        join(made[tuple(low)], points[tuple(high)], out=made[tuple(low)])
        join(made[tuple(high)], points[tuple(low)], out=made[tuple(high)])
    return made


def _hollows_filled(inside: Bools) -> None:
    """What is out, though walled in on all sides, becomes in."""
    from scipy import ndimage

    regions = np.zeros(inside.shape, np.int32)
    ndimage.label(~inside, output=regions)
    inside |= regions != regions[0, 0, 0]


def _places(
    crossed: Crossed, skin: Skin, inside: Bools, only_plate: Bools, plates: _Plates
) -> tuple[Floats, Bools]:
    """Where each vertex lies on its lattice edge, 0..1, and which have nothing to hold on to."""
    met, lower = crossed.met, crossed.lower
    upper = skin.lower + crossed.lattice.stride[skin.axis]
    rising = ~inside.reshape(-1)[skin.lower]
    along = np.full(len(skin.lower), 0.5)
    free = np.ones(len(skin.lower), bool)
    for axis in range(3):
        rows = np.flatnonzero(skin.axis == axis)
        order = np.argsort(lower[axis] + met[axis].depth - np.ceil(met[axis].depth) + 1)
        edge, depth = lower[axis][order], met[axis].depth[order]
        if not len(edge):
            continue
        # into the solid the first crossing counts, out of it the last: what is seen from outside
        first = np.searchsorted(edge, skin.lower[rows], side="left")
        last = np.searchsorted(edge, skin.lower[rows], side="right") - 1
        found = last >= first
        pick = np.where(rising[rows], np.minimum(first, len(edge) - 1), last)
        share = depth[pick] - np.ceil(depth[pick]) + 1
        along[rows[found]] = share[found]
        free[rows[found]] = False
    plate = only_plate.reshape(-1)
    rows = np.flatnonzero(np.where(rising, plate[upper], plate[skin.lower]))
    one, two = plates.value(skin.lower[rows]), plates.value(upper[rows])
    along[rows] = np.where(one * two < 0, one / np.where(one == two, 1.0, one - two), 0.5)
    free[rows] = False
    return along, free


def _taut(skin: Skin, start: Floats, along: Floats, free: Bools) -> Floats:
    """Free vertices slid along their lattice edges towards their neighbours' middle: a film over a hole.

    No vertex leaves its edge, so the skin never folds.
    """
    from scipy.sparse import coo_array

    rows = np.flatnonzero(free)
    along = np.clip(along, NEAREST, FURTHEST)
    if not len(rows):
        return along
    faces = skin.faces
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = ends[free[ends[:, 0]]]
    place = np.zeros(len(start), np.int64)
    place[rows] = np.arange(len(rows))
    links = coo_array(
        (np.ones(len(ends)), (place[ends[:, 0]], ends[:, 1])), shape=(len(rows), len(start))
    ).tocsr()
    weight = np.asarray(links.sum(axis=1))
    axis = skin.axis[rows]
    row = np.arange(len(rows))
    points = start.copy()
    points[np.arange(len(points)), skin.axis] += along
    for _ in range(TAUT):
        middle = (links @ points)[row, axis] / weight
        points[rows, axis] = np.clip(middle, start[rows, axis] + NEAREST, start[rows, axis] + FURTHEST)
    return np.asarray((points - start)[np.arange(len(points)), skin.axis], np.float64)
