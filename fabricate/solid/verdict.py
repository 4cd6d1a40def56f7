"""Whether a mended mesh may stand for the one that came in: sound, nothing lost, nothing grown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import to_manifold
from fabricate.solid.closeness import Surface, seen, spread
from fabricate.solid.topology import census
from fabricate.solid.winding import measure_winding

if TYPE_CHECKING:
    import trimesh

__all__ = ["Likeness", "Original", "is_solid", "is_sound"]

Floats = npt.NDArray[np.float64]

SAMPLES = 6_000
OVERLAP = 0.01
THERE, BACK = 0.002, 0.006
"""Mean distances within which two surfaces are one, as shares of the diagonal: two thirds of clean."""
FAR, LOST = 0.012, 0.05
"""Points further than the first share of the diagonal are lost; at most the second may be."""


@dataclass(frozen=True)
class Likeness:
    """How like a mended mesh is to the original, distances as shares of the diagonal.

    ``there``: the mean from what was seen of the original to the mended mesh; ``back``: the mean the other
    way; ``lost``: the share of what was seen that is far from it; ``overlap``: the share of its volume that
    is wound twice or inside out.
    """

    there: float
    back: float
    lost: float
    overlap: float

    @property
    def faithful(self) -> bool:
        """Within every bound."""
        return self.badness <= 1

    @property
    def badness(self) -> float:
        """One number to choose the least bad by: 1 at the bounds."""
        return max(self.there / THERE, self.back / BACK, self.lost / LOST, self.overlap / OVERLAP)


class Original:
    """The mesh that came in, by points on it that can be seen from outside. Triangles (m, 3, 3)."""

    def __init__(self, corners: Floats) -> None:
        self.corners = corners
        self.diagonal = float(np.linalg.norm(np.ptp(corners.reshape(-1, 3), axis=0)))
        points, face = spread(corners, SAMPLES)
        visible = seen(corners, points, face)
        self.points = points[visible] if visible.sum() > 100 else points

    @cached_property
    def surface(self) -> Surface:
        """Its surface, to ask for nearest points."""
        return Surface(self.corners)

    def likeness(self, mesh: trimesh.Trimesh) -> Likeness:
        """How like a closed mesh is to it."""
        corners = np.asarray(mesh.triangles, np.float64)
        there = Surface(corners).nearest(self.points).distance / self.diagonal
        own, face = spread(corners, SAMPLES, seed=1)
        own = own[seen(corners, own, face)]
        back = self.surface.nearest(own).distance / self.diagonal if len(own) else np.ones(1)
        winding = measure_winding(corners)
        return Likeness(
            float(there.mean()), float(back.mean()), float((there > FAR).mean()), winding.overlapping
        )


def is_sound(mesh: trimesh.Trimesh) -> bool:
    """Closed, two faces at every edge as a file holds it, every body facing outwards."""
    found = census(mesh)
    return found.sound and len(found.volumes) > 0 and bool(found.volumes.min() > 0)


def is_solid(mesh: trimesh.Trimesh) -> bool:
    """Sound, and accepted by manifold3d, which has never refused what is sound."""
    try:
        return is_sound(mesh) and bool(to_manifold(mesh).volume() > 0)
    except MeshError:
        return False
