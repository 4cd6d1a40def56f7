"""Pieces laid flat and packed on as few beds as they need.

A piece lies on its cut face, or else on that face of its hull on which it stands safely and needs least
support. The plan is packed by the skyline method (Jylänki, "A thousand ways to pack the bin", 2010): every
piece, the largest first, goes where it ends lowest, turned a quarter if that helps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.colour import colour_of
from fabricate.solid.export import write_verified
from fabricate.solid.limits import Limits
from fabricate.solid.scale import box_of
from fabricate.solid.stand import stand_of
from fabricate.solid.threemf import Thing, extruders_for

if TYPE_CHECKING:
    import trimesh

__all__ = [
    "Piece",
    "Plate",
    "foot_of",
    "joined",
    "laid_flat",
    "packed",
    "plates",
    "turned",
    "write_plates",
]

Floats = npt.NDArray[np.float64]
GAP_MM, MARGIN_MM = 5.0, 6.0
FACES = 14
"""So many of the hull's largest faces are tried."""
TIP_DEG = 12.0
FIRST_MM, HELD_MM2 = 0.3, 2.0
"""What lies within a first layer's height of the plate, at least, where nothing stands safely."""
STAND_MM2 = 12.0


@dataclass(frozen=True)
class Piece:
    """What goes on a plate as one object: its closed ``parts`` in mm, and the unit direction that should face
    the plate (None: the best is found)."""

    parts: Mapping[str, trimesh.Trimesh]
    down: Floats | None = None


@dataclass(frozen=True)
class Plate:
    """One bed: its ``things`` lie flat, each ``at`` its place; the bed corner is the origin."""

    things: tuple[Thing, ...]
    colour: str = ""


def plates(
    pieces: Mapping[str, Piece],
    bed_mm: tuple[float, float, float],
    limits: Limits,
    *,
    by_colour: bool = False,
    gap_mm: float = GAP_MM,
    margin_mm: float = MARGIN_MM,
) -> list[Plate]:
    """The pieces at their places on beds (x, y, z in mm), at least ``gap_mm`` apart and ``margin_mm`` inside.

    ``by_colour`` puts pieces of one colour on plates of their own, for a printer that holds one filament.
    Raises MeshError for a piece that no bed holds.
    """
    laid = {name: _laid(piece, limits) for name, piece in pieces.items()}
    groups: dict[str, list[str]] = {}
    for name, parts in laid.items():
        largest = max(parts.values(), key=lambda part: float(part.area))
        groups.setdefault(colour_of(largest) if by_colour else "", []).append(name)
    out = []
    for colour, names in groups.items():
        out += packed({name: laid[name] for name in names}, bed_mm, colour, gap_mm, margin_mm)
    return out


def write_plates(every: Sequence[Plate], folder: Path, *, colours: int, title: str = "") -> list[Path]:
    """``1.3mf``, ``2.3mf`` ... in a folder, made if need be; colour parts share ``colours`` extruders.

    Raises MeshError when reading a file back does not give what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = {
        f"{thing.name}/{name}": part
        for plate in every
        for thing in plate.things
        for name, part in thing.parts.items()
    }
    extruders = extruders_for(shown, colours) if colours > 1 else dict.fromkeys(shown, 1)
    paths = []
    for number, plate in enumerate(every, 1):
        path = folder / f"{number}.3mf"
        own = [
            Thing(t.name, {f"{t.name}/{name}": part for name, part in t.parts.items()}, t.at)
            for t in plate.things
        ]
        words = f"{title or 'figure'}: plate {number} of {len(every)}"
        write_verified(own, path, extruders=extruders, title=words)
        paths.append(path)
    return paths


def laid_flat(mesh: trimesh.Trimesh, limits: Limits, down: npt.ArrayLike | None = None) -> Floats:
    """The move (4, 4) that lays a mesh on z = 0, ``down`` (or the best face of its hull) to the plate.

    Best is what needs least support, by volume, of the ways in which it stands safely.
    """
    if down is not None:
        move = _turned(mesh, np.asarray(down, np.float64))
        if _stands(mesh, move):
            return move
    tries = [_turned(mesh, way) for way in _ways(mesh)]
    safe = [move for move in tries if _stands(mesh, move)]
    # where none is safe, at least not on a point: a slicer refuses a first layer with nothing in it
    safe = safe or [m for m in tries if foot_of(mesh, _moved(mesh, m), FIRST_MM) >= HELD_MM2]
    return min(safe or tries, key=lambda move: _support(mesh, move, limits))


def _ways(mesh: trimesh.Trimesh) -> list[Floats]:
    """Directions that could face the plate: as it stands first, then the hull's largest flat faces."""
    hull = mesh.convex_hull
    normals, areas = np.asarray(hull.face_normals), np.asarray(hull.area_faces)
    keys = np.round(normals * 40).astype(int)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.reshape(-1)
    total = np.bincount(group, areas)
    out = [np.array([0.0, 0.0, -1.0])]
    for k in np.argsort(-total)[:FACES]:
        way = (normals[group == k] * areas[group == k, None]).sum(axis=0)
        out.append(way / np.linalg.norm(way))
    return out


