"""Flat shapes that decals are cut by: signed distances over a plane, x to the figure's left, z up.

Lengths are in the unit of the frame that the shape is drawn in; arrays are float32 of any one shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fabricate.kit.frames import Array
from fabricate.kit.sdf import FAR, smooth_min

__all__ = [
    "Outline",
    "band",
    "band_x",
    "grid",
    "heart",
    "oval",
    "polygon",
    "rounded",
    "star",
    "stroke",
]


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

    def around(self, width: float) -> Outline:
        """A band of ``width`` along the outside of this shape's edge."""
        low = (self.low[0] - width, self.low[1] - width)
        high = (self.high[0] + width, self.high[1] + width)

        def distance(x: Array, z: Array) -> Array:
            d = self.distance(x, z)
            return np.asarray(np.maximum(-d, d - np.float32(width)))

        return Outline(distance, low, high)


def oval(x: float, z: float, wide: float, tall: float, tilt_deg: float = 0.0) -> Outline:
    """An ellipse of half sizes ``wide`` and ``tall`` about (x, z), tilted anticlockwise as one sees it."""
    c, s = np.float32(np.cos(np.radians(tilt_deg))), np.float32(np.sin(np.radians(tilt_deg)))
    a, b = np.float32(wide), np.float32(tall)

    def distance(px: Array, pz: Array) -> Array:
        u, v = px - np.float32(x), pz - np.float32(z)
        u, v = (u * c + v * s) / a, (v * c - u * s) / b
        k0 = np.sqrt(u * u + v * v)
        k1 = np.sqrt((u / a) ** 2 + (v / b) ** 2) + np.float32(1e-9)
        return np.asarray(np.where(k0 < 0.05, -min(a, b), k0 * (k0 - 1) / k1))

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
        return np.asarray(out + np.minimum(np.maximum(u, w), 0) - np.float32(corner))

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


def band_x(x: float, half: float, low: float, high: float) -> Outline:
    """An upright band about ``x`` between two heights."""
    return rounded(x, (low + high) / 2, half, (high - low) / 2, min(half, 0.004))


def star(x: float, z: float, r: float) -> Outline:
    """A five-pointed star of outer radius ``r`` with soft points."""
    fifth, half = np.float32(2 * np.pi / 5), np.float32(np.pi / 5)
    # The edge from the outer point (0, r) to the inner corner, and its normal.
    inner = r * 0.46
    nx, nz = r - inner * np.cos(np.pi / 5), inner * np.sin(np.pi / 5)
    long = np.float32(np.hypot(nx, nz))

    def distance(px: Array, pz: Array) -> Array:
        a, b = px - np.float32(x), pz - np.float32(z)
        fold = np.abs((np.arctan2(a, b) + half) % fifth - half)
        q = np.sqrt(a * a + b * b)
        u, v = q * np.sin(fold), q * np.cos(fold)
        return np.asarray((u * np.float32(nx) + (v - np.float32(r)) * np.float32(nz)) / long)

    return Outline(distance, (x - r, z - r), (x + r, z + r))


def heart(x: float, z: float, r: float) -> Outline:
    """A heart about ``r`` in half width: two lobes over a tip."""
    lobe = r * 0.52
    left = oval(x - lobe * 0.86, z + lobe * 0.5, lobe, lobe)
    right = oval(x + lobe * 0.86, z + lobe * 0.5, lobe, lobe)

    def distance(px: Array, pz: Array) -> Array:
        u, v = np.abs(px - np.float32(x)), pz - np.float32(z)
        flank = (u * np.float32(0.78) - v * np.float32(0.62)) - np.float32(lobe * 1.02)
        return np.asarray(np.maximum(flank, v - np.float32(lobe * 0.55)))

    tip = Outline(distance, (x - r, z - r * 1.2), (x + r, z + r))
    return left.joined(right).joined(tip, 0.004)


def polygon(loops: Sequence[ArrayLike]) -> Outline:
    """Everything within closed ``loops`` of points (n, 2), holes by the even-odd rule."""
    rings = [np.asarray(loop, np.float32) for loop in loops]
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    low, high = starts.min(0), starts.max(0)
    middle, half = (low + high) / 2, (high - low) / 2
    margin = np.float32(0.25 * half.max() + 1e-6)

    def distance(px: Array, pz: Array) -> Array:
        # Far from its box a shape is as far as the box, or a little further.
        gap_x, gap_z = np.abs(px - middle[0]) - half[0], np.abs(pz - middle[1]) - half[1]
        out = np.asarray(np.hypot(np.maximum(gap_x, 0), np.maximum(gap_z, 0)), np.float32)
        close = out < margin
        out[close] = _to_edges(px[close], pz[close], starts, ends)
        return out

    return Outline(distance, (float(low[0]), float(low[1])), (float(high[0]), float(high[1])))


def _to_edges(px: Array, pz: Array, starts: Array, ends: Array) -> Array:
    """Signed distance (n,) of points to a set of edges (m, 2) that close."""
    nearest = np.full(px.shape, FAR, np.float32)
    inside = np.zeros(px.shape, bool)
    for (ax, az), (bx, bz) in zip(starts, ends, strict=True):
        dx, dz = bx - ax, bz - az
        u, v = px - ax, pz - az
        t = np.clip((u * dx + v * dz) / max(dx * dx + dz * dz, np.float32(1e-12)), 0, 1)
        nearest = np.minimum(nearest, (u - t * dx) ** 2 + (v - t * dz) ** 2)
        if az != bz:
            inside ^= ((az > pz) != (bz > pz)) & (u < v * (dx / dz))
    return np.asarray(np.where(inside, -1, 1) * np.sqrt(nearest), np.float32)


def grid(step: float, half: float, wide: float, low: float, high: float) -> Outline:
    """Lines of half width ``half`` every ``step``, level and, within ``wide`` of the middle, upright."""
    s, h = np.float32(step), np.float32(half)

    def distance(px: Array, pz: Array) -> Array:
        level = np.abs(pz - low - s * np.round((pz - low) / s)) - h
        upright = np.abs(px - s * np.clip(np.round(px / s), -int(wide / step), int(wide / step))) - h
        room = np.abs(pz - (low + high) / 2) - (high - low) / 2
        return np.asarray(np.maximum(np.minimum(level, upright), room), np.float32)

    return Outline(distance, (-3.0, low), (3.0, high))
