"""The photographer: a small studio of soft lights, and how a toy's surface answers them. Pure numpy.

Directions are in the *stage frame*: x to the picture's right, y away from the camera, z up, so the lights
go round with the camera as they do on a turntable. Colours are linear light, float32; an irradiance of
1 shows a surface in its own colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Light", "Spots", "disc", "hemisphere", "shade", "sky", "to_linear", "to_srgb"]

F32 = NDArray[np.float32]


def to_linear(srgb: ArrayLike) -> F32:
    """sRGB 0..1 to linear light (IEC 61966-2-1), float32."""
    value = np.clip(np.asarray(srgb, dtype=np.float32), 0, 1)
    linear: F32 = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear


def to_srgb(linear: ArrayLike) -> F32:
    """Linear light to sRGB 0..1 (IEC 61966-2-1), clipped, float32."""
    value = np.clip(np.asarray(linear, dtype=np.float32), 0, 1)
    srgb: F32 = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return srgb


def _towards(x: float, y: float, z: float) -> F32:
    length = float(np.sqrt(x * x + y * y + z * z))
    return np.array([x / length, y / length, z / length], dtype=np.float32)


KEY = _towards(-0.52, -0.62, 0.66)
"""Towards the key light: a large soft box, high on the left, before the figure."""
KEY_SPREAD = 0.30
"""Radius of the key light over its distance: how soft its shadows are."""
KEY_COLOUR = np.array([0.79, 0.78, 0.76], dtype=np.float32)
FILL = _towards(0.80, -0.55, 0.18)
RIM_RIGHT = _towards(0.75, 0.62, 0.34)
RIM_LEFT = _towards(-0.80, 0.60, 0.25)


@dataclass(frozen=True)
class Spots:
    """Visible points of surfaces, one row each: ``where``, ``normal`` (towards the eye), ``eye`` (unit,
    towards the camera) in the world (n, 3); ``albedo`` linear (n, 3); ``gloss``, ``soft`` (n,)."""

    where: F32
    normal: F32
    eye: F32
    albedo: F32
    gloss: F32
    soft: F32

    def __len__(self) -> int:
        return len(self.where)

    @classmethod
    def joined(cls, groups: Sequence[Spots]) -> Spots:
        """The spots of one or more groups, one after another."""
        return cls(*(np.concatenate([getattr(g, k) for g in groups]) for k in cls.__dataclass_fields__))

    def take(self, part: slice | NDArray[np.int64]) -> Spots:
        """Some of the spots."""
        return Spots(*(getattr(self, name)[part] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Light:
    """What reaches each spot: ``ambient`` irradiance (n, 3), and how much of the key light and of the
    mirror direction is in sight, ``key`` and ``gleam`` (n,), 0..1."""

    ambient: F32
    key: F32
    gleam: F32


_LOBES = np.stack([np.array([0, 0, 0.5], dtype=np.float32), FILL, RIM_RIGHT, RIM_LEFT], axis=1)
_FLOOR = np.array([0.41, 0.39, 0.37], dtype=np.float32)
_LIGHTS = np.array(
    [[0.04, 0.075, 0.12], [0.28, 0.295, 0.32], [1.15, 1.12, 1.08], [0.70, 0.74, 0.80]], dtype=np.float32
)
"""Colours of the dome (over the floor), the fill, the two lights behind."""


def sky(way: F32) -> F32:
    """Soft light that arrives from unit directions (n, 3): everything but the key light; (n, 3)."""
    lobes = way @ _LOBES
    up = lobes[:, 0] + np.float32(0.5)
    lobes[:, 0] = up * up * (3 - 2 * up)
    lobes[:, 1:] = np.maximum(lobes[:, 1:], 0) ** 2
    lobes[:, 2:] *= lobes[:, 2:] * lobes[:, 2:]
    out: F32 = lobes @ _LIGHTS + _FLOOR
    return out


def hemisphere(grid: F32) -> F32:
    """Cosine-weighted directions around +z for points of the unit square (..., 2): (..., 3)."""
    radius, angle = np.sqrt(grid[..., 0]), 2 * np.pi * grid[..., 1]
    height = np.sqrt(np.maximum(1 - grid[..., 0], 0))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=-1).astype(np.float32)


def disc(grid: F32) -> F32:
    """Even points of the unit disc for points of the unit square (..., 2)."""
    radius, angle = np.sqrt(grid[..., 0]), 2 * np.pi * grid[..., 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).astype(np.float32)


def shade(spots: Spots, light: Light, stage: F32) -> F32:
    """Linear colour (n, 3) of lit spots; ``stage`` (3, 3) turns world vectors into the stage frame."""
    normal, eye = spots.normal @ stage.T, spots.eye @ stage.T
    facing = np.clip(np.einsum("ij,ij->i", normal, eye), 0, 1)
    rim = (1 - facing) ** 2
    rim = rim * rim * (1 - facing)
    mirror = 0.04 + (0.12 + 0.5 * spots.gloss) * rim
    diffuse = _diffuse(spots, light, normal, facing)
    bounce = 2 * facing[:, None] * normal - eye
    shine = _softboxes(bounce, spots.gloss) * (light.gleam * mirror * (0.12 + 1.1 * spots.gloss))[:, None]
    return _tone(spots.albedo * diffuse * (1 - mirror * spots.gloss)[:, None] + shine)


def _diffuse(spots: Spots, light: Light, normal: F32, facing: F32) -> F32:
    """Irradiance with its second bounces, and with the wrap and glow of skin where ``soft`` asks."""
    soft = spots.soft[:, None]
    wrap = 0.10 + soft * np.array([0.50, 0.30, 0.22], dtype=np.float32)
    lit = np.maximum((normal @ KEY)[:, None] + wrap, 0) / (1 + wrap)
    key = light.key[:, None]
    seen = key * (1 + soft * np.array([0.45, 0.15, 0.05], dtype=np.float32) * (1 - key))
    direct = lit * seen * KEY_COLOUR
    total: F32 = light.ambient + direct
    # light that one wall of a crease lends the other takes the surface's own colour, more of it if bright
    dark = np.clip(1 - total, 0, 1)
    total += 0.38 * spots.albedo * dark * light.ambient.mean(axis=1, keepdims=True)
    glow = soft * ((1 - facing) ** 2)[:, None] * np.array([0.10, 0.035, 0.02], dtype=np.float32)
    total += glow
    return total


def _softboxes(way: F32, gloss: F32) -> F32:
    """What a blurry mirror sees of the studio: the key box, a tall strip, a floor; (n, 3)."""
    blur: F32 = (0.75 - 0.68 * gloss).astype(np.float32)
    gain: F32 = (1 / (1 + 2.2 * blur)).astype(np.float32)
    key = _box(way, KEY, 0.42, 0.42, blur) * gain
    strip = _box(way, _towards(0.86, -0.42, 0.28), 0.13, 0.75, blur) * gain
    above = np.clip(way[:, 2], 0, 1) ** 2
    behind = np.clip(way[:, 1], 0, 1)
    out: F32 = key[:, None] * np.array([11.0, 10.8, 10.4], dtype=np.float32)
    out = out + strip[:, None] * np.array([3.4, 3.6, 3.9], dtype=np.float32)
    room: F32 = 0.12 + 0.45 * above + 0.8 * behind
    return out + room[:, None]


def _box(way: F32, towards: F32, half_width: float, half_height: float, blur: F32) -> F32:
    """1 inside a rectangle of light seen along ``towards``, falling off over ``blur``."""
    across = _towards(float(towards[1]), -float(towards[0]), 0)
    upward: F32 = np.cross(across, towards).astype(np.float32)
    ahead = way @ towards
    depth = np.maximum(ahead, 1e-3)
    inside: F32 = (ahead > 0).astype(np.float32)
    for axis, half in ((across, half_width), (upward, half_height)):
        x: F32 = (half - np.abs(way @ axis) / depth) / blur
        s = np.clip(x * 0.5 + 0.5, 0, 1)
        inside *= s * s * (3 - 2 * s)
    return inside


def _tone(colour: F32) -> F32:
    """A shoulder that leaves colours up to 0.8 alone and lets brighter ones bleach gently towards white."""
    knee = np.float32(0.80)
    peak = np.maximum(np.maximum(colour[:, :1], colour[:, 1:2]), np.maximum(colour[:, 2:], 1e-6))
    over = np.maximum(peak - knee, 0)
    pressed = np.where(peak > knee, knee + (1 - knee) * (1 - np.exp(-over / (1 - knee))), peak)
    scaled = colour * (pressed / peak)
    bleach = np.clip(over / (over + 4.0), 0, 1)
    toned: F32 = np.clip(scaled + (pressed - scaled) * bleach, 0, 1)
    return toned
