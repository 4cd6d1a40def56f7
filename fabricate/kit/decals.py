"""Raised shapes that follow a surface: eyes, brows, mouth, glasses, stripes, pockets.

A decal is a thin solid cut by a flat outline from the layer around a base surface, ``sink`` below it to ``lift``
above it. The outline is drawn in the frame's own plane (x to the figure's left, z up), looking along its y.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fabricate.kit.frames import Array, Frame
from fabricate.kit.sdf import FAR, Field, smooth_min, turned

__all__ = ["Decal", "Outline", "band", "oval", "rounded", "stroke"]


@dataclass(frozen=True)
class Outline:
    """A flat shape: its signed distance from (x, z) arrays, and its box."""

    distance: Callable[[Array, Array], Array]
    low: tuple[float, float]
    high: tuple[float, float]

    def within(self, other: Outline, margin: float = 0.0) -> Outline:
        """The part of this shape inside ``other`` shrunk by ``margin``."""
        low = (max(self.low[0], other.low[0]), max(self.low[1], other.low[1]))
        high = (min(self.high[0], other.high[0]), min(self.high[1], other.high[1]))
        return Outline(
            lambda x, z: np.maximum(self.distance(x, z), other.distance(x, z) + np.float32(margin)), low, high
        )

    def without(self, other: Outline) -> Outline:
        """This shape less ``other``."""
        return Outline(
            lambda x, z: np.maximum(self.distance(x, z), -other.distance(x, z)), self.low, self.high
        )

    def joined(self, other: Outline, k: float = 0.0) -> Outline:
        """Both shapes, blended over ``k``."""
        low = (min(self.low[0], other.low[0]), min(self.low[1], other.low[1]))
        high = (max(self.high[0], other.high[0]), max(self.high[1], other.high[1]))
        return Outline(lambda x, z: smooth_min(self.distance(x, z), other.distance(x, z), k), low, high)

    def line(self, width: float) -> Outline:
        """A line of ``width`` along the inside of this shape's edge."""
        half = np.float32(width / 2)
        return Outline(lambda x, z: np.abs(self.distance(x, z) + half) - half, self.low, self.high)


def oval(x: float, z: float, wide: float, tall: float, tilt_deg: float = 0.0) -> Outline:
    """An ellipse of half sizes ``wide`` and ``tall`` about (x, z), tilted anticlockwise seen from the front."""
    c, s = np.float32(np.cos(np.radians(tilt_deg))), np.float32(np.sin(np.radians(tilt_deg)))
    a, b = np.float32(wide), np.float32(tall)

    def distance(px: Array, pz: Array) -> Array:
        u, v = px - np.float32(x), pz - np.float32(z)
        u, v = (u * c + v * s) / a, (v * c - u * s) / b
        k0 = np.sqrt(u * u + v * v)
        k1 = np.sqrt((u / a) ** 2 + (v / b) ** 2) + np.float32(1e-9)
        return np.where(k0 < 0.05, -min(a, b), k0 * (k0 - 1) / k1)

    r = max(wide, tall)
    return Outline(distance, (x - r, z - r), (x + r, z + r))


def rounded(x: float, z: float, wide: float, tall: float, corner: float, taper: float = 0.0) -> Outline:
    """A rectangle of half sizes with round corners; ``taper`` narrows its foot (0..1)."""

    def distance(px: Array, pz: Array) -> Array:
        v = pz - np.float32(z)
        squeeze = 1 - np.float32(taper) * np.clip(0.5 - v / np.float32(2 * tall), 0, 1)
        u = np.abs(px - np.float32(x)) - np.float32(wide) * squeeze + np.float32(corner)
        w = np.abs(v) - np.float32(tall - corner)
        out = np.sqrt(np.maximum(u, 0) ** 2 + np.maximum(w, 0) ** 2)
        return out + np.minimum(np.maximum(u, w), 0) - np.float32(corner)

    most = wide * max(1.0, 1.0 - taper)
    return Outline(distance, (x - most, z - tall), (x + most, z + tall))


def stroke(points: ArrayLike, width: float | Sequence[float]) -> Outline:
    """A line through ``points`` (n, 2) with round ends; ``width`` one number or [start, ..., end]."""
    line = np.asarray(points, np.float32)
    given = np.atleast_1d(np.asarray(width, float)) / 2
    radius = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(given)), given).astype(np.float32)

    def distance(px: Array, pz: Array) -> Array:
        out = np.full(np.shape(px), FAR, np.float32)
        for i in range(len(line) - 1):
            (ax, az), (dx, dz) = line[i], line[i + 1] - line[i]
            t = np.clip(((px - ax) * dx + (pz - az) * dz) / max(dx * dx + dz * dz, np.float32(1e-12)), 0, 1)
            gap = np.sqrt((px - ax - t * dx) ** 2 + (pz - az - t * dz) ** 2)
            out = np.minimum(out, gap - radius[i] - t * (radius[i + 1] - radius[i]))
        return out

    r = float(radius.max())
    low, high = line.min(0) - r, line.max(0) + r
    return Outline(distance, (float(low[0]), float(low[1])), (float(high[0]), float(high[1])))


def band(low: float, high: float, wide: float = 3.0) -> Outline:
    """Everything between two heights."""
    middle, half = np.float32((low + high) / 2), np.float32((high - low) / 2)
    return Outline(lambda x, z: np.abs(z - middle) - half, (-wide, low), (wide, high))


class Decal:
    """A raised shape on ``base``: see the module. ``lift``, ``sink`` and ``bevel`` in the frame's unit.

    ``sides``: "front" keeps the half nearer the viewer (local y below ``cut``), "all" wraps right round.
    """

    def __init__(
        self,
        base: Field,
        frame: Frame,
        outline: Outline,
        lift: float,
        sink: float = 0.05,
        bevel: float = 0.0,
        sides: str = "front",
        cut: float = 0.1,
    ) -> None:
        self.base, self.outline, self.frame = base, outline, frame
        self.lift, self.sink = np.float32(lift * frame.scale), np.float32(sink * frame.scale)
        self.bevel, self.front, self.cut = bevel * frame.scale, sides == "front", np.float32(cut)
        self._turn = (frame.turn.T / frame.scale).astype(np.float32)
        self._shift = (-frame.turn.T @ frame.origin / frame.scale).astype(np.float32)
        # The box: the outline's prism, met with the base's own box.
        far = 4.0
        y = (-far, cut if self.front else far)
        corners = [
            frame.point((x, yy, z))
            for x in (outline.low[0], outline.high[0])
            for yy in y
            for z in (outline.low[1], outline.high[1])
        ]
        prism_low, prism_high = np.min(corners, 0), np.max(corners, 0)
        self.low = np.maximum(prism_low, base.low - self.lift).astype(np.float32)
        self.high = np.minimum(prism_high, base.high + self.lift).astype(np.float32)

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        q = turned(self._turn, self._shift, p)
        flat = self.outline.distance(q[0], q[2]) * np.float32(self.frame.scale)
        if self.front:
            flat = np.maximum(flat, (q[1] - self.cut) * np.float32(self.frame.scale))
        d = self.base.distance(p, centre, reach + float(self.lift + self.sink))
        layer = np.maximum(d - self.lift, -d - self.sink)
        return -smooth_min(-flat, -layer, self.bevel)
