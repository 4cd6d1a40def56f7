"""Room to come off: what lies in a piece's way, and is hidden, changes sides along a smooth cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.contacts import united, without_crumbs
from fabricate.solid.grids import Cells, inside
from fabricate.solid.insertion import in_the_way, surface

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["hand_over"]

Floats = npt.NDArray[np.float64]
FINE_STEP_MM, MOST_CELLS = 0.3, 1.5e6


def hand_over(
    solids: dict[str, manifold3d.Manifold], name: str, away: set[str], way: Floats, whole: trimesh.Trimesh
) -> None:
    """What lies in the way of a piece, and is hidden, becomes part of it; those ``away`` are off already."""
    import manifold3d as m3

    mesh = from_manifold(solids[name])
    others = {k: from_manifold(s) for k, s in solids.items() if k != name and k not in away}
    cells = _along(mesh, list(others.values()), way)
    mask = np.zeros(cells.shape, bool)
    for other_mesh in others.values():
        mask |= inside(other_mesh, cells)
    figure = inside(whole, cells)
    gains = in_the_way(inside(mesh, cells), mask, surface(figure))
    if gains.sum() * cells.step**3 < 0.3:
        return
    cutter = _smooth(gains, cells)
    gained = []
    for other in others:
        taken = solids[other] ^ cutter
        if taken.volume() < 0.05:
            continue
        rest = (solids[other] - cutter).decompose()
        rest.sort(key=lambda body: -body.volume())
        gained.append(from_manifold(taken))
        # what the cut leaves loose goes along, unless it is a good part of its piece
        loose = [body for body in rest[1:] if 0.001 < body.volume() < 0.1 * rest[0].volume()]
        gained += [from_manifold(body) for body in loose]
        kept = [body for body in rest if body.volume() >= 0.1 * rest[0].volume()]
        solids[other] = without_crumbs(m3.Manifold.compose(kept))
    if gained:
        solids[name] = united([mesh, *gained])


def _along(mesh: trimesh.Trimesh, others: list[trimesh.Trimesh], way: Floats) -> Cells:
    """Fine cells around a piece, their third axis the way it goes, reaching to the end of what may be hit."""
    spare = np.eye(3)[int(np.abs(way).argmin())]
    first = np.cross(spare, way) / np.linalg.norm(np.cross(spare, way))
    axes = np.stack([first, np.cross(way, first), way])
    local = np.asarray(mesh.vertices) @ axes.T
    low, high = local.min(axis=0) - 2 * FINE_STEP_MM, local.max(axis=0) + 2 * FINE_STEP_MM
    far = max([float((np.asarray(o.vertices) @ way).max()) for o in others], default=high[2])
    high[2] = max(high[2], far + 2 * FINE_STEP_MM)
    step = max(FINE_STEP_MM, float(np.prod(high - low) / MOST_CELLS) ** (1 / 3))
    shape = np.ceil((high - low) / step).astype(int) + 1
    return Cells(axes, low, step, (int(shape[0]), int(shape[1]), int(shape[2])))


def _smooth(gains: npt.NDArray[np.bool_], cells: Cells) -> manifold3d.Manifold:
    """The cells and all that lies beyond them as a smooth solid: free to leave that way, for a blur keeps a
    field that rises along a line rising."""
    import trimesh as tm
    from scipy.ndimage import gaussian_filter
    from skimage import measure as untyped

    measure: Any = untyped
    pad = 4
    wide = np.pad(gains, ((pad, pad), (pad, pad), (pad, 0)))
    wide = np.maximum.accumulate(wide, axis=2)
    field = gaussian_filter(wide.astype(np.float32), 0.7, mode="nearest")
    field = np.pad(field, ((0, 0), (0, 0), (0, 1)))
    points, faces, _, _ = measure.marching_cubes(field, 0.5)
    mesh = tm.Trimesh(cells.points(points - pad), faces, process=False)
    if mesh.volume < 0:
        mesh.invert()
    return to_manifold(mesh, "the cut between two pieces")