def _turned(mesh: trimesh.Trimesh, down: Floats) -> Floats:
    """The shortest turn that brings ``down`` to -z, then the move to z = 0 about the origin in x and y."""
    from scipy.spatial.transform import Rotation

    move = np.eye(4)
    if abs(down[2] + 1) > 1e-9:
        turn, _ = Rotation.align_vectors([[0.0, 0.0, -1.0]], [down / np.linalg.norm(down)])
        move[:3, :3] = turn.as_matrix()
    points = np.asarray(mesh.vertices) @ move[:3, :3].T
    low, high = points.min(axis=0), points.max(axis=0)
    move[:3, 3] = [-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]]
    return move


def _moved(mesh: trimesh.Trimesh, move: Floats) -> Floats:
    return np.asarray(np.asarray(mesh.vertices) @ move[:3, :3].T + move[:3, 3])


def _stands(mesh: trimesh.Trimesh, move: Floats) -> bool:
    points = _moved(mesh, move)
    if foot_of(mesh, points) < STAND_MM2:
        return False
    return stand_of(points, np.asarray(mesh.faces), 0.1).tip_deg >= TIP_DEG


def foot_of(mesh: trimesh.Trimesh, points: Floats, touch_mm: float = 0.1) -> float:
    """The area in mm^2 that lies on the plate: within ``touch_mm`` of the lowest of the mesh's ``points``
    (n, 3), which are its vertices, perhaps turned and moved."""
    flat = (points[np.asarray(mesh.faces), 2] < points[:, 2].min() + touch_mm).all(axis=1)
    return float(np.asarray(mesh.area_faces)[flat].sum())


def _support(mesh: trimesh.Trimesh, move: Floats, limits: Limits) -> float:
    """About how much is printed only to be thrown away: what overhangs, times its height; a little for tall
    ones, and for a small foot."""
    points = _moved(mesh, move)
    facing = np.asarray(mesh.face_normals) @ move[2, :3]
    height = points[np.asarray(mesh.faces), 2].mean(axis=1)
    over = (facing < -math.sin(math.radians(limits.overhang_deg))) & (height > 0.3)
    area = np.asarray(mesh.area_faces)
    needed = float((area * -facing * height)[over].sum())
    return needed + 4.0 * float(points[:, 2].max()) - 0.5 * foot_of(mesh, points)


def joined(parts: Mapping[str, trimesh.Trimesh]) -> trimesh.Trimesh:
    """The triangles of parts as one mesh, as they are: no union."""
    from trimesh import util as untyped

    util: Any = untyped
    meshes = list(parts.values())
    whole: trimesh.Trimesh = meshes[0] if len(meshes) == 1 else util.concatenate(meshes)
    return whole


def _laid(piece: Piece, limits: Limits) -> dict[str, trimesh.Trimesh]:
    move = laid_flat(joined(piece.parts), limits, piece.down)
    out = {}
    for name, part in piece.parts.items():
        copy = part.copy()
        copy.vertices = _moved(part, move)
        out[name] = copy
    return out


