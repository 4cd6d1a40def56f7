"""Where a hollow figure's holes go: low, where nobody looks, straight through one wall; and their plugs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.render.rays import Caster
from fabricate.solid.cavity import Room

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Hole", "bored", "hole_for", "plug_for", "upright"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
WAYS = (
    ((0.0, 0.0, -1.0), 0.0),
    ((0.0, 0.6, -0.8), 3.0),
    ((0.0, 1.0, 0.0), 4.0),
    ((0.7, 0.7, 0.0), 7.0),
    ((-0.7, 0.7, 0.0), 7.0),
    ((1.0, 0.0, 0.0), 10.0),
    ((-1.0, 0.0, 0.0), 10.0),
)
"""Ways out of a figure that faces -Y, and what each costs in mm of height: under it, its back, its sides."""
TAPER_MM = 0.25
"""A hole is this much wider outside, all round, so that a plug sits tight and cannot fall in."""
RIM_MM = 0.5
"""Full wall that a hole leaves between its edge and the nearest corner of the figure."""
TRIES = 1500


@dataclass(frozen=True)
class Hole:
    """A hole from ``start`` (3,) in the room along ``way`` (unit), ``length`` mm to the surface, ``wide`` mm
    across at its narrowest; ``level`` is the height down to which it drains."""

    start: Floats
    way: Floats
    length: float
    wide: float
    level: float

    @property
    def end(self) -> Floats:
        """Where it comes out."""
        return self.start + self.way * self.length


def hole_for(
    room: Room, part: Bools, rays: Caster, inward: Floats, wide: float, wall_mm: float, taken: list[Hole]
) -> Hole | None:
    """The best hole out of one part of a room, clear of those ``taken``; None where none fits."""
    step = room.cells.step
    columns = part.any(axis=2)
    floor = np.where(columns, part.argmax(axis=2), 0)
    low = int(floor[columns].min())
    best: tuple[float, Hole] | None = None
    for way, cost in WAYS:
        go = np.array(way) / np.linalg.norm(way)
        if go[2] < 0:
            at = np.argwhere(columns)
            cells = np.column_stack([at, floor[tuple(at.T)]])
        else:
            cells = np.argwhere(part & ~np.roll(part, (-round(go[0]), -round(go[1])), (0, 1)))
        cells = cells[np.argsort(cells[:, 2], kind="stable")][:TRIES]
        start = room.cells.points(cells)
        length, fine, worse = _bores(rays, inward, start, go, wide, wall_mm)
        level = start[:, 2] if go[2] < 0 else start[:, 2] - wide / 3
        height = (cells[:, 2] - low) * step
        price = cost + 3 * height + worse
        for hole in taken:
            fine &= np.linalg.norm(start + go * length[:, None] - hole.end, axis=1) > 2.2 * wide
        if not fine.any():
            continue
        pick = int(np.where(fine, price, np.inf).argmin())
        if best is None or price[pick] < best[0]:
            best = (float(price[pick]), Hole(start[pick], go, float(length[pick]), wide, float(level[pick])))
    return best[1] if best else None


def _bores(
    rays: Caster, inward: Floats, start: Floats, way: Floats, wide: float, wall_mm: float
) -> tuple[Floats, Bools, Floats]:
    """How long each bore is, whether it goes through one wall with its whole rim, and how uneven it is."""
    length, fine = _out(rays, inward, start, way)
    fine &= (length < 2.5 * wall_mm + wide) & (_slant(rays, inward, start, way) > 0.55)
    side = np.cross(way, [1.0, 0.0, 0.0] if abs(way[0]) < 0.7 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    other = np.cross(way, side)
    reach = wide / 2 + TAPER_MM + RIM_MM
    spread = np.zeros(len(start))
    for turn in np.arange(8) * math.pi / 4:
        beside = start + reach * (side * math.cos(turn) + other * math.sin(turn))
        rim, there = _out(rays, inward, beside, way)
        fine &= there & (np.abs(rim - length) < wide)
        spread = np.maximum(spread, np.abs(rim - length))
    return length, fine, 2 * spread + 0.5 * length


def _out(rays: Caster, inward: Floats, start: Floats, way: Floats) -> tuple[Floats, Bools]:
    go = np.broadcast_to(way, start.shape).astype(np.float32)
    hits = rays.closest(start.astype(np.float32), go)
    leaves = (hits.face >= 0) & (inward[hits.face] @ way < 0)
    return np.where(leaves, hits.distance, 0.0).astype(np.float64), leaves


def _slant(rays: Caster, inward: Floats, start: Floats, way: Floats) -> Floats:
    go = np.broadcast_to(way, start.shape).astype(np.float32)
    return np.asarray(-(inward[rays.closest(start.astype(np.float32), go).face] @ way), np.float64)


def bored(hole: Hole, back_mm: float) -> manifold3d.Manifold:
    """What is taken away for a hole, beginning ``back_mm`` inside the room."""
    return _cone(hole, -back_mm, hole.length + 1.0, 0.0)


def plug_for(
    hole: Hole, solid: manifold3d.Manifold, wall_mm: float, clearance_mm: float
) -> manifold3d.Manifold:
    """The plug of a hole in place, its outer end the surface itself, ``clearance_mm`` thinner all round."""
    begin = max(hole.length - 1.2 * wall_mm, 0.0)
    return _cone(hole, begin, hole.length + 1.0, clearance_mm) ^ solid


def _cone(hole: Hole, begin: float, end: float, less: float) -> manifold3d.Manifold:
    import manifold3d as m3

    def radius(at: float) -> float:
        share = min(max(at / max(hole.length, 1e-6), 0.0), 1.2)
        return hole.wide / 2 + TAPER_MM * share - less

    turn = upright(hole.way).T
    made = m3.Manifold.cylinder(end - begin, radius(begin), radius(end), 48)
    origin = hole.start + hole.way * begin
    return made.transform(np.column_stack([turn, origin]))


def upright(way: Floats) -> Floats:
    """The rotation that lays ``way`` along +Z."""
    side = np.cross([0.0, 1.0, 0.0] if abs(way[1]) < 0.7 else [1.0, 0.0, 0.0], way)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(way, side), way])
