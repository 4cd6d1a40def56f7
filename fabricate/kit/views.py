"""The kit's own front view: rays at its own meshes, soft light, transparent around the figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from fabricate.kit.design import Design, levels
from fabricate.kit.figure import skeleton_of
from fabricate.kit.meshes import Floors, PieceMesh, floors, meshes
from fabricate.kit.skin import blushed, shaded
from fabricate.render import Camera, Scene, Surface, framing, picture

__all__ = ["front_view", "painted", "row", "surfaces"]


def surfaces(
    design: Design,
    height_mm: float = 90.0,
    process: str = "fdm",
    step: Callable[[str, float], None] = lambda _m, _f: None,
) -> list[Surface]:
    """The figure's parts as surfaces to look at, in body units, the skin blushed and the irises shaded."""
    return painted(meshes(design, _limits(design, height_mm, process), step, seen=True), design)


def row(designs: Iterable[Design], gap: float) -> list[Surface]:
    """Figures as surfaces side by side along x, ``gap`` body units apart, each standing on z = 0."""
    shelf: list[Surface] = []
    x = 0.0
    for design in designs:
        parts = surfaces(design)
        low = min(float(part.vertices[:, 0].min()) for part in parts)
        high = max(float(part.vertices[:, 0].max()) for part in parts)
        shelf += [replace(part, vertices=part.vertices + np.array([x - low, 0, 0])) for part in parts]
        x += high - low + gap
    return shelf


def painted(parts: Sequence[PieceMesh], design: Design) -> list[Surface]:
    """Parts of a design as surfaces to look at, each in its colour."""
    skeleton, style = skeleton_of(design)
    head, eye_z = skeleton.head, style["eyes"]["z"]
    out = []
    for made in parts:
        piece, vertices = made.piece, made.vertices
        colour = np.array(levels(piece.colour))
        if piece.name == "skin":
            colour = blushed(vertices, head, design)
        elif piece.name == "iris":
            colour = shaded(vertices, head, design, eye_z)
        soft = 1.0 if piece.name == "skin" else 0.0
        out.append(Surface(vertices.astype(np.float32), made.faces, colour, gloss=piece.gloss, soft=soft))
    return out


def _limits(design: Design, height_mm: float, process: str) -> Floors:
    """The floors of the solid; lines that will be cut flush are shown a breath high, to be seen at all."""
    limit = floors(height_mm, process, design.relief)
    return replace(limit, step=0.0012) if design.relief == 0 else limit


def front_view(
    design: Design,
    *,
    height_mm: float = 90.0,
    process: str = "fdm",
    size: int = 1024,
    step: Callable[[str, float], None] = lambda _m, _f: None,
) -> Image.Image:
    """The front view: RGBA, ``size`` pixels tall, the whole figure with a small margin around it.

    ``step(message, fraction)`` hears how far it is. Raises TemplateError for a fault in a template.
    """
    scene = Scene(surfaces(design, height_mm, process, step=lambda m, f: step(m, f * 0.6)))
    span = scene.bounds[1] - scene.bounds[0]
    wide = int(np.clip(np.ceil(size * (span[0] / span[2]) * 1.02 / 2) * 2, size // 2, size * 2))
    step("lighting the front view", 0.65)
    frame = framing(scene, width=wide, height=size, camera=Camera(), margin=0.02)
    return picture(scene, width=wide, height=size, frame=frame, samples=8, occlusion=6)