def packed(
    laid: Mapping[str, Mapping[str, trimesh.Trimesh]],
    bed_mm: tuple[float, float, float],
    colour: str = "",
    gap: float = GAP_MM,
    margin: float = MARGIN_MM,
) -> list[Plate]:
    """Skyline packing of the pieces' boxes on as many beds as it takes, each piece as it lies.

    ``gap`` is left between pieces and ``margin`` at the bed's edges, in mm. Raises MeshError for a piece that
    no bed holds.
    """
    width, depth = bed_mm[0] - 2 * margin + gap, bed_mm[1] - 2 * margin + gap
    boxes = {name: box_of(parts) for name, parts in laid.items()}
    order = sorted(laid, key=lambda n: (-max(boxes[n][1, :2] - boxes[n][0, :2]), n))
    beds: list[list[tuple[float, float, float]]] = []
    placed: list[list[tuple[str, float, float, bool]]] = []
    for name in order:
        x, y, z = (float(v) for v in boxes[name][1] - boxes[name][0])
        if z > bed_mm[2] or min(x, y) + gap > min(width, depth) or max(x, y) + gap > max(width, depth):
            raise MeshError(
                f"the piece {name!r} ({x:.0f} x {y:.0f} x {z:.0f} mm) is larger than the bed",
                'split it with prepare.split = "bed", or choose another slice.profile',
            )
        for k in range(len(beds) + 1):
            if k == len(beds):
                beds.append([(0.0, 0.0, width)])
                placed.append([])
            spot = _lowest(beds[k], x + gap, y + gap, width, depth)
            if spot is not None:
                left, low, quarter = spot
                placed[k].append((name, left, low, quarter))
                size = (y + gap, x + gap) if quarter else (x + gap, y + gap)
                beds[k] = _raised(beds[k], left, size[0], low + size[1])
                break
    return [Plate(_things(rows, laid, bed_mm, gap), colour) for rows in placed]


def _lowest(
    skyline: list[tuple[float, float, float]], x: float, y: float, width: float, depth: float
) -> tuple[float, float, bool] | None:
    """(left, low, turned) for a box where it ends lowest; None when the bed has no room."""
    best: tuple[float, float, float, float, bool] | None = None
    for quarter, (wide, deep) in ((False, (x, y)), (True, (y, x))):
        for left, _, _ in skyline:
            if left + wide > width + 1e-9:
                continue
            low = max(h for a, h, w in skyline if a < left + wide - 1e-9 and a + w > left + 1e-9)
            if low + deep > depth + 1e-9:
                continue
            rank = (low + deep, left, low, left, quarter)
            if best is None or rank < best:
                best = rank
    return None if best is None else (best[3], best[2], best[4])


def _raised(
    skyline: list[tuple[float, float, float]], left: float, wide: float, height: float
) -> list[tuple[float, float, float]]:
    """The skyline (left, height, width) with a box on it."""
    out = []
    for a, h, w in skyline:
        if a < left:
            out.append((a, h, min(w, left - a)))
        if a + w > left + wide:
            start = max(a, left + wide)
            out.append((start, h, a + w - start))
    out.append((left, height, wide))
    return sorted(row for row in out if row[2] > 1e-9)


def _things(
    rows: list[tuple[str, float, float, bool]],
    laid: Mapping[str, Mapping[str, trimesh.Trimesh]],
    bed_mm: tuple[float, float, float],
    gap: float,
) -> tuple[Thing, ...]:
    """The pieces at their places, the lot in the middle of the bed."""
    ready = []
    for name, left, low, quarter in rows:
        parts = {key: turned(part) if quarter else part for key, part in laid[name].items()}
        ready.append((name, parts, box_of(parts), left, low))
    high = np.max([np.array([left, low]) + (box[1] - box[0])[:2] for _, _, box, left, low in ready], axis=0)
    shift = (np.array(bed_mm[:2]) - high) / 2
    things = []
    for name, parts, box, left, low in ready:
        at = np.array([left, low]) + shift - box[0, :2]
        things.append(Thing(name, parts, (float(at[0]), float(at[1]), -float(box[0, 2]))))
    return tuple(things)


def turned(part: trimesh.Trimesh) -> trimesh.Trimesh:
    """A copy of a part, turned a quarter about z."""
    copy = part.copy()
    points = np.array(part.vertices)
    copy.vertices = np.stack([-points[:, 1], points[:, 0], points[:, 2]], axis=1)
    return copy
