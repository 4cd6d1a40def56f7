"""A figure's picture as a network was trained to see it: in the middle of a square, on plain ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fabricate.errors import BackendError

if TYPE_CHECKING:
    import trimesh
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["painted", "squared"]

PAINT_PX = 768
"""The side of the square from which colours are taken."""


def squared(image: Image.Image, px: int, fill: float, ground: float) -> NDArray[np.float32]:
    """The figure filling the share ``fill`` of a square, grey ``ground`` behind it: (3, px, px) in 0..1.

    BackendError for a picture without one.
    """
    from PIL import Image as Images

    rgba = image.convert("RGBA")
    box = rgba.getchannel("A").point(lambda a: 255 if a > 8 else 0).getbbox()
    if box is None:
        raise BackendError("the picture is wholly transparent", "give one that shows a figure")
    figure = rgba.crop(box)
    side = round(max(figure.size) / fill)
    square = Images.new("RGBA", (side, side))
    square.paste(figure, ((side - figure.width) // 2, (side - figure.height) // 2))
    # colours times alpha: what is transparent leaves no fringe when the picture is made smaller
    small = np.asarray(square.convert("RGBa").resize((px, px), Images.Resampling.BICUBIC), np.float32) / 255
    seen = small[..., :3] + ground * (1 - small[..., 3:])
    return np.ascontiguousarray(seen.clip(0, 1).transpose(2, 0, 1), np.float32)


def painted(points: NDArray[np.float64], faces: NDArray[np.int64], image: Image.Image) -> trimesh.Trimesh:
    """A bare shape (n, 3) that faces -Y in the colours of its picture, laid on by its outline.

    The back is made up from the front. SubjectError for a picture in which no figure can be seen.
    """
    import trimesh

    from fabricate.lift import colours
    from fabricate.lift.frame import framed
    from fabricate.lift.fuse import Fused

    rgb, alpha = framed(image).at(PAINT_PX)
    rows, columns = (np.flatnonzero((alpha > 0.5).any(axis)) for axis in (1, 0))
    low, high = points.min(0), points.max(0)
    left, bottom = 2 * columns[0] / PAINT_PX - 1, 1 - 2 * (rows[-1] + 1) / PAINT_PX
    wide, tall = (2 * (each[-1] + 1 - each[0]) / PAINT_PX for each in (columns, rows))
    scale = np.array([wide, tall, tall]) / np.maximum(high - low, 1e-9)[[0, 2, 2]]
    at = (points - low) * scale + np.array([left, 0.0, bottom])
    front = colours.bled(rgb, alpha)
    paint = colours.vertex_colours(Fused(at, faces, 0.0), front, colours.behind(front, alpha))
    return trimesh.Trimesh(points, faces, vertex_colors=paint, process=False)
