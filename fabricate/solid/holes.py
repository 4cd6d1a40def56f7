"""The gentle mending of a mesh's surface: cracks welded, faces made to agree and look out, holes capped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import caster
from fabricate.solid.adjacency import agreeing, edges_of, parted, pieces_of, without_doubles
from fabricate.solid.closeness import areas, escapes, normals_of

if TYPE_CHECKING:
    import trimesh

__all__ = ["Mended", "mended_surface"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CRACKS = (0.0, 1e-6, 1e-5, 1e-4)
"""How far apart points may lie that are one, as shares of the mesh's diagonal."""
MOST_RIM = 60_000
"""With more open edges than this a mesh is no surface with holes: nothing is capped."""
LID = 0.45
"""A piece is capped when its lids are smaller than this share of it: a sheet is no vessel."""
ASKED = 24
"""Points of each piece that are asked which of their sides is seen from outside."""


@dataclass(frozen=True)
class Mended:
    """Triangles as ``points`` (n, 3) and ``faces`` (m, 3), and what was done, in plain words."""

    points: Floats
    faces: Ints
    repairs: tuple[str, ...] = field(default=())

    @property
    def corners(self) -> Floats:
        """The triangles themselves, (m, 3, 3)."""
        return np.asarray(self.points[self.faces], np.float64)

    def mesh(self, faces: Ints) -> trimesh.Trimesh:
        """Some faces, (k, 3) indices of its points, as a mesh with all its points."""
        import trimesh as tm

        return tm.Trimesh(self.points, faces, process=False)


def mended_surface(points: Floats, faces: Ints) -> Mended:
    """The surface with cracks welded, double faces left out, faces turned outwards and its holes capped.

    Nothing that is closed and faces outwards is changed.
    """
    said: list[str] = []
    points, faces, cracks = _welded(points, faces)
    if cracks:
        said.append(f"{cracks:,} cracks between points that all but touch were welded")
    faces, doubles = without_doubles(faces)
    if doubles:
        said.append(f"{doubles:,} double faces were left out")
    faces, flips = agreeing(faces)
    if flips:
        said.append(f"{flips:,} faces were turned to agree with their neighbours")
    faces, turned = _outwards(points, faces)
    if turned:
        said.append("a surface was inside out: turned" if turned == 1 else f"{turned} pieces were inside out")
    points, faces, crowds = parted(points, faces)
    if crowds:
        said.append(f"{crowds:,} edges where more than two faces met were parted")
    points, faces, lids = _capped(points, faces)
    if crowds or lids:
        # a lid may touch what was there, and what was parted may be open
        points, faces, again = parted(points, faces)
        points, faces, more = _capped(points, faces) if again else (points, faces, 0)
        lids += more
    if lids:
        said.append("a hole was closed" if lids == 1 else f"{lids} holes were closed")
    return Mended(points, faces, tuple(said))


def _welded(points: Floats, faces: Ints) -> tuple[Floats, Ints, int]:
    """Points at one place joined; with a little tolerance where that closes cracks."""
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    best: tuple[int, Floats, Ints] | None = None
    first = 0
    for share in CRACKS:
        _, keep, place = np.unique(
            np.rint((points - points.min(axis=0)) / (share * diagonal)).astype(np.int64)
            if share
            else points.astype(np.float32),
            axis=0,
            return_index=True,
            return_inverse=True,
        )
        made = place.reshape(-1)[faces]
        a, b, c = made.T
        made = made[(a != b) & (b != c) & (c != a)]
        rim = int((edges_of(made)[0] == 1).sum())
        if best is None:
            first = rim
        if best is None or (rim < 0.7 * best[0] and len(made) > 0.9 * len(best[2])):
            best = (rim, points[keep], made)
        if not best[0]:
            break
    if best is None:
        return points, faces, 0
    return best[1], best[2], (first - best[0]) // 2


def _outwards(points: Floats, faces: Ints) -> tuple[Ints, int]:
    """Pieces that look inwards turned: closed ones by their volume, open ones by which side is seen."""
    piece = pieces_of(faces)[0]
    count = int(piece.max()) + 1
    corners = points[faces]
    middle = np.array([np.bincount(piece, c, count) for c in corners.mean(axis=1).T]).T
    middle /= np.bincount(piece, minlength=count)[:, None]
    own = corners - middle[piece][:, None]
    volume = np.bincount(piece, np.einsum("ij,ij->i", own[:, 0], np.cross(own[:, 1], own[:, 2])) / 6, count)
    shared, edge = edges_of(faces)
    rim = np.bincount(piece, (shared[edge] == 1).reshape(-1, 3).sum(axis=1), count)
    turn = np.where(rim == 0, volume < 0, False)
    open_ = np.flatnonzero(rim > 0)
    if len(open_):
        turn[open_] = _seen_from_behind(corners, piece, open_)
    flip = turn[piece]
    made = faces.copy()
    made[flip] = made[flip][:, ::-1]
    return made, int(turn.sum())


