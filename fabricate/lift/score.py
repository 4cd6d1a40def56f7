"""How near a lifted mesh is to the truth: depth and normals as the picture sees them, surface, volume.

F-scores of surface points at 1 and 2 % of the height (Tatarchenko et al., CVPR 2019), volumetric intersection
over union. From one picture nobody can tell how far away a figure is, so depth is free by one shift. Meshes
are often parts pushed into one another: what lies inside, which nobody sees and no print has, is no surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import FabricateError, MeshError
from fabricate.lift.surface import at_hits
from fabricate.render.rays import caster
from fabricate.solid.closeness import seen, spread

if TYPE_CHECKING:
    import trimesh

__all__ = ["Score", "score"]

SAMPLES = 12_000
DENSE = 4
"""Each of them is compared with so many times more points: a ball's would lie 1.6 % of its height apart."""
GRID = 96


@dataclass(frozen=True)
class Score:
    """One lift against the truth.

    Depth in % of the height, normals in degrees; ``sound``: 1 when the result is closed, manifold and one
    body; ``seconds`` of the lift.
    """

    depth: float
    normals: float
    iou: float
    f1: float
    f2: float
    chamfer: float
    sound: float
    seconds: float


def score(lifted: trimesh.Trimesh, truth: trimesh.Trimesh, seconds: float = 0.0) -> Score:
    """Both are set to the height 1 on z = 0; the lift is shifted in depth to where it agrees best."""
    from scipy.spatial import cKDTree

    a, b = _unit(lifted), _unit(truth)
    front_a, front_b = _seen(a), _seen(b)
    both = np.isfinite(front_a.depth) & np.isfinite(front_b.depth)
    shift = float(np.median((front_b.depth - front_a.depth)[both])) if both.any() else 0.0
    points_b, points = _sampled(b, 0), _sampled(a, 1)
    tree_b = cKDTree(points_b)
    best, agreed = shift, -1.0
    for tried in shift + np.linspace(-0.12, 0.12, 13):
        near = float((tree_b.query(points[:: 8 * DENSE] + np.array([0, tried, 0]))[0] < 0.02).mean())
        if near > agreed:
            best, agreed = float(tried), near
    points = points + np.array([0, best, 0])
    there, back = tree_b.query(points[::DENSE])[0], cKDTree(points).query(points_b[::DENSE])[0]
    depth = np.abs(front_a.depth + shift - front_b.depth)[both]
    turn = np.clip((front_a.normals * front_b.normals).sum(-1)[both], -1, 1)
    return Score(
        depth=100 * float(depth.mean()) if len(depth) else 100.0,
        normals=float(np.degrees(np.arccos(turn)).mean()) if len(turn) else 90.0,
        iou=_iou(a, b, best),
        f1=_f_score(there, back, 0.01),
        f2=_f_score(there, back, 0.02),
        chamfer=50 * float(there.mean() + back.mean()),
        sound=float(_sound(lifted)),
        seconds=seconds,
    )


@dataclass(frozen=True)
class _Front:
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]


def _unit(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    low, high = np.asarray(mesh.bounds)
    if not high[2] > low[2]:
        raise MeshError("a mesh without a height cannot be compared", "use a solid figure")
    out = mesh.copy()
    out.vertices = (np.asarray(mesh.vertices) - [*(low + high)[:2] / 2, low[2]]) / (high[2] - low[2])
    return out


def _seen(mesh: trimesh.Trimesh, side: int = 192) -> _Front:
    """Depth along y and normals as seen from the front, NaN beside the mesh; x -0.9..0.9, z -0.05..1.05."""
    x, z = np.meshgrid(np.linspace(-0.9, 0.9, side), np.linspace(1.05, -0.05, side))
    origins = np.stack([x.ravel(), np.full(x.size, -4.0), z.ravel()], axis=1).astype(np.float32)
    ways = np.tile(np.array([[0, 1, 0]], np.float32), (x.size, 1))
    hits = caster(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces)).closest(origins, ways)
    met = hits.face >= 0
    depth = np.where(met, hits.distance - 4, np.nan).astype(np.float32)
    normals = at_hits(np.asarray(mesh.vertex_normals, np.float32), np.asarray(mesh.faces), hits)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    normals[normals[:, 1] > 0] *= -1
    return _Front(depth, normals)


def _sampled(mesh: trimesh.Trimesh, seed: int) -> NDArray[np.float64]:
    """Points spread evenly over the surface that can be seen from outside, from any side."""
    corners = np.asarray(mesh.triangles)
    points, face = spread(corners, DENSE * SAMPLES, seed)
    outer = seen(corners, points, face)
    return points[outer] if outer.any() else points


def _f_score(there: NDArray[np.float64], back: NDArray[np.float64], reach: float) -> float:
    precision, recall = float((there < reach).mean()), float((back < reach).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def _iou(a: trimesh.Trimesh, b: trimesh.Trimesh, shift: float) -> float:
    """Intersection over union of what lies inside, by the parity of rays along y."""
    inside_a, inside_b = (_inside(mesh, y) for mesh, y in ((a, shift), (b, 0.0)))
    union = (inside_a | inside_b).sum()
    return float((inside_a & inside_b).sum() / union) if union else 0.0


def _inside(mesh: trimesh.Trimesh, shift: float) -> NDArray[np.bool_]:
    """Occupancy (GRID, GRID, GRID): between the first surface and the last of each depth layer.

    Rays step from surface to surface; a cell is inside when more surfaces face the viewer than turn away
    before it, which overlapping and open parts survive.
    """
    size = GRID
    x, z = np.meshgrid(
        (np.arange(size) + 0.5) / size * 1.8 - 0.9, (np.arange(size) + 0.5) / size * 1.1 - 0.05
    )
    y = (np.arange(size) + 0.5) / size * 1.4 - 0.7
    eye = caster(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces))
    facing = np.asarray(mesh.face_normals)[:, 1]
    origins = np.stack([x.ravel(), np.full(x.size, -4.0), z.ravel()], axis=1).astype(np.float32)
    ways = np.tile(np.array([[0, 1, 0]], np.float32), (x.size, 1))
    count = np.zeros((x.size, size), np.int16)
    alive = np.arange(x.size)
    for _ in range(48):
        hits = eye.closest(origins[alive], ways[alive])
        met = hits.face >= 0
        alive = alive[met]
        if not len(alive):
            break
        place = origins[alive, 1] + hits.distance[met]
        step = np.where(facing[hits.face[met]] < 0, 1, -1)
        count[alive] += (step[:, None] * (y[None] >= (place + shift)[:, None])).astype(np.int16)
        origins[alive, 1] = place + 1e-4
    return count > 0


def _sound(mesh: trimesh.Trimesh) -> bool:
    from fabricate.solid.boolean import to_manifold

    try:
        solid = to_manifold(mesh)
    except FabricateError:
        return False
    return len(solid.decompose()) == 1 and solid.volume() > 0
