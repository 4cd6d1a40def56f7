"""Small pictures for the tests of the lift."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def figure(
    size: tuple[int, int] = (240, 320), background: tuple[int, ...] = (0, 0, 0, 0), box: bool = False
) -> Image.Image:
    """A doll of a head, a body, arms and legs, with eyes and a mouth."""
    image = Image.new("RGBA", size, background)
    draw = ImageDraw.Draw(image)
    w, h = size
    if box:
        draw.rectangle((0.08 * w, 0.05 * h, 0.92 * w, 0.95 * h), fill=(236, 214, 180, 255))
    m = w / 2

    def oval(x: float, y: float, a: float, b: float, colour: str) -> None:
        draw.ellipse((m + (x - a) * w, (y - b) * h, m + (x + a) * w, (y + b) * h), fill=colour)

    oval(-0.17, 0.52, 0.07, 0.12, "#2f5f9f")
    oval(0.17, 0.52, 0.07, 0.12, "#2f5f9f")
    oval(-0.07, 0.76, 0.06, 0.13, "#3a3a44")
    oval(0.07, 0.76, 0.06, 0.13, "#3a3a44")
    oval(0, 0.53, 0.15, 0.17, "#2f5f9f")
    oval(0, 0.26, 0.19, 0.15, "#6a3d22")
    oval(0, 0.29, 0.15, 0.11, "#eec39a")
    oval(-0.06, 0.28, 0.025, 0.02, "#15100f")
    oval(0.06, 0.28, 0.025, 0.02, "#15100f")
    oval(0, 0.35, 0.05, 0.008, "#7a2a2a")
    return image


def shaded(size: tuple[int, int] = (240, 320)) -> Image.Image:
    """The same on a background that darkens downwards."""
    line = np.linspace(250, 200, size[1])[:, None, None]
    back = Image.fromarray(np.tile(line * np.array([1.0, 0.98, 0.94]), (1, size[0], 1)).astype(np.uint8))
    doll = figure(size)
    back.paste(doll, (0, 0), doll)
    return back
