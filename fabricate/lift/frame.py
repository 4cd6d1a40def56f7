"""A picture framed for the network: the figure alone in a square, at whatever resolution is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import SubjectError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["LEAST_PX", "Framed", "framed"]

LEAST_PX = 48
"""A figure less tall than this has no shape to speak of."""
MARGIN = 1.08
"""The square's side over the figure's longer side, as in training."""


@dataclass(frozen=True)
class Framed:
    """The figure in its square. ``image``: RGBA; ``edges``: which of the picture's sides cut the figure."""

    image: Image.Image
    edges: frozenset[str]

    def at(self, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Colours (3, side, side) and coverage (side, side), both 0..1; colours bleed past the silhouette."""
        from PIL import Image

        way = Image.Resampling.BOX if self.image.width >= side else Image.Resampling.BICUBIC
        pixels = np.asarray(self.image.convert("RGBa").resize((side, side), way), np.float32) / 255
        alpha = np.clip(pixels[..., 3], 0, 1)
        rgb = np.clip(pixels[..., :3] / np.maximum(alpha, 1e-3)[..., None], 0, 1)
        rgb = np.where(alpha[..., None] > 0.02, rgb, 0)
        return np.ascontiguousarray(rgb.transpose(2, 0, 1), np.float32), alpha.astype(np.float32)


def framed(image: Image.Image) -> Framed:
    """The largest body of an RGBA picture's alpha in a square of its own.

    Raises SubjectError for a picture that is fully transparent, or whose figure is too small to see.
    """
    from PIL import Image
    from scipy import ndimage

    rgba = image.convert("RGBA")
    alpha = np.asarray(rgba.getchannel("A"))
    solid = alpha > 127
    if not solid.any():
        raise SubjectError("the picture is fully transparent", "use a picture with a figure in it")
    label, count = ndimage.label(ndimage.binary_dilation(solid, iterations=max(1, min(alpha.shape) // 200)))
    if count > 1:
        sizes = np.bincount(label[solid].ravel(), minlength=count + 1)
        sizes[0] = 0
        kept = sizes > 0.08 * sizes.max()
        solid &= kept[label]
    ys, xs = np.nonzero(solid)
    top, low, left, right = int(ys.min()), int(ys.max()) + 1, int(xs.min()), int(xs.max()) + 1
    if max(low - top, right - left) < LEAST_PX:
        raise SubjectError(
            f"the figure is only {right - left} x {low - top} pixels large",
            f"use a larger picture: {LEAST_PX} pixels at the least, 512 are better",
        )
    sides = {
        "top": top == 0,
        "bottom": low == alpha.shape[0],
        "left": left == 0,
        "right": right == alpha.shape[1],
    }
    side = round(max(low - top, right - left) * MARGIN)
    corner = ((left + right - side) // 2, (top + low - side) // 2)
    kept_alpha = Image.fromarray(
        np.where(ndimage.binary_dilation(solid, iterations=2), alpha, 0).astype(np.uint8)
    )
    rgba.putalpha(kept_alpha)
    square = Image.new("RGBA", (side, side))
    square.paste(rgba, (-corner[0], -corner[1]))
    edges = frozenset(name for name, touched in sides.items() if touched)
    return Framed(square, edges)
