"""A mesh made one sound solid by the gentle means: welding, winding, small holes, union of its shells.

Nothing is remeshed: a sound mesh comes back as it was, and one that stays open is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.topology import Census, census

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["SPECK_MM3", "as_solid", "sound_mesh", "swollen", "tidy"]

UNPINCH_MM = 0.002
SPECK_MM3 = 0.1
"""A loose piece smaller than this is dust (a cube of under half a millimetre): it is left out."""


def as_solid(mesh: trimesh.Trimesh, what: str = "the mesh") -> tuple[manifold3d.Manifold, tuple[str, ...]]:
    """The mesh as one closed, outward-facing Manifold (it may be several bodies), and what was mended.

    Raises MeshError, saying how many edges are open, when the gentle means are not enough.
    """
    notes: list[str] = []
    try:
        solid = to_manifold(mesh, what)
    except MeshError:
        solid = to_manifold(_repaired(mesh, what), what)
        notes.append("mended: points welded, faces turned one way, small holes filled")
    if solid.volume() < 0:
        turned = mesh.copy()
        turned.invert()
        solid = to_manifold(turned, what)
        notes.append("mended: it was inside out")
    pieces = solid.decompose()
    if len(pieces) < 2:
        return solid, tuple(notes)
    outer = [piece for piece in pieces if piece.volume() > 0]
    if len(outer) < len(pieces):
        notes.append(f"mended: shells inside the solid were filled ({len(pieces) - len(outer)})")
    made = unite(outer)
    if len(outer) > 1 and len(made.decompose()) < len(outer):
        notes.append(f"{len(outer)} closed shells were united")
    return made, tuple(notes)


def _repaired(mesh: trimesh.Trimesh, what: str) -> trimesh.Trimesh:
    import trimesh as tm
    from trimesh import repair as untyped

    repair: Any = untyped

    found = census(mesh)
    if not len(found.faces) or not np.isfinite(found.vertices).all():
        raise MeshError(f"{what} has no surface: no face has an area", "use another mesh")
    made = tm.Trimesh(found.vertices.astype(np.float64), found.faces, process=False)
    made.update_faces(made.unique_faces())
    made.remove_unreferenced_vertices()
    repair.fix_winding(made)
    repair.fill_holes(made)
    repair.fix_normals(made, multibody=True)
    after = census(made)
    if after.sound:
        return made
    edges = after.open_edges or after.crowded_edges
    kind = "open edges (holes in its surface)" if after.open_edges else "edges with more than two faces"
    raise MeshError(
        f"{what} is not a closed solid: {edges:,} {kind}",
        "close it first (Blender: 3D Print Toolbox, Make Manifold), or use another mesh",
    )


def sound_mesh(solid: manifold3d.Manifold) -> trimesh.Trimesh:
    """A Manifold in mm as its mesh, tidied where that alone would not be closed in a file."""
    mesh = from_manifold(solid)
    return mesh if census(mesh).sound else tidy(solid)[0]


def tidy(solid: manifold3d.Manifold) -> tuple[trimesh.Trimesh, tuple[str, ...]]:
    """A Manifold in mm as a mesh that an STL file can hold, without dust and without shells inside.

    STL knows no topology, only places: vertices that float32 brings together are joined. Where that pinches
    the surface, the pinched vertices are drawn inwards by two micrometres, or the solid is simplified by a
    hair (0.2 to 10 micrometres), until it stays closed.
    """
    import trimesh as tm

    notes: list[str] = []
    mesh = from_manifold(solid)
    found = census(mesh)
    for hair in (0.0, 2e-4, 1e-3, 5e-3, 1e-2):
        if found.sound:
            break
        mesh = from_manifold(solid.simplify(hair) if hair else solid)
        for _ in range(3):  # a vertex drawn away from one twin may come to lie on another
            mesh = _unpinched(mesh)
            found = census(mesh)
            if found.sound:
                break
    if found.sound and len(found.faces) != len(mesh.faces):
        # Triangles that float32 has collapsed to a line: a welding reader would count four faces at an edge.
        mesh = tm.Trimesh(found.vertices.astype(np.float64), found.faces, process=False)
    if len(found.volumes) > 1:
        mesh, notes = _without_dust(mesh, found, notes)
    return mesh, tuple(notes)


def _unpinched(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Vertices that share a place, though not an index, drawn apart along their own normals."""
    points = np.asarray(mesh.vertices, np.float32)
    _, place, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    twins = count[place.reshape(-1)] > 1
    return swollen(mesh, np.where(twins, -UNPINCH_MM, 0.0)[:, None])


def _without_dust(
    mesh: trimesh.Trimesh, found: Census, notes: list[str]
) -> tuple[trimesh.Trimesh, list[str]]:
    """Only the bodies that matter: outward ones larger than a speck."""
    keep = found.volumes >= SPECK_MM3
    if keep.all() or not keep.any():
        return mesh, notes
    inner = int((found.volumes < 0).sum())
    dust = int((~keep).sum()) - inner
    if inner:
        notes.append(f"{inner} closed voids inside the solid were filled")
    if dust:
        notes.append(f"{dust} loose specks under {SPECK_MM3:g} mm3 were left out")
    return found.mesh(keep), notes


def swollen(mesh: trimesh.Trimesh, hair: float | npt.NDArray[np.float64]) -> trimesh.Trimesh:
    """The mesh larger by ``hair`` all round: parts that only touch, to a file's last decimal, then overlap.

    United as they are, such parts would stay apart by slits that no eye sees.
    """
    made = mesh.copy()
    made.vertices = mesh.vertices + mesh.vertex_normals * hair
    return made
