"""Thin places made as thick as the process needs, and nothing else moved: blades, fingers, hair, glasses.

What an opening by half the wall would lose is given back as the union of balls along its middle, added to the
solid by an exact union: every other face stays as it was, to the bit. Gaps are kept open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.events import Progress
from fabricate.render.rays import Caster, caster
from fabricate.solid.balls import ROUGH, VOXELS, ball_solid
from fabricate.solid.boolean import to_manifold, unite
from fabricate.solid.limits import Limits
from fabricate.solid.mend import tidy
from fabricate.solid.recolour import coloured_like
from fabricate.solid.ridge import PITCH, thin_ridge
from fabricate.solid.thickness import Walls, inward_of, measure_walls
from fabricate.solid.topology import Census, census

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["GAP_MM", "Thickened", "thickened"]

Floats = npt.NDArray[np.float64]
GAP_MM = 0.3
"""A gap is not narrowed below this, and one that is narrower not at all, unless it closes in print anyway."""
MARGIN, CREST_MARGIN = 1.18, 1.24
"""Balls are this much wider than the floor: a round rod is measured thinner than it is, a crest more so."""
ENOUGH, PASSES = 0.008, 0.0095
"""With no more of the surface than ``ENOUGH`` still thin, and no patch of it, nothing more is done. The
gate passes a little more; what comes down to ``PASSES`` does."""
IN_REACH = 0.02
"""Crests are rounded where no more than this is left: from further away they bring nothing about."""
ROUNDS = 4
WORTH = 0.15
"""Balls that cover less than this of the thin area are not worth a round, see ``_hopeless``."""
GAIN = 0.7
"""A round counts when it leaves less than this of the thin area, or of the patches, or ``PASSES``.
What a smaller gain would add, the next call would add to again: twice would not be once."""
EFFECT = 0.8
"""Of what balls cover, so much at most is thick enough afterwards."""
FEW, MANY = 4_000, 100_000
"""So many balls are tried on a finer grid where the coarse one dug a tunnel; more would take too long, and
hardly ever come out better. More than ``MANY`` are meshed on a rougher grid."""


@dataclass(frozen=True)
class Thickened:
    """The mesh (the very same one where nothing was done); ``spots`` (n, 3) mm where it grew; shares of the
    surface under the floor before and after; ``added`` the share of volume that it grew by."""

    mesh: trimesh.Trimesh
    notes: tuple[str, ...] = ()
    spots: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    before: float = 0.0
    after: float = 0.0
    added: float = 0.0


def thickened(
    mesh: trimesh.Trimesh, limits: Limits, progress: Progress | None = None, walls: Walls | None = None
) -> Thickened:
    """``mesh`` (a closed solid in mm) with every place thinner than ``limits.wall_floor_mm`` made that thick.

    Colours are kept. ``walls`` are its walls where the gate has just measured them, under the same limits.
    Raises MeshError when the mesh is not a closed solid.
    """
    found = census(mesh)
    if not found.sound:
        raise MeshError("only a closed solid can be thickened", "set prepare.clean to auto, or mend the mesh")
    floor = limits.wall_floor_mm
    rays: Caster | None = None
    if walls is None:
        rays = caster(found.vertices, found.faces)
        walls = _walls(found, limits, rays)
    before = after = walls.share_floor
    spots: list[Floats] = []
    depth: list[Floats] = []
    bodies, volume = len(found.volumes), float(found.volumes.sum())
    made = mesh
    for crests in (False, True):
        for turn in range(ROUNDS):
            if crests and after > IN_REACH:
                break
            if after <= ENOUGH and not len(walls.patches):
                break
            if progress:
                progress.step(f"thickening what is under {floor:g} mm", (turn + ROUNDS * crests) / 2 / ROUNDS)
            rays = rays or caster(found.vertices, found.faces)
            grown, middles, thick = _grown(made, found, rays, walls, floor, crests)
            if grown is None:
                break
            counted = census(grown)
            if not counted.sound or len(counted.volumes) > bodies:
                break
            seen = caster(counted.vertices, counted.faces)
            measured = _walls(counted, limits, seen)
            fewer = len(measured.patches) < GAIN * len(walls.patches)
            left = measured.share_floor / max(after, 1e-9)
            if left > GAIN and not fewer and measured.share_floor > PASSES:
                break
            made, found, rays, walls, after = grown, counted, seen, measured, measured.share_floor
            spots.append(middles)
            depth.append(thick)
            if left > GAIN and not len(walls.patches):
                break
    if made is mesh:
        return Thickened(mesh, before=before, after=before)
    added = float(found.volumes.sum()) / volume - 1
    where = np.concatenate(spots)
    low, high = mesh.bounds[:, 2]
    from_mm, to_mm = (float(v) - low for v in np.quantile(where[:, 2], (0.02, 0.98)))
    note = (
        f"thickened to {floor:g} mm: {before * 100:.1f} % of the surface was thinner "
        f"(down to {max(float(np.quantile(np.concatenate(depth), 0.02)), 0.01):.2f} mm), "
        f"{after * 100:.1f} % is now; "
        f"{from_mm:.0f} to {to_mm:.0f} mm up (of {high - low:.0f}), volume +{added * 100:.1f} %"
    )
    return Thickened(coloured_like(made, mesh), (note,), where, before, after, added)


def _walls(found: Census, limits: Limits, rays: Caster) -> Walls:
    floor = limits.wall_floor_mm
    return measure_walls(found.vertices, found.faces, floor_mm=floor, wall_mm=1.5 * floor, rays=rays)


def _grown(
    mesh: trimesh.Trimesh, found: Census, rays: Caster, walls: Walls, floor: float, crests: bool
) -> tuple[trimesh.Trimesh | None, Floats, Floats]:
    """The mesh united with balls along its thin places; None when there are none."""
    corners = found.vertices[found.faces]
    radius = floor * (CREST_MARGIN if crests else MARGIN) / 2
    seeds = walls.points[walls.thickness < floor]
    middles, thick = thin_ridge(corners, rays, seeds, floor, radius, GAP_MM, crests)
    inward, area = inward_of(corners)
    covered = 2 * len(middles) * (PITCH * radius) ** 2 / max(walls.share_floor * float(area.sum()), 1e-9)
    if _hopeless(covered, walls, crests):
        return None, middles, thick
    solid = to_manifold(mesh)
    best: manifold3d.Manifold | None = None
    fewest = 0
    grids = (ROUGH,) if len(middles) > MANY else VOXELS[: 1 + (len(middles) <= FEW)]
    for voxel in grids:
        balls = _above_plate(ball_solid(middles, radius, GAP_MM, rays, inward, voxel), solid)
        if not balls:
            break
        made = _without_crumbs(unite([solid, *balls]), solid)
        pierced = _pierced(made, solid)
        if best is None or pierced < fewest:
            best, fewest = made, pierced
        if not fewest:
            break
    return (tidy(best)[0] if best else None), middles, thick


def _hopeless(covered: float, walls: Walls, crests: bool) -> bool:
    """Whether balls that cover this share of the thin area can not bring about what a round must.

    Along a crest they stand in a line and mend more than they cover; patches may go while the area stays.
    """
    if crests or len(walls.patches):
        return covered < WORTH
    return EFFECT * covered < max(WORTH, min(1 - GAIN, 1 - PASSES / max(walls.share_floor, 1e-9)))


def _above_plate(
    balls: Sequence[manifold3d.Manifold], solid: manifold3d.Manifold
) -> list[manifold3d.Manifold]:
    """What of the balls does not reach below the solid: it would stand on them."""
    low = solid.bounding_box()[2]
    cut = [ball if ball.bounding_box()[2] >= low else ball.trim_by_plane((0, 0, 1), low) for ball in balls]
    return [ball for ball in cut if not ball.is_empty()]


def _pierced(made: manifold3d.Manifold, old: manifold3d.Manifold) -> int:
    """How many tunnels were dug or closed."""
    return abs(int(made.genus()) - int(old.genus()))


def _without_crumbs(made: manifold3d.Manifold, old: manifold3d.Manifold) -> manifold3d.Manifold:
    """The union without voids that it closed, and without balls that touch nothing."""
    pieces = made.decompose()
    before = [piece.volume() for piece in old.decompose()]
    if len(pieces) == len(before):
        return made
    whole = [piece for piece in pieces if piece.volume() > 0]
    whole = sorted(whole, key=lambda piece: -piece.volume())[: sum(v > 0 for v in before)]
    if min(before) < 0:
        whole += [piece for piece in pieces if piece.volume() < 0]
    return unite(whole)