def _seen_from_behind(corners: Floats, piece: Ints, which: Ints) -> Bools:
    """Which of some pieces show more of their back than of their front to the outside."""
    order = np.argsort(piece, kind="stable")
    starts = np.searchsorted(piece[order], which)
    ends = np.searchsorted(piece[order], which, side="right")
    random = np.random.default_rng(3)
    area = areas(corners)
    asked, owner = [], []
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        own = order[start:end]
        weight = area[own].sum()
        if weight <= 0:
            continue
        chosen = random.choice(own, min(ASKED, 4 * len(own)), p=area[own] / weight)
        asked.append(chosen)
        owner.append(np.full(len(chosen), i))
    if not asked:
        return np.zeros(len(which), bool)
    face, own_of = np.concatenate(asked), np.concatenate(owner)
    weights = random.dirichlet((1.0, 1.0, 1.0), len(face))
    spots = np.einsum("ij,ijk->ik", weights, corners[face])
    size = float(np.linalg.norm(np.ptp(corners.reshape(-1, 3), axis=0)))
    rays = caster(corners.astype(np.float32))
    normal = normals_of(corners[face])
    front, back = escapes(rays, spots, normal, size), escapes(rays, spots, -normal, size)
    total_front = np.bincount(own_of, front, len(which))
    total_back = np.bincount(own_of, back, len(which))
    return np.asarray(total_back > 1.3 * total_front + 0.02)


def _capped(points: Floats, faces: Ints) -> tuple[Floats, Ints, int]:
    """Holes closed by lids, piece by piece, where the lids are small beside the piece."""
    count, edge = edges_of(faces)
    single = (count[edge] == 1).reshape(-1, 3)
    if not single.any() or single.sum() > MOST_RIM:
        return points, faces, 0
    face, side = np.nonzero(single)
    # a lid runs along the rim the other way round
    tails, heads = faces[face, (side + 1) % 3], faces[face, side]
    loops = _loops(tails, heads)
    piece = pieces_of(faces)[0]
    of_vertex = np.zeros(len(points), np.int64)
    of_vertex[tails] = piece[face]
    of_piece = np.bincount(piece, areas(points[faces]))
    lids: dict[int, list[tuple[Floats, Ints]]] = {}
    more = [points]
    total = len(points)
    for loop in loops:
        lid, extra = _lid(points, loop, total)
        lids.setdefault(int(of_vertex[loop[0]]), []).append((extra, lid))
        more.append(extra)
        total += len(extra)
    every = np.concatenate(more)
    made, closed = [faces], 0
    for own, several in lids.items():
        added = np.concatenate([lid for _, lid in several])
        if areas(every[added]).sum() < LID * of_piece[own]:
            made.append(added)
            closed += len(several)
    used, packed = np.unique(np.concatenate(made), return_inverse=True)
    return every[used], packed.reshape(-1, 3).astype(np.int64), closed


def _loops(tails: Ints, heads: Ints) -> list[Ints]:
    """Directed rim edges as closed loops; at a point where several meet, each loop is closed as soon as it
    can be."""
    after: dict[int, list[int]] = {}
    for tail, head in zip(tails.tolist(), heads.tolist(), strict=True):
        after.setdefault(tail, []).append(head)
    loops = []
    for start in list(after):
        while after.get(start):
            path, at = [start], {start: 0}
            while after.get(path[-1]):
                here = after[path[-1]].pop()
                if here in at:
                    loop = path[at[here] :]
                    if len(loop) > 2:
                        loops.append(np.array(loop, np.int64))
                    for gone in loop[1:]:
                        del at[gone]
                    path = path[: at[here] + 1]
                else:
                    at[here] = len(path)
                    path.append(here)
    return loops


def _lid(points: Floats, loop: Ints, total: int) -> tuple[Ints, Floats]:
    """Triangles that close a loop, and the points that they add (at most one), numbered from ``total``."""
    if len(loop) == 3:
        return loop[None], np.zeros((0, 3))
    rim = points[loop]
    middle = rim.mean(axis=0)
    flat = _flattened(rim - middle)
    if flat is not None:
        import manifold3d as m3

        cut = np.asarray(m3.triangulate([flat]), np.int64).reshape(-1, 3)
        if len(cut) == len(loop) - 2:
            return loop[cut], np.zeros((0, 3))
    fan = np.stack([loop, np.roll(loop, -1), np.full(len(loop), total)], axis=1)
    return fan, middle[None]


def _flattened(rim: Floats) -> Floats | None:
    """A loop laid on its own plane, anticlockwise; None when it is far from flat."""
    normal = np.cross(rim, np.roll(rim, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    size = float(np.abs(rim).max())
    if length <= 1e-9 * size**2:
        return None
    normal /= length
    if np.abs(rim @ normal).max() > 0.12 * size:
        return None
    one = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    one /= np.linalg.norm(one)
    return np.stack([rim @ one, rim @ np.cross(normal, one)], axis=1)
