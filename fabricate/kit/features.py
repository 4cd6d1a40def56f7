"""What a face does: mouths, brows and freckles as flat outlines, in head radii, for decals to raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.frames import Array
from fabricate.kit.outlines import Outline, oval, stroke
from fabricate.kit.sdf import FAR

__all__ = ["BROWS", "MOUTHS", "Features", "brow", "freckles", "mouth"]

LINES = {
    "smile": (0.19, 0.075),
    "grin": (0.25, 0.11),
    "calm": (0.15, 0.02),
    "cat": (0.13, 0.05),
    "frown": (0.16, -0.075),
}
"""Half width and curve of a mouth that is a line."""
MOUTHS = (*LINES, "smirk", "open", "surprised")

_BROWS = {
    "soft": (((-0.17, 0.005), (0.02, 0.055), (0.19, -0.020)), (0.060, 0.085, 0.050)),
    "thick": (((-0.20, 0.015), (0.02, 0.075), (0.22, -0.015)), (0.120, 0.150, 0.085)),
    "thin": (((-0.17, 0.010), (0.02, 0.065), (0.20, -0.020)), (0.030, 0.045, 0.025)),
    "straight": (((-0.18, 0.025), (0.02, 0.035), (0.20, 0.025)), (0.075, 0.085, 0.060)),
    "determined": (((-0.21, -0.085), (0.00, 0.005), (0.20, 0.065)), (0.095, 0.095, 0.055)),
    "raised": (((-0.17, 0.075), (0.02, 0.155), (0.19, 0.055)), (0.060, 0.085, 0.050)),
    "worried": (((-0.17, 0.095), (0.02, 0.065), (0.20, -0.055)), (0.070, 0.085, 0.050)),
}
"""Inner end, middle and outer end of a brow, from the point over the eye; its widths there."""
BROWS = tuple(_BROWS)

_CHEEK = (
    *((-0.13, -0.060), (-0.01, -0.090), (0.115, -0.055), (0.235, -0.005)),
    *((-0.07, -0.175), (0.060, -0.185), (0.180, -0.135)),
)
"""Freckles under an eye, from its lowest point, outwards."""
_NOSE = ((-0.085, 0.095), (0.070, 0.100), (-0.170, -0.015), (0.168, -0.040))
"""Freckles about the nose."""
_DOT = 0.036
"""A freckle's radius; every third is a little larger."""


@dataclass(frozen=True)
class Features:
    """How a face looks: one of ``MOUTHS``, one of ``BROWS``, freckles or none.

    ``mouth_wide`` is a factor, ``brow_up`` is added, in head radii.
    """

    mouth: str = "smile"
    brows: str = "soft"
    freckles: bool = False
    mouth_wide: float = 1.0
    brow_up: float = 0.0

    @staticmethod
    def of(mouth: str, brows: str, freckles: bool, lean: Mapping[str, float]) -> Features:
        """The features of a design; what the photo leans is in ``lean`` under the same names."""
        usual = {"mouth_wide": 1.0, "brow_up": 0.0}
        return Features(mouth, brows, freckles, **{k: float(lean.get(k, v)) for k, v in usual.items()})


def at_least(line: float, *widths: float) -> list[float]:
    """A stroke's widths, none under ``line``."""
    return [max(width, line) for width in widths]


def mouth(kind: str, z: float, line: float, wider: float = 1.0) -> dict[str, Outline]:
    """The outlines by part of one of ``MOUTHS`` about height ``z``: a line, a laugh with teeth, an o."""
    x = np.linspace(-1, 1, 9)
    if kind == "open":
        below = Outline(lambda px, pz: pz - np.float32(z + 0.045), (-1, -9), (1, z + 0.045))
        open_lips = oval(0, z + 0.02, 0.20 * wider, 0.15).within(below)
        if line > 0.06:  # no room for teeth
            return {"mouth": open_lips}
        teeth = oval(0, z + 0.05, 0.155 * wider, 0.055).within(open_lips, 0.0)
        return {"mouth": open_lips, "teeth": teeth}
    if kind == "surprised":
        return {"mouth": oval(0, z - 0.01, 0.080 * wider, 0.100)}
    if kind == "smirk":
        lips = np.stack(
            [(x * 0.17 + 0.02) * wider, z + 0.025 * x + 0.055 * np.maximum(x, -0.3) ** 2 - 0.03], 1
        )
    else:
        wide, curve = LINES[kind]
        lips = np.stack([x * wide * wider, z - curve * (1 - x * x) + curve * 0.5], 1)
    return {"mouth": stroke(lips, at_least(line, 0.030, 0.055, 0.030))}


def brow(kind: str, x: float, top: float, side: int, line: float) -> Outline:
    """One of ``BROWS`` over the eye at ``x`` on ``side``; ``top``: the height that it lies about."""
    arch, widths = _BROWS[kind]
    return stroke(_smooth([(side * (x + u), top + v) for u, v in arch]), at_least(line, *widths))


def _smooth(points: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """A quadratic curve through three points, as nine (9, 2)."""
    (x0, z0), (x1, z1), (x2, z2) = points
    t = np.linspace(0, 1, 9)
    mx, mz = 2 * x1 - (x0 + x2) / 2, 2 * z1 - (z0 + z2) / 2
    x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * mx + t * t * x2
    z = (1 - t) ** 2 * z0 + 2 * t * (1 - t) * mz + t * t * z2
    return np.stack([x, z], 1)


def freckles(eyes: Mapping[str, float], nose_z: float, line: float) -> Outline:
    """Freckles over both cheeks and about the nose, none narrower than ``line``: one outline of many dots.

    ``eyes``: the style's ``x``, ``z`` and ``tall``. The two cheeks differ a little, as skin does.
    """
    x, low = eyes["x"], eyes["z"] - eyes["tall"]
    spots = [(side * (x + u + 0.012 * side), low + v - 0.008 * side) for side in (-1, 1) for u, v in _CHEEK]
    spots += [(u, nose_z + v) for u, v in _NOSE]
    radius = [max(_DOT * (1.18 if k % 3 == 1 else 1.0), line / 2) for k in range(len(spots))]
    # On a small head printable dots would run together: fewer of them then.
    kept: list[int] = []
    for k, (u, v) in enumerate(spots):
        gaps = (np.hypot(u - spots[j][0], v - spots[j][1]) - radius[k] - radius[j] for j in kept)
        if all(gap > line * 0.6 for gap in gaps):
            kept.append(k)
    spots, radius = [spots[k] for k in kept], [radius[k] for k in kept]

    def distance(px: Array, pz: Array) -> Array:
        out = np.full(np.shape(px), FAR, np.float32)
        for (u, v), r in zip(spots, radius, strict=True):
            gap = np.sqrt((px - np.float32(u)) ** 2 + (pz - np.float32(v)) ** 2) - np.float32(r)
            out = np.minimum(out, gap)
        return out

    most = max(radius)
    low_x, high_x = min(u for u, _ in spots) - most, max(u for u, _ in spots) + most
    low_z, high_z = min(v for _, v in spots) - most, max(v for _, v in spots) + most
    return Outline(distance, (low_x, low_z), (high_x, high_z))
