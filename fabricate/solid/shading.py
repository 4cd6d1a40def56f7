"""How the parts of a prepared figure are shaded in pictures: only by what can be seen of them.

Parts abut, so each has walls inside the figure where it meets its neighbours. Those walls would bend the
light along every seam if their faces took part in the seam's normals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render import Surface
from fabricate.render.normals import corner_normals
from fabricate.render.rays import Caster, caster
from fabricate.render.scene import BEVEL
from fabricate.solid.colour import vertex_rgba

if TYPE_CHECKING:
    import trimesh

__all__ = ["FLAT", "seen_surfaces"]

FLAT = frozenset(("base", "name"))
"""Parts made of planes: shaded flat, for their long triangles make smooth shading streaky."""
ABOVE_MM = 0.01
"""A face is seen when a point this far above its middle is outside the whole."""


def seen_surfaces(parts: Mapping[str, trimesh.Trimesh], whole: trimesh.Trimesh) -> list[Surface]:
    """Each part in mm as a surface with a normal at each corner; ``whole``: the parts' union."""
    points, faces = np.asarray(whole.vertices, np.float32), np.asarray(whole.faces)
    solid, rays = points[faces], caster(points, faces)
    outward = np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0])
    bevel = BEVEL * float(np.linalg.norm(np.ptp(solid.reshape(-1, 3), axis=0)))
    out = []
    for name, mesh in parts.items():
        points, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces)
        colour = vertex_rgba(mesh)[:, :3].astype(np.float32) / 255
        facing = np.asarray(mesh.face_normals, np.float32)
        # what is not seen needs no more than where it faces
        normals = np.repeat(facing[:, None], 3, axis=1)
        if name not in FLAT:
            seen = _in_the_open(points[faces].mean(axis=1) + ABOVE_MM * facing, facing, rays, outward)
            normals[seen] = corner_normals(points, faces[seen], bevel=bevel)
        corners = np.arange(3 * len(faces)).reshape(-1, 3)
        shade = colour[0] if (colour == colour[0]).all() else colour[faces].reshape(-1, 3)
        out.append(Surface(points[faces].reshape(-1, 3), corners, shade, normals.reshape(-1, 3)))
    return out


def _in_the_open(
    start: npt.NDArray[np.float32],
    way: npt.NDArray[np.float32],
    rays: Caster,
    outward: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Which points (n, 3) lie outside the solid: going their way, they do not leave it."""
    hits = rays.closest(start, way)
    leaves = np.einsum("ij,ij->i", outward[np.maximum(hits.face, 0)], way) > 0
    return np.asarray((hits.face < 0) | ~leaves)
