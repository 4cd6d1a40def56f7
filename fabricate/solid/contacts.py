"""Where closed parts that abut touch: faces, areas, and which small parts belong to which large ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import caster
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.limits import Limits
from fabricate.solid.mend import SPECK_MM3, as_solid, swollen

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Bodies", "bodies_of", "gathered", "shared_areas", "touched", "united", "without_crumbs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BESIDE_MM = 0.015
"""A face touches a part when a point this far above its middle lies in it."""
HAIR_MM = 0.002
MODEST = 0.35
"""Of two it touches alike a small body joins the smaller one: a sole its shoe, and not the base."""
SLANTS = ((0.0, 0.0), (0.31, 0.17), (-0.23, 0.29))
"""Each face asks three times, a little aslant, since faces that coincide can be met in either order."""


@dataclass(frozen=True)
class Bodies:
    """Closed single bodies: ``meshes``, the name of the part that each is ``of``, its ``volumes`` in mm3."""

    meshes: list[trimesh.Trimesh]
    of: list[str]
    volumes: Floats


def bodies_of(parts: dict[str, trimesh.Trimesh]) -> Bodies:
    """Every part taken apart into its bodies; a void stays with the body around it.

    Raises MeshError for a part that is no solid.
    """
    meshes, of = [], []
    for name, part in parts.items():
        solid, _ = as_solid(part, f"the part {name!r}")
        for body in solid.decompose():
            if body.volume() > 1e-4:
                meshes.append(from_manifold(body))
                of.append(name)
    return Bodies(meshes, of, np.array([float(m.volume) for m in meshes]))


def touched(meshes: Sequence[trimesh.Trimesh]) -> list[Ints]:
    """For each face of each mesh the number of the mesh that it touches, -1 for none; the meshes abut."""
    corners = [np.asarray(m.vertices, np.float32)[np.asarray(m.faces)] for m in meshes]
    every = np.concatenate(corners)
    owner = np.repeat(np.arange(len(meshes)), [len(c) for c in corners])
    normal = np.cross(every[:, 1] - every[:, 0], every[:, 2] - every[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-30)[:, None]
    start = (every.mean(axis=1) + BESIDE_MM * normal).astype(np.float32)
    side = np.roll(normal, 1, axis=1)
    rays = caster(every)
    found = np.full(len(every), -1)
    for a, b in SLANTS:
        way = normal + np.float32(a) * side + np.float32(b) * np.cross(normal, side)
        hits = rays.closest(start, way.astype(np.float32))
        leaves = np.einsum("ij,ij->i", normal[np.maximum(hits.face, 0)], way) > 0
        inside = (hits.face >= 0) & leaves
        whose = np.where(inside, owner[np.maximum(hits.face, 0)], -1)
        found = np.where((found < 0) & (whose != owner), whose, found)
    return np.split(found, np.cumsum([len(c) for c in corners])[:-1])


def shared_areas(meshes: Sequence[trimesh.Trimesh], touching: Sequence[Ints]) -> Floats:
    """The surface that each pair shares, (n, n) mm2, symmetric."""
    count = len(meshes)
    areas = np.zeros((count, count))
    for i, (mesh, whom) in enumerate(zip(meshes, touching, strict=True)):
        met = whom >= 0
        areas[i] = np.bincount(whom[met], np.asarray(mesh.area_faces)[met], count)
    return np.asarray(np.maximum(areas, areas.T))


def gathered(bodies: Bodies, areas: Floats, limits: Limits) -> list[list[int]]:
    """Groups of bodies that print as one piece, each led by a body large enough to be held and glued.

    A small body joins the one that it shares most surface with, the smallest first.
    """
    leads = [i for i in range(len(bodies.meshes)) if _can_stand_alone(bodies.meshes[i], limits)]
    if not leads:
        leads = [int(bodies.volumes.argmax())]
    group = {i: [i] for i in range(len(bodies.meshes))}
    alone = sorted(set(group) - set(leads), key=lambda i: bodies.volumes[i])
    for small in alone:
        mine = group[small]
        shared = {
            k: float(areas[np.ix_(mine, theirs)].sum()) / float(bodies.meshes[k].area) ** MODEST
            for k, theirs in group.items()
            if k != small
        }
        into = max(shared, key=lambda k: (shared[k], k in leads))
        if shared[into] <= 0:
            into = _nearest(bodies, small, [k for k in group if k != small])
        group[into] += group.pop(small)
    return [group[k] for k in sorted(group, key=lambda k: -bodies.volumes[k])]


def _can_stand_alone(mesh: trimesh.Trimesh, limits: Limits) -> bool:
    """Large and thick enough to be a piece: no button, stripe or lash."""
    mean = 2 * float(mesh.volume) / max(float(mesh.area), 1e-9)
    if float(mesh.volume) < 4 * limits.pin_mm**3 or mean < limits.wall_mm:
        return False
    sides = np.asarray(mesh.bounding_box_oriented.primitive.extents)
    return bool(sides.min() >= limits.pin_mm)


def _nearest(bodies: Bodies, one: int, others: list[int]) -> int:
    middle = bodies.meshes[one].bounds.mean(axis=0)
    away = [float(np.linalg.norm(bodies.meshes[k].bounds.mean(axis=0) - middle)) for k in others]
    return others[int(np.argmin(away))]


def united(meshes: Sequence[trimesh.Trimesh]) -> manifold3d.Manifold:
    """Abutting bodies as one solid; all but the first swell by two micrometres, so that no slit stays."""
    solids = [to_manifold(swollen(mesh, HAIR_MM) if k else mesh) for k, mesh in enumerate(meshes)]
    return without_crumbs(unite(solids))


def without_crumbs(solid: manifold3d.Manifold, least_mm3: float = SPECK_MM3) -> manifold3d.Manifold:
    """The bodies larger than a speck; slits and voids that a cut or a union left inside are filled."""
    import manifold3d as m3

    bodies = solid.decompose()
    if len(bodies) < 2:
        return solid
    kept = [body for body in bodies if body.volume() >= least_mm3]
    return m3.Manifold.compose(kept) if kept else max(bodies, key=lambda body: body.volume())
