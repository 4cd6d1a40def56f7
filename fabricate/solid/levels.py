"""The surface where a field on a grid passes through zero, as a solid: always closed, two faces an edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.cubes import skin_of

if TYPE_CHECKING:
    import manifold3d

__all__ = ["solid_below"]

LEAST = 0.02
"""How near a vertex may come to a node, in steps: nearer ones would meet in float32."""


def solid_below(
    field: npt.NDArray[np.floating], step: float, low: npt.ArrayLike
) -> manifold3d.Manifold | None:
    """The solid where ``field`` (nx, ny, nz) is below zero, its first node at ``low``; None for none.

    The outermost nodes count as above zero, whatever they say.
    """
    import manifold3d as m3

    inside = np.zeros(field.shape, bool)
    inside[1:-1, 1:-1, 1:-1] = field[1:-1, 1:-1, 1:-1] < 0
    if not inside.any():
        return None
    skin = skin_of(inside)
    flat = field.reshape(-1)
    stride = np.array([field.shape[1] * field.shape[2], field.shape[2], 1])
    here = flat[skin.lower].astype(np.float64)
    there = flat[skin.lower + stride[skin.axis]].astype(np.float64)
    apart = here - there
    along = np.where(np.abs(apart) > 1e-12, here / np.where(apart == 0, 1.0, apart), 0.5)
    points = np.stack(np.unravel_index(skin.lower, field.shape), axis=1).astype(np.float64)
    points[np.arange(len(points)), skin.axis] += np.clip(along, LEAST, 1 - LEAST)
    raw = m3.Mesh(
        vert_properties=np.ascontiguousarray(points * step + np.asarray(low), np.float32),
        tri_verts=np.ascontiguousarray(skin.faces, np.uint32),
    )
    solid = m3.Manifold(raw)
    if solid.status() != m3.Error.NoError or solid.is_empty() or solid.volume() <= 0:
        return None
    return solid
