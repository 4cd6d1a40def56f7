"""An old street: rings of worn cobblestones in sand."""

from __future__ import annotations

import itertools
import math

import numpy as np

from fabricate.solid.scenes.shapes import DEEP, Sculpture, Solid, apart, arc_field, stone

__all__ = ["cobblestones"]

LEVEL = 0.085
RINGS = (0.0, 0.155, 0.335, 0.505, 0.675, 0.84, 1.03)
GAP = 0.036


def cobblestones() -> Sculpture:
    """Stones of three greys, their tops within a hair of one level; the last ring dips to the edge."""
    rng = np.random.default_rng(11)
    tones: list[list[Solid]] = [[], [], []]
    for inner, outer in itertools.pairwise(RINGS):
        count = max(1, round(2 * math.pi * (inner + outer) / 2 / 0.215)) if inner else 1
        turns = (np.arange(count + 1) + rng.uniform(-0.5, 0.5)) * 2 * math.pi / count
        turns[1:-1] += rng.uniform(-0.13, 0.13, count - 1) * 2 * math.pi / count
        for start, end in itertools.pairwise(turns):
            top = LEVEL + rng.uniform(-0.005, 0.004) - (0.012 if outer > 1 else 0.0)
            if not inner:
                t = 2 * math.pi * np.arange(40) / 40
                shape = (outer - GAP / 2) * np.stack([np.cos(t), np.sin(t)], axis=1)
            else:
                shape = arc_field(inner, outer, start, end, GAP, 0.03)
            tones[int(rng.choice(3, p=(0.55, 0.27, 0.18)))].append(stone(shape, top, 0.034))
    sand = Solid.cylinder(0.046 - DEEP, 1.04, 1.04, 96).translate((0.0, 0.0, DEEP))
    return apart(
        {
            "stones": (tones[0], "#98928a"),
            "stones-dark": (tones[1], "#7d7872"),
            "stones-light": (tones[2], "#b3aca1"),
            "sand": ([sand], "#5d5852"),
        }
    )
