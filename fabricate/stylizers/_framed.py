"""A cut-out figure framed as a front view."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["TALL_PX", "framed"]

TALL_PX = 768
"""A view is at least so tall."""
MARGIN = 0.04


def framed(image: Image.Image) -> Image.Image:
    """Cropped to the figure with a little air, enlarged when it is small; a side that cuts it stays."""
    from PIL import Image

    alpha = image.getchannel("A").point(lambda value: 255 if value > 127 else 0)
    left, top, right, low = alpha.getbbox() or (0, 0, *image.size)
    air = round(MARGIN * max(right - left, low - top))
    # Where the picture's edge cuts the figure there is no air: the lift must see the cut.
    box = (
        left - air if left else 0,
        top - air if top else 0,
        right + air if right < image.width else image.width,
        low + air if low < image.height else image.height,
    )
    out = image.crop(box)
    if out.height < TALL_PX:
        share = TALL_PX / out.height
        out = out.resize((round(out.width * share), TALL_PX), Image.Resampling.LANCZOS)
    return out
