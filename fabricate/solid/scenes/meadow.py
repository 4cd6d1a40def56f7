"""A meadow: a soft green knoll with tufts of fat grass, daisies, and a toadstool."""

from __future__ import annotations

import math

import numpy as np

from fabricate.solid.scenes.shapes import Floats, Sculpture, Solid, apart, ball, ground, hulled, waves

__all__ = ["meadow"]

LEVEL = 0.10
TUFTS = (
    *((-0.74, -0.22, 0.95), (0.70, -0.36, 0.85), (0.50, 0.58, 1.1), (-0.58, 0.48, 1.15), (0.10, 0.76, 1.05)),
    *((-0.48, -0.62, 0.75), (-0.78, 0.14, 0.8), (0.34, -0.72, 0.7)),
)
"""x, y and size."""
DAISIES = ((0.58, -0.62), (-0.68, -0.48), (-0.30, 0.80), (0.78, 0.40), (-0.16, -0.86))


def meadow() -> Sculpture:
    """Ground and grass in two greens, daisies of white and yellow, a red cap with white spots."""
    rng = np.random.default_rng(5)
    blades = [blade for x, y, size in TUFTS for blade in _tuft(x, y, size, rng)]
    petals = [
        ball(0.046, (*_around(x, y, 0.062, k / 6), _z(x, y) + 0.022), 0.7, 16)
        for x, y in DAISIES
        for k in range(6)
    ]
    hearts = [ball(0.045, (x, y, _z(x, y) + 0.032), 0.8, 20) for x, y in DAISIES]
    stalk, cap, spots = _toadstool(0.74, 0.10, 0.19)
    return apart(
        {
            "yellow": (hearts, "#f0bf3a"),
            "white": ([*petals, *spots], "#f6f1e6"),
            "red": ([cap], "#c63d2f"),
            "stalk": ([stalk], "#efe4cf"),
            "grass": (blades, "#4f8a3c"),
            "ground": ([ground(_height)], "#79a64c"),
        }
    )


def _height(x: Floats, y: Floats) -> Floats:
    r = np.hypot(x, y)
    away = np.clip((np.hypot(x / 0.64, y / 0.56) - 0.95) / 0.3, 0.0, 1.0)
    slope = 0.075 * np.clip((r - 0.62) / 0.38, 0.0, 1.2) ** 1.7
    return np.asarray(LEVEL - slope + 0.014 * away * waves(x, y, 2, 0.34))


def _z(x: float, y: float) -> float:
    return float(_height(np.array([x]), np.array([y]))[0])


def _around(x: float, y: float, reach: float, share: float) -> tuple[float, float]:
    turn = 2 * math.pi * share
    return x + reach * math.cos(turn), y + reach * math.sin(turn)


def _tuft(x: float, y: float, size: float, rng: np.random.Generator) -> list[Solid]:
    """Blades that lean out from the middle, thick enough to print."""
    made = []
    for k in range(6):
        tall = size * rng.uniform(0.24, 0.34) * (1.2 if k == 0 else 1.0)
        turn = 2 * math.pi * (k / 5 + rng.uniform(-0.06, 0.06))
        outwards = (math.cos(turn) * x + math.sin(turn) * y) / math.hypot(x, y)
        lean = 0.0 if k == 0 else tall * rng.uniform(0.35, 0.55) * (0.85 - 0.6 * outwards)
        root = 0.0 if k == 0 else 0.055 * size
        joints = []
        for t, r in ((0.0, 0.058), (0.35, 0.056), (0.7, 0.044), (1.0, 0.034)):
            out = root + lean * t * t
            at = (x + out * math.cos(turn), y + out * math.sin(turn), _z(x, y) - 0.04 + tall * t)
            joints.append(ball(max(0.034, r * (0.7 + 0.3 * size)), at, 1.0, 16))
        made += [hulled(joints[i : i + 2]) for i in range(3)]
    return made


def _toadstool(x: float, y: float, r: float) -> tuple[Solid, Solid, list[Solid]]:
    """Stalk, cap and the cap's spots; the cap's underside is a cone that prints without support."""
    low = _z(x, y) - 0.03
    stalk = Solid.cylinder(0.30, 0.075, 0.062, 24).translate((x, y, low))
    dome = ball(r, (0.0, 0.0, 0.0), 0.8, 40).trim_by_plane((0.0, 0.0, 1.0), 0.0)
    under = Solid.cylinder(0.12, 0.06, r, 40).translate((0.0, 0.0, -0.17))
    rim = Solid.cylinder(0.05, r, r, 40).translate((0.0, 0.0, -0.05))
    cap = hulled([dome, rim, under]).translate((x, y, low + 0.27))
    spots = []
    for turn, up in ((0.6, 0.5), (2.4, 0.55), (4.3, 0.45), (5.4, 0.75), (3.3, 1.1), (1.2, 1.25)):
        way = np.array([math.cos(turn) * math.cos(up), math.sin(turn) * math.cos(up), 0.8 * math.sin(up)])
        spots.append(ball(0.042, tuple(np.array([x, y, low + 0.27]) + r * 0.98 * way), 1.0, 14))
    return stalk, cap, spots
