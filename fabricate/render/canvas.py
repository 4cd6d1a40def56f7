"""Pieces of a picture: where they lie, how they are laid over one another, how they become bytes.

Colours are premultiplied linear light, float32, so that edges blend without a dark rim.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fabricate.render.camera import Framing, span
from fabricate.render.shading import to_srgb

__all__ = ["Patch", "Window", "to_image"]

F32 = NDArray[np.float32]
Numbers = NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture, looked at in every ``step``-th pixel; ``shape`` counts those."""

    frame: Framing
    top: int
    left: int
    shape: tuple[int, int]
    step: int = 1

    @classmethod
    def around(cls, frame: Framing, points: F32, step: int = 1) -> Window:
        """The pixels in which ``points`` (n, 3) and what lies between them can show."""
        seen = frame.project(points)[:, :2] if len(points) else np.zeros((1, 2), dtype=np.float32)
        limit = [frame.width, frame.height]
        low, high = span(seen)
        left, top = np.clip(np.floor(low).astype(int) - 1, 0, limit)
        right, bottom = np.clip(np.ceil(high).astype(int) + 2, 0, limit)
        if not len(points):
            right, bottom = left, top
        return cls(
            frame, int(top), int(left), (-(-int(bottom - top) // step), -(-int(right - left) // step)), step
        )

    def rays(self, row: Numbers, column: Numbers, back: float) -> tuple[F32, F32]:
        """Rays (n, 3) through the middles of (row, column), counted from the window's corner."""
        x, y = self.left + (column + 0.5) * self.step, self.top + (row + 0.5) * self.step
        return self.frame.rays(x, y, back)

    def patch(self, pixels: F32) -> Patch:
        """Values (rows, columns, 4) of this window as a patch of every pixel."""
        if self.step > 1 and pixels.size:
            for axis in (0, 1):
                pixels = _stretched(pixels, self.step, axis)
            pixels = pixels[: self.frame.height - self.top, : self.frame.width - self.left]
        return Patch(self.top, self.left, pixels)


def _stretched(values: F32, step: int, axis: int) -> F32:
    count = values.shape[axis]
    at = np.clip((np.arange(count * step) + 0.5) / step - 0.5, 0, count - 1).astype(np.float32)
    low = np.minimum(at.astype(np.int64), max(count - 2, 0))
    share = (at - low).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    here = np.take(values, low, axis=axis)
    out: F32 = here + (np.take(values, np.minimum(low + 1, count - 1), axis=axis) - here) * share
    return out


@dataclass(frozen=True)
class Patch:
    """Premultiplied linear colour and alpha (h, w, 4) float32 with its upper left corner at a pixel."""

    top: int
    left: int
    pixels: F32

    def over(self, canvas: F32) -> None:
        """Lay the patch over ``canvas`` (H, W, 3 or 4), in place."""
        rows, columns = self.pixels.shape[:2]
        part = canvas[self.top : self.top + rows, self.left : self.left + columns]
        part *= 1 - self.pixels[..., 3:]
        part += self.pixels[..., : part.shape[2]]


@cache
def _bytes() -> NDArray[np.uint8]:
    return (to_srgb(np.arange(65536, dtype=np.float32) / 65535) * 255 + 0.5).astype(np.uint8)


def to_image(canvas: F32) -> Image.Image:
    """Premultiplied linear light (h, w, 4) as an RGBA picture with straight alpha; (h, w, 3) as RGB."""
    alpha = np.clip(canvas[..., 3:], 0, 1)
    colour: F32 = canvas[..., :3]
    if alpha.size:
        colour = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 1e-6)
    levels = _bytes()[(np.clip(colour, 0, 1) * 65535 + 0.5).astype(np.uint16)]
    both = np.concatenate([levels, (alpha * 255 + 0.5).astype(np.uint8)], axis=-1)
    return Image.fromarray(both)
