"""The picture that makes one want the figure, and the one that shows where it would print badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fabricate.render import Camera, Framing, Scene, Surface, floor, framing, layer, mirrored, to_image
from fabricate.render.camera import span
from fabricate.render.clay import CLAY, clay
from fabricate.render.shading import to_linear

__all__ = ["marked", "preview"]

F32 = NDArray[np.float32]

YAWS_DEG = (0.0, 35.0, 180.0)
"""Front, three-quarter (its face towards the light), back."""
PITCH_DEG, VIEW_DEG = 9.0, 11.0
WIDE, TALL = 0.86, 0.80
"""The most of the picture's width and height that the figures fill."""
PAPER = ((0.845, 0.83, 0.81), (0.965, 0.947, 0.935), (0.93, 0.92, 0.905))
"""The backdrop's colour at the edges, behind the figures, and on the floor before them."""
INK = (122, 117, 112)
WARN, FAIL = (0.93, 0.58, 0.06), (0.80, 0.09, 0.12)


def preview(
    surfaces: Sequence[Surface],
    *,
    title: str = "",
    size: tuple[int, int] = (1380, 920),
    height_mm: float | None = None,
    samples: int = 9,
    occlusion: int = 6,
) -> Image.Image:
    """Front, three-quarter and back of a figure at one scale on a studio floor: an RGB picture of ``size``.

    ``surfaces`` stand on their lowest point, in the figure frame; any unit, but with ``height_mm`` (the
    figure without its base, drawn as a small ruler) lengths are millimetres and the figure ends at the top.
    ``title`` is written below; it is left out where the built-in font lacks a letter of it.
    """
    scene = Scene(surfaces)
    frames = _placed(scene, size, 0.0 if height_mm is None else 0.05)
    studio = _backdrop(size)
    for frame in frames:
        floor(scene, frame, occlusion=occlusion, step=5).over(studio)
    for frame in frames:
        mirrored(scene, frame, strength=0.3).over(studio)
    for frame in frames:
        layer(scene, frame, samples=samples, occlusion=occlusion).over(studio)
    image = to_image(studio)
    _inscribe(image, title, None if height_mm is None else _ruler(scene, frames[0], height_mm))
    return image


def _placed(scene: Scene, size: tuple[int, int], aside: float) -> list[Framing]:
    """One framing a view: all of one scale, feet on one line, the gaps between them equal; ``aside`` is the
    share of the width left free on the left."""
    width, height = size
    foot = scene.bounds.mean(axis=0)
    foot[2] = scene.bounds[0, 2]
    distance = scene.size / 2 / float(np.sin(np.radians(VIEW_DEG) / 2))
    cameras = [Camera(yaw_deg=yaw, pitch_deg=PITCH_DEG, perspective=VIEW_DEG) for yaw in YAWS_DEG]
    units = [Framing(c, width, height, foot, distance, 1.0, (0.0, 0.0)) for c in cameras]
    points = scene.points if len(scene.points) else foot[None]
    seen = [unit.project(points) for unit in units]
    low, high = (np.array(ends)[:, :2] for ends in zip(*(span(s) for s in seen), strict=True))
    wide, tall = float((high - low)[:, 0].sum()), float(high[:, 1].max() - low[:, 1].min())
    scale = min((WIDE - aside) * width / max(wide, 1e-9), TALL * height / max(tall, 1e-9))
    # a lone wide figure is set a little below the middle, where a table would be
    y = 0.53 * height - scale * float(high[:, 1].max() + low[:, 1].min()) / 2
    gap = ((1 - aside) * width - scale * wide) / (len(units) + 1)
    placed, x = [], aside * width + gap
    for unit, least, most in zip(units, low[:, 0], high[:, 0], strict=True):
        placed.append(replace(unit, scale=scale, offset=(x - scale * float(least), y)))
        x += scale * float(most - least) + gap
    return placed


