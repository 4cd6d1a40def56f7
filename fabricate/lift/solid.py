"""The lifted mesh:

sheets fused, feet flat, relief sunk, colours on it, in the figure frame at unit height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.lift import colours, lines
from fabricate.lift.frame import Framed
from fabricate.lift.fuse import Fused, fused, sheets_at
from fabricate.lift.sheets import Sheets
from fabricate.solid.scale import fit_height

if TYPE_CHECKING:
    import trimesh

__all__ = ["LiftedMesh", "lifted_mesh", "smoothed"]

F32 = NDArray[np.float32]
FULL = 0.26
"""The share of its square that a standing figure with its arms out fills."""
PARTS = 2
"""Pixels along a cell's side: rims come out even."""
SOLE = 0.008
"""The share of the height that is cut off below, so that the feet are flat."""


@dataclass(frozen=True)
class LiftedMesh:
    """The mesh (unit height, +Z up, facing -Y, on z = 0, centred) and what should be said about it."""

    mesh: trimesh.Trimesh
    notes: tuple[str, ...]


def lifted_mesh(
    framed: Framed, sheets: Sheets, *, height_mm: float, process: str, relief_mm: float | None, grid: int
) -> LiftedMesh:
    """The solid of a framed picture, ``grid`` cells along its square's side at the most.

    A portrait (the figure cut by the picture's lower edge) is set on a plinth. ``relief_mm``: how deep lines
    are sunk, 0 not at all, None as the process has it. Raises MeshError when nothing is left.
    """
    import trimesh

    rgb, alpha = framed.at(_grid_for(framed, grid))
    grid = len(alpha)
    fine = framed.at(PARTS * grid)[1]
    middle, half, raised = sheets_at(sheets, fine)
    cell = 2.0 / grid
    rows = np.flatnonzero((alpha > 0.5).any(1))
    bottom = (grid / 2 - 1 - int(rows[-1])) * cell
    top = (grid / 2 - int(rows[0])) * cell
    tall = top - bottom
    unit_mm = height_mm / tall
    deep = lines.depth_mm(process, relief_mm) / unit_mm
    bleeding = colours.bled(rgb, alpha)
    sink = -raised
    if deep:
        sunk = lines.strokes(bleeding, alpha, cell * unit_mm, process) * deep
        sink = sink + np.repeat(np.repeat(sunk, PARTS, 0), PARTS, 1)
    notes = []
    solid = fused(middle, half, fine, sink, bottom + SOLE * tall, PARTS)
    if solid.dropped > 0.001:
        notes.append(f"loose pieces were left out ({100 * solid.dropped:.1f} % of the figure's volume)")
    solid = smoothed(solid)
    paint = colours.vertex_colours(solid, bleeding, colours.behind(bleeding, alpha))
    mesh = trimesh.Trimesh(solid.vertices, solid.faces, vertex_colors=paint, process=False)
    if "bottom" in framed.edges:
        mesh = _on_plinth(mesh)
        notes.append("the picture's lower edge cuts the figure: it was made a bust on a plinth")
    return LiftedMesh(fit_height(mesh, 1.0).apply(mesh), tuple(notes))


def _grid_for(framed: Framed, grid: int) -> int:
    """Fewer cells for a figure that fills its square: the faces would be many and no finer in print."""
    share = float((framed.at(64)[1] > 0.5).mean())
    return int(round(grid * min(1.0, (FULL / max(share, 1e-3)) ** 0.5) / 2) * 2)


def smoothed(solid: Fused, rounds: int = 6) -> Fused:
    """Taubin's smoothing (1995), which does not shrink: takes away what is left of the cells."""
    from scipy import sparse

    count = len(solid.vertices)
    a = np.concatenate([solid.faces[:, 0], solid.faces[:, 1], solid.faces[:, 2]])
    b = np.concatenate([solid.faces[:, 1], solid.faces[:, 2], solid.faces[:, 0]])
    links = sparse.csr_matrix((np.ones(len(a), np.float32), (a, b)), shape=(count, count))
    degree = np.maximum(np.asarray(links.sum(1)).ravel(), 1)[:, None].astype(np.float32)
    points = solid.vertices.astype(np.float32)
    for _ in range(rounds):
        for step in (0.5, -0.53):
            points = points + np.float32(step) * (links @ points / degree - points)
    return Fused(points.astype(np.float64), solid.faces, solid.dropped)


def _on_plinth(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The mesh with a round foot under its cut."""
    import manifold3d as m3
    import trimesh
    from scipy.spatial import cKDTree

    from fabricate.solid.boolean import from_manifold, to_manifold
    from fabricate.solid.colour import vertex_rgba

    low, high = np.asarray(mesh.bounds)
    size = high - low
    near = mesh.vertices[mesh.vertices[:, 2] < low[2] + 0.04 * size[2]]
    spread = np.ptp(near, axis=0)[:2] / 2
    middle = (near.min(0) + near.max(0))[:2] / 2
    r = float(np.clip(0.62 * np.hypot(*spread) / np.sqrt(2), 0.14 * size[2], 0.45 * size[2]))
    tall = 0.16 * size[2]
    steps = [(r * 1.25, 0.0, 0.3), (r * 1.02, 0.25, 0.45), (r * 0.8, 0.4, 1.25)]
    foot = m3.Manifold()
    for radius, start, end in steps:
        drum = m3.Manifold.cylinder(tall * (end - start), radius, radius, 96)
        foot += drum.translate((float(middle[0]), float(middle[1]), float(low[2] - tall + tall * start)))
    body = to_manifold(mesh, "the lifted figure")
    whole = from_manifold(body + foot)
    gap, nearest = cKDTree(mesh.vertices).query(whole.vertices)
    paint = vertex_rgba(mesh)[nearest]
    paint[gap > 1e-4 * size[2]] = [92, 86, 80, 255]
    return trimesh.Trimesh(whole.vertices, whole.faces, vertex_colors=paint, process=False)
