"""Colour for cards: OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020), WCAG 2
contrast, and the colours that a figure lends to its card.

Colours are ``#rrggbb`` (sRGB) outside and (lightness 0..1, chroma 0..0.37, hue in degrees) inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Palette", "contrast", "from_lch", "legible", "palette", "to_lch"]

_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LMS_BACK = np.linalg.inv(_LMS)
_LAB_BACK = np.linalg.inv(_LAB)

Floats = NDArray[np.float64]
LCH = tuple[float, float, float]


@dataclass(frozen=True)
class Palette:
    """What a figure lends to its card: two OKLCH colours, and ``bright``, ``dark`` or ``muted``."""

    accent: LCH
    second: LCH
    mood: str


def _linear(srgb: Floats) -> Floats:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _encoded(linear: Floats) -> Floats:
    kept = np.clip(linear, 0.0, 1.0)
    return np.where(kept <= 0.0031308, kept * 12.92, 1.055 * kept ** (1 / 2.4) - 0.055)


def oklab(srgb: Floats) -> Floats:
    """OKLab of an (..., 3) array of sRGB values in 0..1."""
    lms: Floats = np.cbrt(_linear(srgb) @ _LMS.T)
    out: Floats = lms @ _LAB.T
    return out


def _rgb(colour: str) -> Floats:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0


def to_lch(colour: str) -> LCH:
    """OKLCH of ``#rrggbb``."""
    light, a, b = (float(v) for v in oklab(_rgb(colour)))
    return light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360.0


def from_lch(colour: LCH) -> str:
    """``#rrggbb`` of an OKLCH colour; chroma is lowered until sRGB can show it, the hue stays."""
    light, chroma, hue = colour
    light = min(max(light, 0.0), 1.0)
    angle = math.radians(hue)
    rgb = np.zeros(3)
    for part in np.linspace(1.0, 0.0, 41):
        lab = np.array([light, chroma * part * math.cos(angle), chroma * part * math.sin(angle)])
        rgb = (lab @ _LAB_BACK.T) ** 3 @ _LMS_BACK.T
        if rgb.min() >= -1e-4 and rgb.max() <= 1.0 + 1e-4:
            break
    return "#" + "".join(f"{round(float(v) * 255):02x}" for v in _encoded(rgb))


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two colours, 1..21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(_linear(_rgb(c)) @ weights) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def legible(text: str, grounds: Sequence[str], ratio: float) -> str:
    """``text`` made lighter or darker, by as little as it takes, until it stands out from every ground.

    Where no lightness does (grounds too far apart), the better of black and white.
    """
    light, chroma, hue = to_lch(text)
    steps = sorted(np.linspace(0.0, 1.0, 101), key=lambda v: abs(float(v) - light))
    for value in [light, *steps]:
        tried = from_lch((float(value), chroma, hue)) if value != light else text
        if all(contrast(tried, ground) >= ratio for ground in grounds):
            return tried
    return max(("#000000", "#ffffff"), key=lambda c: min(contrast(c, g) for g in grounds))


def _skin_free(lab: Floats, face: Floats) -> Floats:
    if len(face) < 20:
        return lab
    skin = np.median(face, axis=0)
    apart = np.linalg.norm(lab - skin, axis=1)
    kept = lab[apart > 0.06]
    return kept if len(kept) > len(lab) // 6 else lab


def palette(image: Image.Image | None) -> Palette:
    """The colours of a figure's clothes, from its RGBA picture: below the head, skin left out.

    ``accent`` is the hue with the most colour in it, ``second`` the next one at least 40 degrees away, else
    the accent's complement. A figure without colour gets warm red and teal.
    """
    fallback = Palette((0.62, 0.19, 28.0), (0.65, 0.11, 195.0), "bright")
    if image is None:
        return fallback
    small = image.convert("RGBA").resize((max(1, round(96 * image.width / max(image.height, 1))), 96))
    pixels = np.asarray(small, dtype=np.float64) / 255.0
    rows = np.broadcast_to(np.arange(96)[:, None], pixels.shape[:2])
    solid = pixels[..., 3] > 0.9
    if not solid.any():
        return fallback
    top, bottom = rows[solid].min(), rows[solid].max()
    part = (rows - top) / max(bottom - top, 1)
    lab = oklab(pixels[..., :3])
    middle = np.abs(np.arange(pixels.shape[1]) / pixels.shape[1] - 0.5)[None, :] < 0.12
    cloth = _skin_free(lab[solid & (part > 0.45)], lab[solid & middle & (part > 0.22) & (part < 0.4)])
    return _from_cloth(cloth, fallback)


def _from_cloth(lab: Floats, fallback: Palette) -> Palette:
    if not len(lab):
        return fallback
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360.0
    weight = np.where(chroma > 0.03, chroma, 0.0)
    if weight.sum() < 0.01 * len(lab):
        return Palette(fallback.accent, fallback.second, "muted")
    bins = np.bincount((hue // 10).astype(int), weights=weight, minlength=36)
    smooth = bins + 0.6 * (np.roll(bins, 1) + np.roll(bins, -1))
    first = int(smooth.argmax())

    def colour_of(index: int) -> LCH:
        gap = np.abs((hue - (index * 10 + 5) + 180.0) % 360.0 - 180.0)
        near = (gap < 16.0) & (weight > 0)
        mean = np.average(lab[near], axis=0, weights=weight[near])
        angle = math.degrees(math.atan2(mean[2], mean[1])) % 360.0
        return float(mean[0]), float(math.hypot(mean[1], mean[2])), angle

    accent = colour_of(first)
    far = [i for i in range(36) if min(abs(i - first), 36 - abs(i - first)) >= 4]
    next_one = max(far, key=lambda i: float(smooth[i]))
    if smooth[next_one] > 0.15 * smooth[first] and bins[next_one] > 0:
        second = colour_of(next_one)
    else:
        second = (0.72, max(accent[1], 0.12), (accent[2] + 180.0) % 360.0)
    mood = "muted" if accent[1] < 0.05 else "dark" if accent[0] < 0.38 else "bright"
    return Palette(accent, second, mood)
