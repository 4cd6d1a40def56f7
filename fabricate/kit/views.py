"""The kit's own front view: rays at its own meshes, soft light, transparent around the figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from fabricate.kit.design import Design
from fabricate.kit.figure import skeleton_of
from fabricate.kit.meshes import floors, meshes
from fabricate.kit.skin import blushed, shaded
from fabricate.render import Camera, Scene, Surface, framing, picture

__all__ = ["front_view", "surfaces"]


def surfaces(
    design: Design,
    height_mm: float = 90.0,
    process: str = "fdm",
    detail: float = 1.0,
    step: Callable[[str, float], None] = lambda _m, _f: None,
) -> list[Surface]:
    """The figure's parts as surfaces to look at, in body units; ``detail`` below 1 is coarser and quicker."""
    limit = floors(height_mm, process)
    skeleton, style = skeleton_of(design)
    head, eye_z = skeleton.head, float(style["eyes"]["z"])
    if detail != 1.0:
        limit = replace(limit, voxel=limit.voxel / detail)
    out = []
    for made in meshes(design, limit, step):
        piece, vertices, faces = made.piece, made.vertices, made.faces
        colour = np.array([int(piece.colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        skin = piece.name == "skin"
        shade = colour
        if skin:
            shade = blushed(vertices, head, design)
        elif piece.name == "iris":
            shade = shaded(vertices, head, design, eye_z)
        out.append(
            Surface(vertices.astype(np.float32), faces, shade, gloss=piece.gloss, soft=1.0 if skin else 0.0)
        )
    return out


def front_view(
    design: Design,
    *,
    height_mm: float = 90.0,
    process: str = "fdm",
    size: int = 1024,
    step: Callable[[str, float], None] = lambda _m, _f: None,
) -> Image.Image:
    """The front view: RGBA, ``size`` pixels tall, the whole figure with a small margin; ``step`` hears how far it is."""
    scene = Scene(surfaces(design, height_mm, process, step=lambda m, f: step(m, f * 0.6)))
    span = scene.bounds[1] - scene.bounds[0]
    wide = int(np.clip(np.ceil(size * (span[0] / span[2]) * 1.02 / 2) * 2, size // 2, size * 2))
    step("lighting the front view", 0.65)
    frame = framing(scene, width=wide, height=size, camera=Camera(), margin=0.02)
    return picture(scene, width=wide, height=size, frame=frame)
