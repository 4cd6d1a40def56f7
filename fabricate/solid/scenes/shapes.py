"""Small solids that scenery is put together from: stones, grounds, boards, balls; lengths in scene units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import manifold3d as m3
import numpy as np
import numpy.typing as npt

__all__ = ["Sculpture", "Solid", "apart", "arc_field", "ball", "board", "ground", "hulled", "stone", "waves"]

Floats = npt.NDArray[np.float64]
Solid: TypeAlias = m3.Manifold
DEEP = -0.06
"""Where scenery ends below the floor, inside its plinth."""


def ball(radius: float, at: Sequence[float], squash: float = 1.0, segments: int = 40) -> Solid:
    """A ball about a point, ``squash`` times as high as wide."""
    return Solid.sphere(radius, segments).scale((1.0, 1.0, squash)).translate((at[0], at[1], at[2]))


def hulled(pieces: Sequence[Solid]) -> Solid:
    """The convex hull of pieces."""
    return Solid.batch_hull(list(pieces))


def stone(shape: Floats, top: float, bevel: float, low: float = DEEP) -> Solid:
    """A stone over a convex outline (n, 2): upright sides, a round shoulder of ``bevel``, a flat top."""
    field = m3.CrossSection([shape])
    rings = []
    for turn in np.linspace(0.0, math.pi / 2, 5):
        inset, drop = bevel * (1 - math.cos(turn)), bevel * 0.7 * (1 - math.sin(turn))
        inner = field.offset(-inset, m3.JoinType.Round, circular_segments=24)
        rings += [(point, top - drop) for loop in inner.to_polygons() for point in loop]
    rings += [(point, low) for point in shape]
    return Solid.hull_points(np.array([[*point, z] for point, z in rings]))


def arc_field(inner: float, outer: float, start: float, end: float, gap: float, corner: float) -> Floats:
    """The outline (n, 2) of a stone in a ring, from turn ``start`` to ``end``, half a gap on each side."""
    half = gap / 2
    steps = max(3, int((end - start) * outer / 0.05))
    far = np.linspace(start + half / outer, end - half / outer, steps)
    near = np.linspace(end - half / inner, start + half / inner, steps) if inner > 0.05 else np.zeros(0)
    rows = [((outer - half) * math.cos(t), (outer - half) * math.sin(t)) for t in far]
    rows += [((inner + half) * math.cos(t), (inner + half) * math.sin(t)) for t in near]
    field = m3.CrossSection([np.array(rows)], m3.FillRule.NonZero).hull()
    field = field.offset(-corner, m3.JoinType.Miter).offset(corner, m3.JoinType.Round, circular_segments=16)
    return np.asarray(field.to_polygons()[0])


def board(low: Sequence[float], high: Sequence[float], corner: float = 0.02, edge: float = 0.015) -> Solid:
    """An upright box from corner to corner, its upright edges round, its top edges broken."""
    x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    field = m3.CrossSection.square((high[0] - low[0] - 2 * corner, high[1] - low[1] - 2 * corner), True)
    field = field.offset(corner, m3.JoinType.Round, circular_segments=16).translate((x, y))
    return stone(np.asarray(field.to_polygons()[0]), high[2], edge, low[2])


def ground(height: Callable[[Floats, Floats], Floats], reach: float = 1.05, low: float = DEEP) -> Solid:
    """Everything under a surface ``height(x, y)`` over a disc, down to ``low``."""
    rings, around = 56, 144
    r = reach * (np.arange(1, rings + 1) / rings)
    t = 2 * math.pi * np.arange(around) / around
    x, y = (r[:, None] * np.cos(t)).ravel(), (r[:, None] * np.sin(t)).ravel()
    z = height(np.append(x, 0.0), np.append(y, 0.0))
    top = np.stack([np.append(x, 0.0), np.append(y, 0.0), z], axis=1)
    outer = top[(rings - 1) * around : rings * around].copy()
    outer[:, 2] = low
    points = np.concatenate([top, outer, [[0.0, 0.0, low]]])
    middle, foot, base = rings * around, rings * around + 1, len(points) - 1
    here, after = np.arange(around), (np.arange(around) + 1) % around
    faces = [np.stack([np.full(around, middle), here, after], axis=1)]
    for k in range(rings - 1):
        a, b = k * around + here, k * around + after
        c, d = a + around, b + around
        faces += [np.stack([a, c, d], axis=1), np.stack([a, d, b], axis=1)]
    rim, next_rim = (rings - 1) * around + here, (rings - 1) * around + after
    faces += [np.stack([rim, foot + here, foot + after], axis=1), np.stack([rim, foot + after, next_rim], 1)]
    faces.append(np.stack([np.full(around, base), foot + after, foot + here], axis=1))
    return Solid(m3.Mesh(points.astype(np.float32), np.concatenate(faces).astype(np.uint32)))


def waves(x: Floats, y: Floats, seed: int, length: float, count: int = 9) -> Floats:
    """Smooth noise of about -1 to 1: waves of about that length in random directions."""
    rng = np.random.default_rng(seed)
    total = np.zeros_like(x)
    for turn, phase, stretch in zip(
        rng.uniform(0, math.pi, count),
        rng.uniform(0, 2 * math.pi, count),
        rng.uniform(0.7, 1.5, count),
        strict=True,
    ):
        step = 2 * math.pi / (length * stretch)
        total += np.sin(step * (x * math.cos(turn) + y * math.sin(turn)) + phase)
    return total / math.sqrt(count)


@dataclass(frozen=True)
class Sculpture:
    """``parts`` name -> solid and colour, abutting; ``whole`` is their union."""

    parts: dict[str, tuple[Solid, str]]
    whole: Solid


def apart(layers: dict[str, tuple[Sequence[Solid], str]]) -> Sculpture:
    """Sculpture that abut: each layer's solids united, less what the layers before it have taken.

    The whole is united from the layers as they were, overlapping, so that no slit is left between them.
    """
    made: dict[str, tuple[Solid, str]] = {}
    taken: list[Solid] = []
    for name, (solids, colour) in layers.items():
        whole = Solid.batch_boolean(list(solids), m3.OpType.Add)
        left = whole - Solid.batch_boolean(taken, m3.OpType.Add) if taken else whole
        made[name] = (left, colour)
        taken.append(whole)
    return Sculpture(made, Solid.batch_boolean(taken, m3.OpType.Add))
