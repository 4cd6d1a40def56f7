"""Things drawn onto a real portrait, where a real one would sit: glasses, a beard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "astronaut.png"

_EYES = ((33, 133), (362, 263))
_BEARD = (
    132,
    58,
    172,
    136,
    150,
    149,
    176,
    148,
    152,
    377,
    400,
    378,
    379,
    365,
    397,
    288,
    361,
    426,
    327,
    2,
    98,
    206,
)
_MOUTH = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
_FINE = 6


def with_glasses(picture: Image.Image, points: NDArray[np.float64], colour: str, square: bool) -> Image.Image:
    """Two rims, a bridge and temples, a little over a pixel thick."""
    canvas = Image.new("L", (picture.width * _FINE, picture.height * _FINE))
    pen = ImageDraw.Draw(canvas)
    centres, wide = [], 0.0
    for one, other in _EYES:
        centre = (points[one, :2] + points[other, :2]) / 2 + [0, 1.5]
        wide = float(np.linalg.norm(points[one, :2] - points[other, :2])) * 0.85
        tall = wide * (0.7 if square else 0.95)
        half = np.array([wide, tall])
        box = [*((centre - half) * _FINE), *((centre + half) * _FINE)]
        if square:
            pen.rounded_rectangle(box, radius=wide * 0.3 * _FINE, outline=255, width=int(1.6 * _FINE))
        else:
            pen.ellipse(box, outline=255, width=int(1.6 * _FINE))
        centres.append(centre)
    inner = [centres[0] + [wide, -1.5], centres[1] - [wide, 1.5]]
    temples = [
        [centres[0] - [wide, 2], points[127, :2] - [0, 4]],
        [centres[1] + [wide, -2], points[356, :2] - [0, 4]],
    ]
    for line in (inner, *temples):
        pen.line([tuple(end * _FINE) for end in line], fill=255, width=int(1.6 * _FINE))
    mask = canvas.resize(picture.size, Image.Resampling.LANCZOS)
    return Image.composite(Image.new("RGB", picture.size, colour), picture, mask)


def with_beard(picture: Image.Image, points: NDArray[np.float64], colour: str) -> Image.Image:
    """A full beard with a grain of hair, the mouth left free."""
    shape = (picture.height, picture.width)

    def area(indices: tuple[int, ...]) -> NDArray[np.bool_]:
        canvas = Image.new("1", picture.size)
        ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in points[list(indices), :2]], fill=1)
        return np.asarray(canvas, dtype=bool)

    cover = ndimage.gaussian_filter((area(_BEARD) & ~area(_MOUTH)).astype(float), 1.2)[..., None] * 0.92
    grain = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=shape), [1.0, 0.6])
    tone = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) + (grain / grain.std() * 12)[..., None]
    mixed = np.asarray(picture, dtype=float) * (1 - cover) + tone * cover
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))
