"""What an assembled figure may still need: thin places thickened, its inside taken out.

The figure's one solid is worked on, and the colour parts are made to follow: what was added goes to the
parts that it lies on, what was taken is taken from all. Parts go on abutting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fabricate.errors import MeshError
from fabricate.events import Progress
from fabricate.solid.assemble import Assembly
from fabricate.solid.boolean import to_manifold, unite
from fabricate.solid.hollow import Hollowed, hollowed
from fabricate.solid.limits import Limits
from fabricate.solid.mend import sound_mesh
from fabricate.solid.recolour import coloured_like
from fabricate.solid.scale import fit_box
from fabricate.solid.thicken import Thickened, thickened
from fabricate.solid.thickness import Walls
from fabricate.solid.topology import census

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["PLUGS", "emptied", "sound", "thicker"]

PLUGS = "plugs"
"""The accessory that a hollow figure's plugs are."""
CRUMB_MM3 = 1e-4


def thicker(
    made: Assembly, limits: Limits, progress: Progress | None = None, walls: Walls | None = None
) -> tuple[Assembly, Thickened]:
    """The figure with everything under the process's floor thickened, and what was done.

    ``walls`` are the solid's walls where the gate has just measured them, under the same limits. The very
    same assembly when nothing could be. Raises MeshError when the solid is not closed.
    """
    done = thickened(made.solid, limits, progress, walls)
    if done.mesh is made.solid:
        return made, done
    if len(made.parts) == 1:
        parts = dict.fromkeys(made.parts, done.mesh)
    else:
        added = to_manifold(done.mesh) - to_manifold(made.solid)
        parts = _shared([lump for lump in added.decompose() if lump.volume() > CRUMB_MM3], made.parts)
    grown = replace(made, solid=done.mesh, parts=parts, notes=(*made.notes, *done.notes))
    return (grown if made.base_mm else _as_tall(grown, made.solid)), done


def _as_tall(grown: Assembly, before: trimesh.Trimesh) -> Assembly:
    """A figure without a base that grew at its ends, as tall again as it was and in the middle.

    Prepared once more it would be brought there anyway.
    """
    low, high = before.bounds
    place = fit_box(np.asarray(grown.solid.bounds, np.float64), float(high[2] - low[2]))
    solid = place.apply(grown.solid)
    if place.note or not census(solid).sound:
        return grown
    parts = {name: place.apply(part) for name, part in grown.parts.items()}
    return replace(grown, solid=solid, parts=parts)


def _shared(added: manifold3d.Manifold, parts: Mapping[str, trimesh.Trimesh]) -> dict[str, trimesh.Trimesh]:
    """Every lump that was added, united with the part that has the nearest point to most of its corners."""
    from scipy.spatial import cKDTree

    names = list(parts)
    points = np.concatenate([parts[name].vertices for name in names])
    owner = np.repeat(np.arange(len(names)), [len(parts[name].vertices) for name in names])
    tree = cKDTree(points)
    lumps: dict[int, list[manifold3d.Manifold]] = {}
    for lump in added:
        corners = np.asarray(lump.to_mesh().vert_properties, np.float64)[:, :3]
        nearest = owner[tree.query(corners)[1]]
        lumps.setdefault(int(np.bincount(nearest).argmax()), []).append(lump)
    out = dict(parts)
    for index, own in lumps.items():
        name = names[index]
        grown = unite([to_manifold(parts[name], f"the part {name!r}"), *own])
        out[name] = _sound(grown, parts[name])
    return out


def _sound(solid: manifold3d.Manifold, old: trimesh.Trimesh) -> trimesh.Trimesh:
    """A part as a mesh that files can hold, in the old one's colours."""
    return coloured_like(sound_mesh(solid), old)


def sound(part: trimesh.Trimesh) -> trimesh.Trimesh:
    """A part whose points, rounded as files round them, do not pinch; the very same one where they do not."""
    if census(part).sound:
        return part
    try:
        return _sound(to_manifold(part), part)
    except MeshError:
        return part


def emptied(made: Assembly, wall_mm: float, limits: Limits) -> tuple[Assembly, Hollowed]:
    """The figure as a shell with drain holes, its plugs among the accessories, and what was done."""
    done = hollowed(made.solid, wall_mm, limits)
    if done.taken is None:
        return replace(made, notes=(*made.notes, *done.notes)), done
    taken = to_manifold(done.taken)
    parts = {}
    for name, part in made.parts.items():
        left = to_manifold(part, f"the part {name!r}") - taken
        if not left.is_empty():
            parts[name] = _sound(left, part)
    accessories = dict(made.accessories)
    if done.plugs:
        accessories[PLUGS] = {f"plug {k}": plug for k, plug in enumerate(done.plugs, 1)}
    return (
        replace(
            made,
            solid=done.solid,
            parts=parts,
            accessories=accessories,
            notes=(*made.notes, *done.notes),
        ),
        done,
    )
