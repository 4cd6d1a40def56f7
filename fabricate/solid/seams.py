"""The faces of a cut: where they lie, and which piece is on which side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.joints import Cut, frame_of, sections

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Seam", "clear_of", "holds", "inner_point", "lies_beyond"]

Floats = npt.NDArray[np.float64]
APART_MM = 1.0


@dataclass(frozen=True)
class Seam:
    """A cut between two bodies, and the outline of the face in ``frame_of(cut.normal)`` about ``cut.at``."""

    cut: Cut
    outline: manifold3d.CrossSection


def clear_of(seam: Seam, cut: Cut, reach: float) -> bool:
    """Whether a further cut, which reaches so far about its place, leaves the face of a seam whole."""
    axes = frame_of(seam.cut.normal)
    edge = np.concatenate([np.asarray(p, np.float64) for p in seam.outline.to_polygons()])
    points = seam.cut.at + np.concatenate([edge, 0.5 * edge, np.zeros((1, 2))]) @ axes[:2]
    near = np.linalg.norm(points - cut.at, axis=1) < reach + APART_MM
    return not bool((near & (np.abs((points - cut.at) @ cut.normal) < APART_MM)).any())


def lies_beyond(piece: manifold3d.Manifold, seam: Seam) -> bool:
    """Whether a piece has the far face of a seam: it is there just beyond the cut, and not just before it."""
    point, normal = inner_point(seam), seam.cut.normal
    return holds(piece, point + 0.05 * normal, normal) and not holds(piece, point - 0.05 * normal, normal)


def holds(solid: manifold3d.Manifold, point: Floats, normal: Floats) -> bool:
    """Whether a point lies inside a solid."""
    import manifold3d as m3

    spot = m3.CrossSection.circle(0.02, 8)
    return any((outline ^ spot).area() > 0 for outline in sections(solid, point, normal))


def inner_point(seam: Seam) -> Floats:
    """A point of the cut face that is well inside its outline."""
    import manifold3d as m3

    outline = seam.outline
    insets = (outline.offset(-inset) for inset in (8.0, 4.0, 2.0, 1.0, 0.5, 0.2))
    inner = next((inset for inset in insets if not inset.is_empty()), None)
    polygon = np.zeros((1, 2)) if inner is None else np.concatenate(inner.to_polygons()).astype(np.float64)
    middle = polygon.mean(axis=0)
    if (outline ^ m3.CrossSection.circle(0.02, 8).translate((middle[0], middle[1]))).area() <= 0:
        middle = polygon[0]
    axes = frame_of(seam.cut.normal)
    return np.asarray(seam.cut.at + middle @ axes[:2])
