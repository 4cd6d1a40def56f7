"""The moon: craters with raised rims, a ridge behind, and level ground where one stands."""

from __future__ import annotations

import numpy as np

from fabricate.solid.scenes.shapes import Floats, Sculpture, apart, ball, ground, waves

__all__ = ["moon"]

LEVEL = 0.09
CRATERS = (
    *((-0.70, -0.30, 0.19), (0.72, 0.05, 0.23), (-0.52, 0.52, 0.26), (0.30, 0.74, 0.17), (0.62, -0.55, 0.13)),
    *(
        (0.05, -0.80, 0.12),
        (-0.86, 0.10, 0.11),
        (-0.36, -0.72, 0.10),
        (0.62, 0.46, 0.12),
        (-0.10, 0.84, 0.11),
    ),
    *((0.86, -0.28, 0.09), (0.30, -0.74, 0.07), (-0.74, 0.30, 0.07), (0.02, 0.60, 0.08)),
)
"""x, y and radius."""
STONES = (
    (-0.56, -0.56, 0.075),
    (0.47, 0.60, 0.06),
    (0.88, 0.26, 0.07),
    (-0.24, 0.70, 0.05),
    (0.45, -0.66, 0.05),
)


def moon() -> Sculpture:
    """One grey ground with a few stones half sunk in it."""
    rocks = [
        ball(r, (x, y, _height(np.array([x]), np.array([y]))[0] + 0.15 * r), 0.8, 14) for x, y, r in STONES
    ]
    return apart({"ground": ([ground(_height), *rocks], "#aeaca8")})


def _height(x: Floats, y: Floats) -> Floats:
    away = np.hypot(x / 0.62, (y + 0.02) / 0.52)
    wild = np.clip((away - 0.95) / 0.4, 0.0, 1.0) ** 1.5
    back = np.clip((y - 0.25) / 0.75, 0.0, 1.0) ** 2
    z = LEVEL + wild * (0.022 * waves(x, y, 4, 0.5) + 0.012 * waves(x, y, 9, 0.21)) + 0.22 * back
    for cx, cy, r in CRATERS:
        inwards = min(1.0, (0.97 - 1.35 * r) / np.hypot(cx, cy))  # no crater's wall is cut by the edge
        cx, cy = cx * inwards, cy * inwards
        d = np.hypot(x - cx, y - cy) / r
        bowl = np.where(d < 1.0, -0.50 * r * (1 - d * d), 0.0)
        lip = 0.27 * r * np.exp(-(((d - 1.08) / 0.2) ** 2))
        z = z + (bowl + lip) * np.clip((away - 0.9) / 0.15, 0.0, 1.0)
    edge = np.clip((1.0 - np.hypot(x, y)) / 0.06, 0.0, 1.0)
    return np.asarray(np.maximum(z, 0.02) - 0.03 * (1 - edge) ** 2)
