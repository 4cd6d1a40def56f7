"""Coloured triangles made ready for rays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fabricate.render.camera import span
from fabricate.render.normals import corner_normals, merged
from fabricate.render.rays import Caster, Hits, caster
from fabricate.render.shading import Spots, to_linear
from fabricate.render.threads import in_threads

__all__ = ["Scene", "Surface"]

F32 = NDArray[np.float32]
Ints = NDArray[np.int64]

BEVEL = 0.008
"""Triangles smaller than this share of the scene are cells of a sculpted surface (see ``corner_normals``)."""


@dataclass(frozen=True)
class Surface:
    """Triangles of one part: ``vertices`` (n, 3), ``faces`` (m, 3).

    ``colour`` is sRGB 0..1, (3,) or one a vertex (n, 3). ``normals`` (n, 3), or None to have them found:
    smooth but for creases. ``gloss`` 0 cloth .. 1 wet plastic; ``soft`` 0..1 lets warm light bleed through
    as skin does.
    """

    vertices: NDArray[np.floating]
    faces: NDArray[np.integer]
    colour: ArrayLike
    normals: NDArray[np.floating] | None = None
    gloss: float = 0.35
    soft: float = 0.0


class Scene:
    """Surfaces gathered for rays: build it once, take as many pictures as you like.

    ``part`` (m,) is the index of each triangle's surface. Faces with a corner that is not finite are left
    out. ``points`` (n, 3) are the vertices that any face uses.
    """

    def __init__(self, surfaces: Sequence[Surface]) -> None:
        blank = np.zeros((0, 3), dtype=np.float32)
        given = list(surfaces) or [Surface(blank, blank.astype(np.int64), (0, 0, 0))]
        sound = [_sound(s) for s in given]
        self.points = np.concatenate([points for _, _, points in sound])
        self.part = np.repeat(np.arange(len(sound)), [len(faces) for _, faces, _ in sound])
        self._vertices = np.concatenate([vertices for vertices, _, _ in sound])
        first = np.cumsum([0, *(len(vertices) for vertices, _, _ in sound)])
        self._faces = np.concatenate([faces + k for k, (_, faces, _) in zip(first, sound, strict=False)])
        self._shades = np.concatenate(
            [
                np.broadcast_to(to_linear(surface.colour), vertices.shape)[faces]
                for surface, (vertices, faces, _) in zip(given, sound, strict=True)
            ]
        )

        def normals(part: slice) -> F32:
            vertices, faces, _ = sound[part.start]
            return _normals(given[part.start], vertices, faces, BEVEL * self.size)

        self._normals = np.concatenate(in_threads(normals, len(given), 1))
        self._traits = np.array([[s.gloss, s.soft] for s in given], dtype=np.float32)

    @cached_property
    def caster(self) -> Caster:
        """What answers rays."""
        return caster(self._vertices, self._faces)

    @property
    def corners(self) -> F32:
        """The triangles (m, 3, 3) float32."""
        corners: F32 = self._vertices[self._faces]
        return corners

    @cached_property
    def bounds(self) -> F32:
        """Lowest and highest corner (2, 3); zeros for a scene without faces."""
        return np.stack(span(self.points)) if len(self.points) else np.zeros((2, 3), np.float32)

    @cached_property
    def size(self) -> float:
        """The diagonal of the bounds, 1 when there is none."""
        return float(np.linalg.norm(self.bounds[1] - self.bounds[0])) or 1.0

    def spots(self, hits: Hits, origins: F32, directions: F32) -> Spots:
        """The points that were hit; every ``hits.face`` must be >= 0."""
        face = hits.face
        weight = np.clip(np.stack([1 - hits.u - hits.v, hits.u, hits.v], axis=1), 0, 1)
        normal = np.einsum("ic,icj->ij", weight, self._normals[face])
        normal /= np.maximum(np.sqrt(np.einsum("ij,ij->i", normal, normal)), 1e-12)[:, None]
        away = np.einsum("ij,ij->i", normal, directions)
        # a back side shows its own light; a front at the very rim, where the smooth normal tips over, not
        normal *= np.where(away > 0.3, -1, 1).astype(np.float32)[:, None]
        albedo = np.einsum("ic,icj->ij", weight, self._shades[face])
        gloss, soft = self._traits[self.part[face]].T
        where = origins + directions * hits.distance[:, None]
        return Spots(where, normal, -directions, albedo, gloss, soft)


def _sound(surface: Surface) -> tuple[F32, Ints, F32]:
    """All vertices, the faces whose corners are finite, and the vertices that those use."""
    vertices = np.asarray(surface.vertices, dtype=np.float32).reshape(-1, 3)
    faces = np.asarray(surface.faces, dtype=np.int64).reshape(-1, 3)
    finite = np.isfinite(vertices[:, 0] + vertices[:, 1] + vertices[:, 2])
    faces = faces[finite[faces[:, 0]] & finite[faces[:, 1]] & finite[faces[:, 2]]]
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    return vertices, faces, vertices[used]


def _normals(surface: Surface, vertices: F32, faces: Ints, bevel: float) -> F32:
    if surface.normals is not None:
        return np.asarray(surface.normals, dtype=np.float32).reshape(-1, 3)[faces]
    if len(vertices) >= 3 * len(faces):  # a soup of loose triangles, as an STL file holds them
        vertices, faces = merged(vertices, faces)
    return corner_normals(vertices, faces, bevel=bevel)