def _backdrop(size: tuple[int, int]) -> F32:
    """A seamless paper sweep in warm grey, brightest behind the figures: linear light (h, w, 3)."""
    x = np.linspace(-1, 1, size[0], dtype=np.float32)
    y = np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    glow = np.exp(-0.5 * (x / 0.95) ** 2) * np.exp(-0.5 * ((y + 0.12) / 0.80) ** 2)
    sweep = np.clip((y - 0.25) / 0.75, 0, 1) ** 2 * (0.55 - 0.25 * x * x)
    # a breath of noise, else so slow a gradient shows bands in 8 bits
    grain = np.random.default_rng(0).random(glow.shape, dtype=np.float32) * np.float32(0.012) + np.float32(
        0.994
    )
    edge, middle, near = (to_linear(c) for c in PAPER)
    paper = np.zeros((size[1], size[0], 3), dtype=np.float32)
    for k in range(3):
        tone = edge[k] + (middle[k] - edge[k]) * glow
        paper[..., k] = (tone + (near[k] - tone) * sweep) * grain
    return paper


def _ruler(scene: Scene, frame: Framing, height_mm: float) -> tuple[float, float, float, str]:
    """x, top and bottom in pixels of the figure's height beside the first view, and its words."""
    low, high = scene.bounds
    middle = (low + high) / 2
    ends = np.array([[middle[0], middle[1], high[2] - height_mm], [middle[0], middle[1], high[2]]])
    seen = frame.project(ends)
    left = float(frame.project(scene.points)[:, 0].min())
    return left - 0.026 * frame.width, float(seen[1, 1]), float(seen[0, 1]), f"{height_mm:g} mm"


def _inscribe(image: Image.Image, title: str, ruler: tuple[float, float, float, str] | None) -> None:
    width, height = image.size
    font = ImageFont.load_default(size=max(10, round(height * 0.021)))
    pen = ImageDraw.Draw(image)
    if ruler:
        x, top, bottom, words = ruler
        tick = 0.006 * width
        for line in (
            (x, top, x, bottom),
            (x - tick, top, x + tick, top),
            (x - tick, bottom, x + tick, bottom),
        ):
            pen.line(line, fill=INK, width=max(1, round(height / 700)))
        label = Image.new("L", (round(font.getlength(words)) + 4, round(height * 0.03)))
        ImageDraw.Draw(label).text((2, 0), words, fill=255, font=font)
        label = label.rotate(90, expand=True)
        at = (round(x - tick - label.width * 1.25), round((top + bottom - label.height) / 2))
        image.paste(INK, at, label)
    if title and _covers(font, title):
        pen.text((width / 2, height * 0.957), title, fill=INK, font=font, anchor="mm")


def _covers(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, words: str) -> bool:
    """Whether the font has every letter: a missing one is drawn as the box that U+FFFF gets."""
    box = bytes(font.getmask("\uffff"))
    return all(c.isspace() or bytes(font.getmask(c)) != box for c in words)


def marked(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    levels: NDArray[np.integer],
    *,
    size: tuple[int, int] = (1200, 900),
) -> Image.Image:
    """A solid in grey clay with its trouble spots in colour, from before and from behind: RGB of ``size``.

    ``levels`` (m,) says of each face 0 fine, 1 warn (amber), 2 fail (red). One looks up a little, for
    overhangs hide underneath.
    """
    width, height = size
    shades = np.array([CLAY, WARN, FAIL], dtype=np.float32)[np.clip(levels, 0, 2)]
    scene = Scene([clay(vertices, faces, shades)])
    paper: F32 = np.full((height, width, 3), to_linear((0.965, 0.96, 0.953)), dtype=np.float32)
    cameras = [Camera(yaw_deg=yaw, pitch_deg=-7, perspective=VIEW_DEG) for yaw in (28, 208)]
    halves = [framing(scene, width=width // 2, height=height, camera=c, margin=0.07) for c in cameras]
    scale = min(half.scale for half in halves)
    for column, camera in enumerate(cameras):
        half = framing(scene, width=width // 2, height=height, camera=camera, margin=0.07, scale=scale)
        shifted = (half.offset[0] + column * (width - width // 2), half.offset[1])
        layer(scene, replace(half, width=width, offset=shifted), fill=0.16).over(paper)
    return to_image(paper)
