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
from fabricate.solid.colour import vertex_rgba

if TYPE_CHECKING:
    import trimesh

__all__ = ["FLAT", "seen_surfaces"]

FLAT = frozenset(("base", "name"))
"""Parts made of planes: shaded flat, for their long triangles make smooth shading streaky."""
NEAR_MM = 0.02
"""A part's point this close to a point of the whole lies on its outside."""
BEVEL = 0.008
"""Faces with all edges shorter than this share of the figure are cells of a sculpted surface."""


def seen_surfaces(parts: Mapping[str, trimesh.Trimesh], outside: npt.NDArray[np.floating]) -> list[Surface]:
    """Each part in mm as a surface with a normal a corner; ``outside``: the points (n, 3) of the union."""
    from scipy.spatial import cKDTree

    tree = cKDTree(np.asarray(outside, np.float32))
    bevel = BEVEL * float(np.linalg.norm(np.ptp(np.asarray(outside), axis=0)))
    out = []
    for name, mesh in parts.items():
        points, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces)
        colour = vertex_rgba(mesh)[:, :3].astype(np.float32) / 255
        if name in FLAT:
            normals = np.repeat(np.asarray(mesh.face_normals, np.float32)[:, None], 3, axis=1)
        else:
            normals = corner_normals(points, faces, bevel=bevel)
            near = tree.query(points, distance_upper_bound=NEAR_MM)[0] < NEAR_MM
            seen = near[faces].all(axis=1)
            normals[seen] = corner_normals(points, faces[seen], bevel=bevel)
        corners = np.arange(3 * len(faces)).reshape(-1, 3)
        shade = colour[0] if (colour == colour[0]).all() else colour[faces].reshape(-1, 3)
        out.append(Surface(points[faces].reshape(-1, 3), corners, shade, normals.reshape(-1, 3)))
    return out
