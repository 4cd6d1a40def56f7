"""A figure drawn by hand, for cards: what the kit's own pictures look like to a card, in no time."""

from __future__ import annotations

from PIL import Image, ImageDraw


def figure(shirt: str = "#2a8fbd", skin: str = "#c98f66", size: int = 768) -> Image.Image:
    """A standing figure, RGBA, with free room around it."""
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)

    def at(*parts: float) -> list[float]:
        return [part * size for part in parts]

    pen.rounded_rectangle(at(0.40, 0.70, 0.49, 0.95), fill="#223355", radius=20)
    pen.rounded_rectangle(at(0.51, 0.70, 0.60, 0.95), fill="#223355", radius=20)
    pen.rounded_rectangle(at(0.38, 0.42, 0.62, 0.74), fill=shirt, radius=40)
    pen.ellipse(at(0.30, 0.05, 0.70, 0.45), fill=skin)
    for x in (0.41, 0.53):
        pen.ellipse(at(x, 0.22, x + 0.06, 0.30), fill="#1a1420")
    return image


def mug(size: int = 200) -> Image.Image:
    """A mug, RGBA."""
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle([40, 50, 130, 160], fill="#d9482b", radius=10)
    pen.arc([110, 75, 165, 135], -90, 90, fill="#d9482b", width=12)
    return image
