"""Union and difference of solids with manifold3d; its status is looked at in one function only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.errors import MeshError
from fabricate.solid.topology import weld

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["checked", "difference", "from_manifold", "to_manifold", "union"]

REASONS = {
    "NotManifold": "it is open, or an edge has more or less than two faces",
    "NonFiniteVertex": "it has vertices that are not numbers",
    "VertexOutOfBounds": "a face names a vertex that does not exist",
}


def checked(solid: manifold3d.Manifold, what: str = "the mesh") -> manifold3d.Manifold:
    """The same solid; MeshError when manifold3d says that it is not one, or when nothing is left of it."""
    status = solid.status().name
    if status != "NoError":
        reason = REASONS.get(status, f"manifold3d says {status}")
        raise MeshError(f"{what} is not a solid: {reason}", "close it in a mesh editor, or use another mesh")
    if solid.is_empty():
        raise MeshError(f"{what} has no volume: nothing is left of it", "use a mesh that encloses a volume")
    return solid


def to_manifold(mesh: trimesh.Trimesh, what: str = "the mesh") -> manifold3d.Manifold:
    """A closed mesh as a Manifold, at float32 precision; vertices at one place are welded when needed.

    Raises MeshError when the mesh is not a closed, two-faced-edge solid; ``what`` names it there.
    """
    import manifold3d as m3

    vertices = np.ascontiguousarray(mesh.vertices, np.float32)
    faces = np.ascontiguousarray(mesh.faces, np.uint32)
    if not len(faces) or not np.isfinite(vertices).all():
        why = "has no faces" if not len(faces) else "has vertices that are not numbers"
        raise MeshError(f"{what} {why}", "use another mesh")
    raw = m3.Mesh(vert_properties=vertices, tri_verts=faces)
    solid = m3.Manifold(raw)
    if solid.status() == m3.Error.NotManifold:
        joined, corners, _ = weld(mesh)
        solid = m3.Manifold(m3.Mesh(joined, np.ascontiguousarray(corners, np.uint32)))
    if solid.status() == m3.Error.NotManifold:
        raw.merge()
        solid = m3.Manifold(raw)
    return checked(solid, what)


def from_manifold(solid: manifold3d.Manifold) -> trimesh.Trimesh:
    """A Manifold as a mesh, vertices rounded to float32 (what STL and GLB can hold), no colours."""
    import trimesh

    raw = checked(solid).to_mesh()
    vertices = np.asarray(raw.vert_properties, np.float32)[:, :3]
    faces = np.asarray(raw.tri_verts, np.int64)
    if len(raw.merge_from_vert):
        place = np.arange(len(vertices))
        place[raw.merge_from_vert] = raw.merge_to_vert
        faces = place[faces]
    mesh: trimesh.Trimesh = trimesh.Trimesh(vertices.astype(np.float64), faces, process=False)
    return mesh


def union(meshes: Sequence[trimesh.Trimesh]) -> trimesh.Trimesh:
    """The union of closed meshes; MeshError when one of them is no solid, ValueError when there are none."""
    if not meshes:
        raise ValueError("the union of no meshes")
    return from_manifold(unite([to_manifold(mesh) for mesh in meshes]))


def difference(a: trimesh.Trimesh, b: trimesh.Trimesh) -> trimesh.Trimesh:
    """What is left of ``a`` outside ``b``; MeshError when either is no solid or nothing is left."""
    return from_manifold(to_manifold(a) - to_manifold(b))


def unite(solids: Sequence[Any]) -> manifold3d.Manifold:
    """The union of Manifolds as one Manifold, unchecked."""
    import manifold3d as m3

    if len(solids) == 1:
        return solids[0]
    return m3.Manifold.batch_boolean(list(solids), m3.OpType.Add)
