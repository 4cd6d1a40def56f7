"""A boardwalk: weathered planks across, their ends uneven, with grain and nails."""

from __future__ import annotations

import itertools
import math

import manifold3d as m3
import numpy as np

from fabricate.solid.scenes.shapes import DEEP, Floats, Sculpture, Solid, apart, ball, board

__all__ = ["planks"]

LEVEL = 0.10
BOARDS, GAP = 6, 0.04


def planks() -> Sculpture:
    """Planks of two browns and dark nail heads."""
    rng = np.random.default_rng(8)
    tones: list[list[Solid]] = [[], []]
    nails: list[Solid] = []
    edges = np.linspace(-0.97, 0.97, BOARDS + 1)
    edges[1:-1] += rng.uniform(-0.03, 0.03, BOARDS - 1)
    for k, (front, back) in enumerate(itertools.pairwise(edges)):
        left, right = -0.97 + rng.uniform(0.0, 0.05), 0.97 - rng.uniform(0.0, 0.05)
        top = LEVEL + rng.uniform(-0.005, 0.003)
        plank = board((left, front + GAP / 2, DEEP), (right, back - GAP / 2, top), 0.022, 0.024)
        tones[(k * 2 + 1) % 3 % 2].append(plank - _grain(left, right, front, back, top, rng))
        for x in (left + 0.10, right - 0.10):
            for y in (front + 0.28 * (back - front), back - 0.28 * (back - front)):
                nails.append(ball(0.030, (x, y, top - 0.004), 0.75, 16))
    under = board((-0.93, -0.93, DEEP), (0.93, 0.93, 0.04), 0.03)
    return apart(
        {
            "nails": (nails, "#4a4542"),
            "planks": (tones[0], "#a9784a"),
            "planks-dark": (tones[1], "#8c5f3a"),
            "gaps": ([under], "#4a3324"),
        }
    )


def _grain(
    left: float, right: float, front: float, back: float, top: float, rng: np.random.Generator
) -> Solid:
    """Shallow wavy grooves along a plank, some around a knot."""
    made = []
    for share in (0.27, 0.52, 0.76):
        start = left + rng.uniform(0.02, 0.5)
        end = right - rng.uniform(0.02, 0.5)
        x = np.linspace(start, end, 40)
        middle = front + share * (back - front)
        y = middle + 0.016 * np.sin(x * rng.uniform(3, 6) + rng.uniform(0, 6))
        made.append(_groove(x, y, 0.017, top))
    knot = np.array([rng.uniform(-0.85, 0.85), front + rng.uniform(0.35, 0.65) * (back - front)])
    turns = np.linspace(0, 2 * math.pi, 25)
    made.append(_groove(knot[0] + 0.062 * np.cos(turns), knot[1] + 0.036 * np.sin(turns), 0.014, top))
    return Solid.batch_boolean(made, m3.OpType.Add)


def _groove(x: Floats, y: Floats, half: float, top: float) -> Solid:
    """A groove of V section along a line."""
    pieces = []
    for a, b in zip(np.stack([x, y], 1), np.stack([x, y], 1)[1:], strict=False):
        rows = []
        for spot in (a, b):
            way = b - a
            side = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-9)
            rows += [
                (*(spot + half * side), top + 0.01),
                (*(spot - half * side), top + 0.01),
                (*spot, top - 0.02),
            ]
        pieces.append(Solid.hull_points(np.array(rows)))
    return Solid.batch_boolean(pieces, m3.OpType.Add)
