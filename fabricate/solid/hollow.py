"""A solid made hollow for resin: an even wall, holes where they are not seen, plugs, no pool left inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster, caster
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.cavity import Room, room_in
from fabricate.solid.drains import Hole, bored, hole_for, plug_for, upright
from fabricate.solid.grids import draining
from fabricate.solid.levels import solid_below
from fabricate.solid.limits import Limits
from fabricate.solid.mend import tidy
from fabricate.solid.recolour import coloured_like
from fabricate.solid.thickness import inward_of
from fabricate.solid.topology import census

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["LEAST_WALL_MM", "Hollowed", "hollowed"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
LEAST_WALL_MM = 1.0
LEAST_HOLE_MM = 2.5
LEAST_ROOM_MM3 = 200.0
"""A room that saves less than this (a cube of 6 mm) is not worth two holes."""
POOL_MM3 = 150.0
"""A pool larger than this gets a hole of its own if one fits; smaller ones are left full."""
MOST_HOLES = 4
SMOOTH_MM = 0.03


@dataclass(frozen=True)
class Hollowed:
    """``solid``: the figure with its holes (the very same mesh where it was left full).

    ``plugs`` stand on their inner end on z = 0, ready to print, in the order of ``holes``; ``taken`` is all
    that was cut away, to be cut from the figure's coloured parts too.
    """

    solid: trimesh.Trimesh
    plugs: tuple[trimesh.Trimesh, ...] = ()
    notes: tuple[str, ...] = ()
    saved_mm3: float = 0.0
    holes: tuple[Hole, ...] = ()
    taken: trimesh.Trimesh | None = None


def hollowed(solid: trimesh.Trimesh, wall_mm: float, limits: Limits, *, hole_mm: float = 3.5) -> Hollowed:
    """A closed solid in mm, +Z up, facing -Y, as a shell of ``wall_mm`` (at least 1) that drains standing.

    Every room gets two holes, ``hole_mm`` wide or 2.5 mm where that does not fit. Rooms without a place for a
    hole, pools and narrow places stay full. MeshError when ``solid`` is not a closed solid.
    """
    notes = []
    wall = max(wall_mm, LEAST_WALL_MM)
    if wall > wall_mm:
        notes.append(f"hollow: a wall of {wall_mm:g} mm would not hold, {wall:g} mm was taken")
    whole = to_manifold(solid)
    room = room_in(solid, wall)
    found = census(solid)
    corners = found.vertices[found.faces]
    rays, (inward, _) = caster(found.vertices, found.faces), inward_of(corners)
    kept, holes, shut = _drained(room, rays, inward, wall, max(hole_mm, LEAST_HOLE_MM))
    if shut:
        notes.append(f"hollow: {shut:.0f} mm3 were left full, for no hidden place there takes two holes")
    inner = _skin(room, kept, wall) if holes else None
    if inner is None:
        notes.append(f"too slender to hollow with walls of {wall:g} mm: left full")
        return Hollowed(solid, notes=tuple(notes))
    taken = unite([inner, *(bored(hole, 2 * room.cells.step) for hole in holes)])
    made, _ = tidy(whole - taken)
    saved = float(whole.volume() - to_manifold(made).volume())
    plugs = tuple(_standing(plug_for(hole, whole, wall, limits.clearance_mm[0]), hole) for hole in holes)
    notes += _words(holes, wall, saved, float(whole.volume()))
    return Hollowed(
        coloured_like(made, solid), plugs, tuple(notes), saved, tuple(holes), from_manifold(taken)
    )


def _drained(
    room: Room, rays: Caster, inward: Floats, wall: float, hole_mm: float
) -> tuple[Bools, list[Hole], float]:
    """The cells of a room that drain, the holes, and mm^3 of rooms that found no place for two."""
    from scipy import ndimage

    cell = room.cells.step**3
    label, count = ndimage.label(room.room)
    kept = np.zeros_like(room.room)
    holes: list[Hole] = []
    shut = 0.0
    sizes = np.bincount(label.reshape(-1), minlength=count + 1) * cell
    for name in np.argsort(-sizes[1:], kind="stable") + 1:
        if sizes[name] < LEAST_ROOM_MM3:
            break
        part = label == name
        for wide in (hole_mm, LEAST_HOLE_MM):
            mine = _pair(room, part, rays, inward, wide, wall, holes)
            if len(mine) == 2:
                break
        if len(mine) < 2:
            shut += sizes[name]
            continue
        dry = draining(part, _mouths(room, mine), diagonal=True)
        while len(mine) < MOST_HOLES:
            pool, size = _largest(part & ~dry, cell)
            if size < POOL_MM3:
                break
            more = hole_for(room, pool, rays, inward, wide, wall, holes + mine)
            if more is None:
                break
            mine.append(more)
            dry = draining(part, _mouths(room, mine), diagonal=True)
        holes += mine
        kept |= dry
    return kept, holes, shut


def _pair(
    room: Room, part: Bools, rays: Caster, inward: Floats, wide: float, wall: float, taken: list[Hole]
) -> list[Hole]:
    mine: list[Hole] = []
    for _ in range(2):
        hole = hole_for(room, part, rays, inward, wide, wall, taken + mine)
        if hole is None:
            break
        mine.append(hole)
    return mine


def _mouths(room: Room, holes: list[Hole]) -> Bools:
    """The cells that lie in a hole: what reaches one of them runs out."""
    out = np.zeros(room.cells.shape, bool)
    step = room.cells.step
    for hole in holes:
        size = int(hole.wide / step) + 3
        span = np.arange(-size, size + 1)
        around = np.stack(np.meshgrid(span, span, span, indexing="ij"), axis=-1).reshape(-1, 3)
        cells = room.cells.cell_of(hole.start[None])[0] + around
        cells = cells[((cells >= 0) & (cells < room.cells.shape)).all(axis=1)]
        away = room.cells.points(cells) - hole.start
        along = away @ hole.way
        across = np.linalg.norm(away - along[:, None] * hole.way, axis=1)
        mine = cells[(across < hole.wide / 2 - step / 2) & (along > -step)]
        out[tuple(mine.T)] = True
    return out


def _largest(cells: Bools, cell: float) -> tuple[Bools, float]:
    from scipy import ndimage

    label, count = ndimage.label(cells)
    if not count:
        return cells, 0.0
    sizes = np.bincount(label.reshape(-1))
    sizes[0] = 0
    return np.asarray(label == sizes.argmax()), float(sizes.max()) * cell


def _skin(room: Room, kept: Bools, wall: float) -> manifold3d.Manifold | None:
    """The surface of the room: where the wall ends, and smooth where cells were left full."""
    from scipy import ndimage

    step = room.cells.step
    if not kept.any():
        return None
    far = ndimage.distance_transform_edt(~kept) - ndimage.distance_transform_edt(kept)
    far = ndimage.gaussian_filter((far * step).astype(np.float32), 0.7)
    field = np.where(room.depth > 0, wall - room.depth, wall)
    field = np.maximum(field, far - 0.5 * step)
    made = solid_below(field, step, room.cells.origin)
    if made is None:
        return None
    pieces = [p for p in made.simplify(SMOOTH_MM).decompose() if p.volume() > 20 * step**3]
    return unite(pieces) if pieces else None


def _standing(plug: manifold3d.Manifold, hole: Hole) -> trimesh.Trimesh:
    """A plug turned so that it stands on its inner end, centred, on z = 0."""
    mesh, _ = tidy(plug)
    mesh.vertices = mesh.vertices @ upright(hole.way).T
    low, high = mesh.bounds
    mesh.apply_translation([-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]])
    return mesh


def _words(holes: list[Hole], wall: float, saved: float, full: float) -> list[str]:
    under = sum(hole.way[2] < -0.5 for hole in holes)
    widths = sorted({round(hole.wide, 1) for hole in holes})
    wide = " and ".join(f"{w:g}" for w in widths)
    where = "under it" if under == len(holes) else "behind" if not under else f"{under} under it"
    return [
        f"hollow: walls of {wall:g} mm, {saved / 1000:.1f} cm3 of resin saved ({saved / full * 100:.0f} %); "
        f"{len(holes)} drain holes of {wide} mm, {where}; their plugs are parts of their own",
        "hang or lift it on supports so that the holes stay open, rinse it inside before you cure it",
    ]
