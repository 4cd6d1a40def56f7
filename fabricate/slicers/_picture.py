"""The picture of a plate that a printer shows beside the file's name: slicers without a display make none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fabricate.render import Scene, Surface

__all__ = ["pictures"]

YAW_DEG, PITCH_DEG = 24.0, 16.0
GROUND = (0.13, 0.14, 0.16)
"""Printers' screens are dark."""


def pictures(model: Path, sizes: Sequence[tuple[int, int]]) -> list[tuple[int, int, bytes]]:
    """What a 3MF or STL holds, a little from the side and from above, as PNGs: (width, height, bytes)."""
    from fabricate.render import Scene

    if not sizes:
        return []
    scene = Scene(_surfaces(model))
    return [(width, height, _png(scene, width, height)) for width, height in sizes]


def _png(scene: Scene, width: int, height: int) -> bytes:
    from PIL import Image

    from fabricate.render import Camera, picture

    # drawn large and made small: a figure's face has details finer than a pixel of a printer's screen
    scale = max(1, -(-192 // min(width, height)))
    image = picture(
        scene,
        width=width * scale,
        height=height * scale,
        camera=Camera(yaw_deg=YAW_DEG, pitch_deg=PITCH_DEG, perspective=11.0),
        margin=0.05,
        background=GROUND,
        samples=4,
        occlusion=4,
    ).convert("RGB")
    if scale > 1:
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _surfaces(model: Path) -> list[Surface]:
    """Each part of each thing, in its colour, where it stands."""
    import numpy as np

    from fabricate.render import Surface
    from fabricate.solid.colour import vertex_rgba

    if model.suffix.lower() == ".stl":
        from fabricate.solid.export import read_stl
        from fabricate.solid.threemf import Thing

        things = [Thing("figure", {"figure": read_stl(model)})]
    else:
        from fabricate.solid.threemf_read import read_3mf

        things = read_3mf(model)
    return [
        Surface(
            np.asarray(part.vertices) + thing.at,
            np.asarray(part.faces),
            vertex_rgba(part)[:, :3].astype(np.float32) / 255,
        )
        for thing in things
        for part in thing.parts.values()
        if len(part.faces)
    ]
