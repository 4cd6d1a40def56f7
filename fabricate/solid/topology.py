"""How a mesh hangs together: welded points, edges counted, bodies told apart with their signed volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import trimesh

__all__ = ["Census", "census", "weld"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Census:
    """What a mesh is made of once points at one place are one.

    ``vertices`` (n, 3) float32, ``faces`` (m, 3); ``kept`` (m,) indices of these faces in the mesh that came
    in (faces without three corners are left out). ``open_edges`` have one face, ``crowded_edges`` more than
    two, ``flipped_edges`` two that disagree about outside. ``body`` (m,) numbers the bodies, joined through
    edges; ``volumes`` (k,) their signed volumes.
    """

    vertices: npt.NDArray[np.float32]
    faces: Ints
    kept: Ints
    open_edges: int
    crowded_edges: int
    flipped_edges: int
    body: Ints
    volumes: npt.NDArray[np.float64]

    @property
    def sound(self) -> bool:
        """Closed, two faces at every edge, all facing one way."""
        return len(self.faces) > 0 and not (self.open_edges or self.crowded_edges or self.flipped_edges)

    def mesh(self, keep: npt.NDArray[np.bool_]) -> trimesh.Trimesh:
        """The bodies that ``keep`` (k,) says, welded, without colours."""
        import trimesh as tm

        used, packed = np.unique(self.faces[keep[self.body]], return_inverse=True)
        return tm.Trimesh(self.vertices[used].astype(np.float64), packed.reshape(-1, 3), process=False)


def weld(mesh: trimesh.Trimesh) -> tuple[npt.NDArray[np.float32], Ints, Ints]:
    """Points at one float32 place joined, as an STL reader does: (vertices, faces, indices of faces kept)."""
    points = np.ascontiguousarray(mesh.vertices, np.float32) + np.float32(0)  # -0 is 0
    keys = points.view(np.uint32).astype(np.uint64)
    # two 64-bit words sort much faster than rows of three
    order = np.lexsort((keys[:, 2], keys[:, 0] << np.uint64(32) | keys[:, 1]))
    ordered = points[order]
    new = np.ones(len(points), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    place = np.zeros(len(points), np.int64)
    place[order] = np.cumsum(new) - 1
    faces = place[np.asarray(mesh.faces, np.int64)]
    a, b, c = faces.T
    kept = np.flatnonzero((a != b) & (b != c) & (c != a))
    return ordered[new], faces[kept], kept


def census(mesh: trimesh.Trimesh) -> Census:
    """The census of a mesh; a mesh without faces has no bodies and is not sound."""
    vertices, faces, kept = weld(mesh)
    count = len(vertices)
    tail = faces.reshape(-1)
    head = faces[:, [1, 2, 0]].reshape(-1)
    forward = tail < head
    key = np.where(forward, tail * count + head, head * count + tail)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(key) else order[:0]
    sizes = np.diff(np.append(starts, len(key)))
    pairs = starts[sizes == 2]
    one, two = order[pairs], order[pairs + 1]
    flipped = int((forward[one] == forward[two]).sum())
    body = _bodies(order, starts, sizes, len(faces))
    return Census(
        vertices=vertices,
        faces=faces,
        kept=kept,
        open_edges=int((sizes == 1).sum()),
        crowded_edges=int((sizes > 2).sum()),
        flipped_edges=flipped,
        body=body,
        volumes=_volumes(vertices, faces, body),
    )


def _bodies(order: Ints, starts: Ints, sizes: Ints, faces: int) -> Ints:
    """Faces that share an edge are of one body; at a crowded edge all its faces are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not faces:
        return np.zeros(0, np.int64)
    face = order // 3
    joined = np.ones(len(face), bool)
    joined[starts] = False
    right = np.flatnonzero(joined)
    links = coo_array(
        (np.ones(len(right), np.int8), (face[right - 1], face[right])), shape=(faces, faces)
    ).tocsr()
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def _volumes(vertices: npt.NDArray[np.float32], faces: Ints, body: Ints) -> npt.NDArray[np.float64]:
    if not len(faces):
        return np.zeros(0)
    points = vertices.astype(np.float64)
    corners = (points - points.mean(axis=0))[faces]
    each = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    return np.asarray(np.bincount(body, each), np.float64)
