"""A surface through points: normals, screened Poisson, what is far from any point cut away, colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.scan.cloud import Cloud, Floats, cells, seen_along
from fabricate.scan.tidy import cloud_in

if TYPE_CHECKING:
    import trimesh

__all__ = ["facing_out", "oriented", "painted_like", "poisson", "seen_side"]

LOOKS = 64
ROUNDS = 12
AGREE = 0.8
"""The least share of neighbours whose given normals agree, for these to say where outside is."""
LEVELS = 2.5
"""A vertex is trimmed when its points are sparser by so many halvings than the median's."""


def oriented(o3d: Any, cloud: Cloud, spacing: float) -> Cloud:
    """The cloud with unit normals of its own neighbourhoods that point outward.

    Outside is where the given normals point, when neighbours agree in them; else where points are seen from.
    """
    pcd = cloud_in(o3d, cloud.points)
    pcd.estimate_normals(o3d.geometry.KDTreeSearchParamHybrid(6 * spacing, 40))
    normals = np.array(pcd.normals)
    given = cloud.normals
    if given is not None and _agreeing(cloud.points, given) > AGREE:
        side = (normals * facing_out(cloud.points, given)).sum(axis=1)
    else:
        side = seen_side(cloud.points, normals, 2 * spacing)
    normals[side < 0] *= -1
    return Cloud(cloud.points, cloud.colours, normals)


def _agreeing(points: Floats, normals: Floats) -> float:
    from scipy.spatial import cKDTree

    some = slice(None, None, max(1, len(points) // 4000))
    near = cKDTree(points).query(points[some], k=7)[1][:, 1:]
    return float(((normals[near] * normals[some][:, None]).sum(axis=2) > 0).mean())


def facing_out(points: Floats, normals: Floats) -> Floats:
    """All normals turned about where most of the outermost points' look inward."""
    ways = sphere(200)
    far = (points @ ways.T).argmax(axis=0)
    outward = (normals[far] * ways).sum(axis=1)
    return -normals if outward.sum() < 0 else normals


def sphere(count: int) -> Floats:
    """Unit vectors spread evenly, on a spiral of golden angles, (count, 3)."""
    z = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * (np.pi * (3 - np.sqrt(5)))
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)


def seen_side(points: Floats, normals: Floats, pixel: float) -> Floats:
    """For each point, how much more it is seen from the side its normal points to than from the other.

    The cloud is looked at from all around, nothing behind the nearest points of a pixel being seen; points
    that are hardly seen, or from both sides, follow their neighbours.
    """
    from scipy.spatial import cKDTree

    votes = np.zeros(len(points))
    for way in sphere(LOOKS):
        votes += _seen_from(points, way, pixel) * (normals @ way)
    near = cKDTree(points).query(points, k=9)[1][:, 1:]
    alike = (normals[near] * normals[:, None]).sum(axis=2)
    votes /= max(float(np.abs(votes).mean()), 1e-9)
    for _ in range(ROUNDS):
        votes = 0.5 * votes + 0.5 * (alike * np.clip(votes, -2, 2)[near]).mean(axis=1)
    return votes


def _seen_from(points: Floats, way: Floats, pixel: float) -> npt.NDArray[np.bool_]:
    """Which points no other hides, looked at from far away along ``way``."""
    from scipy import ndimage

    key = cells(seen_along(points, way), pixel)
    height = points @ way
    nearest = np.full(tuple(key.max(axis=0) + 1), -np.inf)
    np.maximum.at(nearest, tuple(key.T), height)
    nearest = ndimage.maximum_filter(nearest, 3)
    return np.asarray(height >= nearest[tuple(key.T)] - 2.5 * pixel)


def poisson(o3d: Any, cloud: Cloud, depth: int) -> trimesh.Trimesh:
    """The surface of an oriented cloud (Kazhdan and Hoppe, 2013), trimmed, its colours the points'."""
    import trimesh as tm

    pcd = cloud_in(o3d, cloud.points)
    pcd.normals = o3d.utility.Vector3dVector(cloud.normals)
    made, density = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
        pcd, depth=depth, scale=1.1, linear_fit=False, n_threads=1
    )
    density = np.asarray(density)
    kept = density >= np.median(density) - LEVELS
    vertices, faces = np.asarray(made.vertices), np.asarray(made.triangles)
    if not kept.all():
        faces = faces[kept[faces].all(axis=1)]
    mesh = tm.Trimesh(vertices, faces, process=False)
    mesh.remove_unreferenced_vertices()
    return painted_like(mesh, cloud)


def painted_like(mesh: trimesh.Trimesh, cloud: Cloud) -> trimesh.Trimesh:
    """The mesh, changed in place, its vertices as the points nearest to them are coloured, if they are."""
    from scipy.spatial import cKDTree
    from trimesh.visual import ColorVisuals

    if cloud.colours is None:
        return mesh
    away, near = cKDTree(cloud.points).query(np.asarray(mesh.vertices), k=4)
    weight = 1.0 / np.maximum(away, 1e-9)
    mixed = np.einsum("nk,nkc->nc", weight, cloud.colours[near]) / weight.sum(axis=1, keepdims=True)
    rows = np.full((len(mixed), 4), 255, np.uint8)
    rows[:, :3] = np.rint(np.clip(mixed, 0, 1) * 255)
    mesh.visual = ColorVisuals(vertex_colors=rows)
    return mesh
