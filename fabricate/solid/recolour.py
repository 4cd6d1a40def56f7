"""The colours of one surface carried over to another that lies on it or near it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.solid.closeness import Surface
from fabricate.solid.colour import is_uniform, vertex_rgba

if TYPE_CHECKING:
    import trimesh

__all__ = ["coloured_like"]

SAME = 1e-4


def coloured_like(made: trimesh.Trimesh, old: trimesh.Trimesh) -> trimesh.Trimesh:
    """``made`` (changed in place and returned), every vertex in the colour of the vertex of ``old`` at its
    place, or else of the nearest point of its surface; without colours when ``old`` has none."""
    import trimesh as tm
    from scipy.spatial import cKDTree

    visual: Any = old.visual
    if getattr(visual, "kind", None) is None:
        return made
    rgba = vertex_rgba(old)
    if is_uniform(old):
        colours = np.repeat(rgba[:1], len(made.vertices), axis=0)
    else:
        points = np.asarray(old.vertices, np.float64)
        away, which = cKDTree(points).query(made.vertices)
        colours = rgba[which]
        new = np.flatnonzero(away > SAME)
        if len(new):
            faces = np.asarray(old.faces)[np.asarray(old.area_faces) > 0]
            near = Surface(points[faces], 100_000).nearest(np.asarray(made.vertices, np.float64)[new])
            mixed = np.einsum("ij,ijk->ik", near.weights, rgba[faces[near.face]].astype(np.float64))
            colours[new] = np.rint(mixed).astype(np.uint8)
    made.visual = tm.visual.ColorVisuals(vertex_colors=colours)
    return made
