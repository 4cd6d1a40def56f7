"""Size and place: a figure of any size made as tall as was asked, centred, standing on z = 0, in mm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = [
    "LONGEST_MM",
    "Scaled",
    "bounds_of",
    "box_of",
    "fit_box",
    "fit_height",
    "height_of",
    "moved",
    "to_unit",
    "turned",
]

LONGEST_MM = 1000.0
"""No side of a figure may be longer once scaled: a flat thing scaled by its height would be absurd."""
STILL = 1e-6
"""A figure whose size and place are right to this part of its height is not moved."""


@dataclass(frozen=True)
class Scaled:
    """How to make a mesh as tall as asked: ``points * factor + shift``; ``note`` says a change of rule."""

    factor: float
    shift: tuple[float, float, float]
    note: str = ""

    def apply(self, mesh: trimesh.Trimesh) -> trimesh.Trimesh:
        """A new mesh in millimetres; faces and colours as they were."""
        return moved(mesh, self.factor, self.shift)


def height_of(mesh: trimesh.Trimesh) -> float:
    """The z extent, in the mesh's own unit."""
    low, high = mesh.bounds
    return float(high[2] - low[2])


def box_of(parts: Mapping[str, trimesh.Trimesh]) -> npt.NDArray[np.float64]:
    """The lowest and the highest corner of parts together, (2, 3), in their own unit."""
    low = np.min([part.bounds[0] for part in parts.values()], axis=0)
    high = np.max([part.bounds[1] for part in parts.values()], axis=0)
    return np.stack([low, high])


def bounds_of(solid: manifold3d.Manifold) -> npt.NDArray[np.float64]:
    """The lowest and the highest corner of a solid, (2, 3)."""
    corners: npt.NDArray[np.float64] = np.array(solid.bounding_box(), np.float64)
    return corners.reshape(2, 3)


def fit_height(mesh: trimesh.Trimesh, height_mm: float) -> Scaled:
    """The scaling that makes ``mesh`` ``height_mm`` tall, centred in x and y, lowest point at z = 0.

    A mesh whose longest side would then exceed one metre gets that side made ``height_mm`` long instead,
    and ``note`` says so. Raises MeshError for a mesh with no extent.
    """
    return fit_box(np.asarray(mesh.bounds, np.float64), height_mm)


def fit_box(bounds: npt.NDArray[np.float64], height_mm: float) -> Scaled:
    """``fit_height`` for a mesh known by its box: lowest and highest corner, (2, 3)."""
    low, high = bounds
    sides = high - low
    longest = float(sides.max())
    if not np.isfinite(longest) or longest <= 0:
        raise MeshError("the mesh has no size: all its points are in one place", "use another mesh")
    note = ""
    height = float(sides[2])
    if longest * height_mm > LONGEST_MM * height:
        note = (
            f"lies flat: at {height_mm:g} mm tall its longest side would pass one metre, "
            f"so that side was made {height_mm:g} mm long instead"
        )
        height = longest
    factor = height_mm / height
    centre = (low + high) / 2
    shift = (-float(centre[0]) * factor, -float(centre[1]) * factor, -float(low[2]) * factor)
    double = 2.0 ** round(math.log2(factor))
    if abs(factor / double - 1) < STILL and max(map(abs, shift)) < STILL * height_mm:
        # what float32 rounded in the file that this was read from: what is in place stays so, to the bit
        factor, shift = double, (0.0, 0.0, 0.0)
    return Scaled(factor, shift, note)


def to_unit(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The mesh at unit height, in place. One that is in place already is scaled by a power of two only, to
    between a half and one: no bit is lost, and what was prepared before comes back as it was."""
    scaled = fit_height(mesh, 1.0)
    if max(map(abs, scaled.shift)) < STILL:
        return moved(mesh, 2.0 ** math.floor(math.log2(scaled.factor)))
    return scaled.apply(mesh)


def moved(
    mesh: trimesh.Trimesh, factor: float = 1.0, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> trimesh.Trimesh:
    """A new mesh with every vertex at ``point * factor + shift``; the same faces and colours."""
    import trimesh as tm

    points = np.asarray(mesh.vertices, np.float64) * factor + shift
    made: trimesh.Trimesh = tm.Trimesh(points, np.asarray(mesh.faces), process=False)
    visual: Any = mesh.visual
    if getattr(visual, "kind", None) == "vertex":
        made.visual = tm.visual.ColorVisuals(vertex_colors=np.asarray(visual.vertex_colors))
    return made


def turned(mesh: trimesh.Trimesh, up: Literal["z", "y"]) -> trimesh.Trimesh:
    """The mesh in the figure frame: as it is when ``up`` is z; from +Y up, facing +Z when it is y."""
    if up == "z":
        return mesh
    made = moved(mesh)
    points = np.asarray(mesh.vertices, np.float64)
    made.vertices = np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)
    return made
