"""Parts of a solid by the label of the surface above them: closed, abutting, cut exactly.

Around the surface a field says of every place which label is nearest, blurred by a line's width: where two
labels weigh the same runs the border, smooth whatever the triangles are like. Each label's zone, as deep as
is asked, is cut out of the solid; the outer surface itself stays as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import to_manifold
from fabricate.solid.mend import tidy
from fabricate.solid.topology import census

if TYPE_CHECKING:
    import trimesh

__all__ = ["split_by_label"]

F32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MOST_CELLS = 5_000_000


def split_by_label(
    mesh: trimesh.Trimesh, label: Ints, labels: int, *, line_mm: float, depth_mm: float
) -> list[trimesh.Trimesh | None]:
    """One closed mesh a label (None where nothing is left of it); label 0 has the inside.

    Raises MeshError when the mesh is no solid, or a cut is not sound.
    """
    rest = to_manifold(mesh)
    whole = rest.volume()
    cell, low, weights, distance = _fields(mesh, label, labels, line_mm, depth_mm)
    bodies: list[Any] = [None] * labels
    for number in range(labels - 1, 0, -1):
        cutter = _zone(weights, distance, number, cell, low, depth_mm)
        if cutter is None:
            continue
        piece, rest = rest.split(cutter)
        piece, crumbs = _without_crumbs(piece, 0.3 * line_mm**3)
        if crumbs is not None:
            rest = rest + crumbs
        bodies[number] = piece
    bodies[0] = rest
    made = [None if b is None or b.is_empty() else tidy(b)[0] for b in bodies]
    total = sum(float(part.volume) for part in made if part is not None)
    if any(part is not None and not census(part).sound for part in made):
        raise MeshError("a cut between two colours is not closed", "mend the mesh first")
    if abs(total - whole) > 1e-3 * whole + 1.0:
        raise MeshError("the parts by colour do not fill the solid", "mend the mesh first")
    return made


def _fields(
    mesh: trimesh.Trimesh, label: Ints, labels: int, line_mm: float, depth_mm: float
) -> tuple[float, Floats, F32, F32]:
    """Cell size, corner, the weight of each label (labels, x, y, z) and the distance to the surface."""
    from scipy import ndimage

    size = np.ptp(np.asarray(mesh.vertices), axis=0)
    margin = depth_mm + 2 * line_mm
    cell = max(0.5 * line_mm, float(((size + 2 * margin).prod() / MOST_CELLS) ** (1 / 3)))
    low = np.asarray(mesh.bounds[0]) - margin
    shape = tuple(int(n) for n in np.ceil((size + 2 * margin) / cell) + 1)
    points, own = _spread(mesh, label, 0.6 * cell)
    at = np.rint((points - low) / cell).astype(np.int64)
    flat = np.ravel_multi_index(tuple(at.T), shape)
    weights = np.zeros((labels, *shape), np.float32)
    for number in range(labels):
        count = np.bincount(flat[own == number], minlength=int(np.prod(shape))).reshape(shape)
        blurred = ndimage.gaussian_filter(count.astype(np.float32), 0.75 * line_mm / cell, truncate=5)
        # far from the surface a wider look decides, so that zones go straight down
        blurred += 1e-3 * ndimage.gaussian_filter(blurred, depth_mm / cell, truncate=3)
        weights[number] = blurred
    there = np.ones(shape, bool)
    there.reshape(-1)[flat] = False
    distance = ndimage.distance_transform_edt(there).astype(np.float32) * np.float32(cell)
    return cell, low, weights, distance


def _spread(mesh: trimesh.Trimesh, label: Ints, pitch: float) -> tuple[Floats, Ints]:
    """Points spread evenly over the surface, about ``pitch`` apart, and their labels."""
    area = np.asarray(mesh.area_faces, np.float64)
    running = np.cumsum(area)
    count = max(1000, int(running[-1] / pitch**2))
    step = np.arange(count)
    face = np.minimum(np.searchsorted(running, (step + 0.5) / count * running[-1]), len(area) - 1)
    u, v = (step * 0.754877666) % 1.0, (step * 0.569840291) % 1.0
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    corners = np.asarray(mesh.triangles)[face]
    points = (
        corners[:, 0]
        + u[:, None] * (corners[:, 1] - corners[:, 0])
        + v[:, None] * (corners[:, 2] - corners[:, 0])
    )
    return points, label[face]


def _zone(weights: F32, distance: F32, number: int, cell: float, low: Floats, depth_mm: float) -> Any:
    """The solid around the surface of one label, beyond it outside and as deep as asked; None for none."""
    import manifold3d as m3
    from skimage import measure

    mine = weights[number]
    other = np.delete(weights, number, axis=0).max(axis=0)
    lead = (mine - other) / (mine + other + np.float32(1e-12)) * np.float32(2 * cell)
    field = np.minimum(lead, np.float32(depth_mm) - distance)
    for rim in (field[0], field[-1], field[:, 0], field[:, -1], field[:, :, 0], field[:, :, -1]):
        rim[:] = -cell
    if not (field > 0).any():
        return None
    # a corner that lies on the level itself would make faces without area
    field[np.abs(field) < 1e-4 * cell] = -1e-4 * cell
    contour: Any = measure.marching_cubes
    vertices, faces, _, _ = contour(field, 0.0)
    points = (vertices * cell + low).astype(np.float32)
    raw = m3.Mesh(np.ascontiguousarray(points), np.ascontiguousarray(faces, np.uint32))
    raw.merge()
    solid = m3.Manifold(raw)
    if solid.status() != m3.Error.NoError:
        raise MeshError("a zone of one colour is not closed", "mend the mesh first")
    return (
        solid
        if solid.volume() > 0
        else m3.Manifold(
            m3.Mesh(np.ascontiguousarray(points), np.ascontiguousarray(faces[:, ::-1], np.uint32))
        )
    )


def _without_crumbs(piece: Any, least_mm3: float) -> tuple[Any, Any]:
    """A piece without bodies smaller than so much, and those bodies (None for none)."""
    import manifold3d as m3

    bodies = piece.decompose()
    small = [body for body in bodies if body.volume() < least_mm3]
    if not small:
        return piece, None
    large = [body for body in bodies if body.volume() >= least_mm3]
    kept = m3.Manifold.compose(large) if large else m3.Manifold()
    return kept, m3.Manifold.compose(small)
