"""The parts' fields as meshes, finer for a print than for a picture."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.design import Design
from fabricate.kit.figure import Piece, build
from fabricate.kit.isosurface import isosurface

__all__ = ["Floors", "PieceMesh", "floors", "meshed", "meshes", "side_by_side"]

R = TypeVar("R")
SMOOTH = frozenset({"skin", "hair", "top", "bottom", "shoes", "beard"})
"""Large round parts: at a quarter more than the usual cell their surface is still true to a micrometre
or two."""


@dataclass(frozen=True)
class Floors:
    """A printer's limits in body units.

    ``thin``: the least radius of a free part; ``step``: one layer of relief; ``line``: the least width of a
    raised line; ``voxel``: the mesh's detail.
    """

    thin: float
    step: float
    line: float
    voxel: float


@dataclass(frozen=True)
class PieceMesh:
    """A part's mesh in body units: ``vertices`` (n, 3) float64, ``faces`` (m, 3), outward."""

    piece: Piece
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]


def floors(height_mm: float, process: str, relief_mm: float | None = None, stretch: float = 1.12) -> Floors:
    """The floors at an asked height: FDM walls of 1.3 mm, lines of 0.9 and relief of 0.3 a layer, resin
    1.05, 0.68 and 0.2: a little over what the print gate calls thin.

    ``relief_mm`` sets another layer (0 leaves the usual one: the solid is cut flush afterwards). ``stretch``:
    the figure's height over its bare body's (hair, hat). At 40 to 300 mm the detail is that of the print,
    0.3 mm, within bounds that keep the mesh light and the face legible.
    """
    unit = stretch / height_mm
    wall, line, usual = (1.3, 0.90, 0.30) if process == "fdm" else (1.05, 0.68, 0.20)
    voxel = float(np.clip(0.30 * unit, 0.0026, 0.0052))
    return Floors(max(wall / 2 * unit, 0.0045), max((relief_mm or usual) * unit, 0.0032), line * unit, voxel)


def cell(piece: Piece, voxel: float, seen: bool = False) -> float:
    """The side of a part's cells: half for the face (0.15 mm at 40 to 100 mm), a quarter more for large round
    parts; ``seen``: half more, for a picture alone, which at a thousand pixels shows no difference.
    """
    if piece.fine:
        return piece.detail * voxel / 2
    if piece.name in SMOOTH:
        return piece.detail * voxel * (1.5 if seen else 1.25)
    return piece.detail * voxel


def side_by_side(work: Callable[[Any], R], items: Sequence[Any]) -> list[R]:
    """``work`` on each item in threads (numpy and manifold3d let go of the interpreter), results in order."""
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(work, items))


def meshes(
    design: Design,
    limit: Floors,
    step: Callable[[str, float], None] = lambda _m, _f: None,
    seen: bool = False,
) -> tuple[PieceMesh, ...]:
    """Every part that has a surface, in the order of ``build``; ``seen``: see ``cell``.

    The last design's meshes are remembered: a picture and a print of it share the parts of one detail.
    """
    step("sculpting", 0.0)
    pieces, made = _remembered(json.dumps(design.to_json(), sort_keys=True), limit)
    return meshed(pieces, limit.voxel, seen, made)


Made = dict[tuple[str, float], tuple[NDArray[np.float64], NDArray[np.int64]]]
"""Part and side of its cells -> its mesh."""


@lru_cache(maxsize=1)
def _remembered(design: str, limit: Floors) -> tuple[list[Piece], Made]:
    return build(Design.from_json(json.loads(design)), limit.thin, limit.step, limit.line), {}


def meshed(
    pieces: Sequence[Piece], voxel: float, seen: bool = False, made: Made | None = None
) -> tuple[PieceMesh, ...]:
    """Every piece that has a surface, in order, with cells of about ``voxel`` (body units).

    ``seen``: see ``cell``. What ``made`` holds is taken from there, what it lacks is put into it.
    """
    made = {} if made is None else made
    keys = [(piece.name, cell(piece, voxel, seen)) for piece in pieces]
    # The largest first, so that the threads end together.
    wanted = sorted(
        (k for k, key in enumerate(keys) if key not in made),
        key=lambda k: -float(np.prod(pieces[k].field.high - pieces[k].field.low)),
    )
    found = side_by_side(lambda k: isosurface(pieces[k].field, keys[k][1]), wanted)
    made.update(zip((keys[k] for k in wanted), found, strict=True))
    return tuple(
        PieceMesh(piece, *made[key]) for piece, key in zip(pieces, keys, strict=True) if len(made[key][1])
    )
