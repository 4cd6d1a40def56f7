"""What a diffusion model is guided by, and held against afterwards: the kit's figure and its stick figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fabricate.errors import SubjectError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from fabricate.kit.design import Design

__all__ = ["GROUNDS", "Guide", "face_of", "guide_of", "reference"]

GROUNDS = {
    "light grey": (226, 226, 226),
    "medium grey": (150, 150, 150),
    "light blue": (158, 200, 232),
    "mint green": (168, 222, 186),
    "lavender": (200, 182, 232),
}
"""What may lie behind the figure, by the name that the prompt gives it; the first that fits is taken."""
NEAR = 22.0
"""So near (Lab) to the ground, the cutter takes a colour for it."""
FILL = 0.86
"""The share of the picture that the figure may fill, either way."""
STEP = 64
"""Sides are multiples of so many pixels: every model's latents divide them."""
NARROW, WIDE = 0.6, 1.25
PHOTO_PX = 1024


@dataclass(frozen=True)
class Guide:
    """Pictures of one size. ``start``: the kit's figure, RGBA, transparent around it; ``skeleton``: the
    stick figure on black, RGB; ``points``: its 18 points in the picture's pixels, (18, 2) float64;
    ``ground``: of GROUNDS, unlike the figure's outline."""

    start: Image.Image
    skeleton: Image.Image
    points: NDArray[np.float64]
    ground: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.start.size

    def on_ground(self) -> Image.Image:
        """The kit's figure on plain ground, RGB."""
        from PIL import Image

        ground = Image.new("RGBA", self.size, (*GROUNDS[self.ground], 255))
        return Image.alpha_composite(ground, self.start).convert("RGB")


def guide_of(design: Design, side: int, step: Callable[[str, float], None] = lambda _m, _f: None) -> Guide:
    """The guide for a design, of about ``side`` squared pixels, as tall or wide as the figure asks for.

    Raises TemplateError.
    """
    import numpy as np
    from PIL import Image

    from fabricate.kit.figure import skeleton_of
    from fabricate.kit.openpose import keypoints, skeleton_picture
    from fabricate.kit.views import front_view, surfaces
    from fabricate.render import Camera, framing

    view = front_view(design, size=_multiple(side * 1.2), step=step)
    aspect = min(max(view.width / view.height, NARROW), WIDE)
    size = (_multiple(side * math.sqrt(aspect)), _multiple(side / math.sqrt(aspect)))
    share = FILL * min(size[0] / view.width, size[1] / view.height)
    inner = (max(1, round(view.width * share)), max(1, round(view.height * share)))
    at = ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)
    start = Image.new("RGBA", size)
    start.paste(view.resize(inner, Image.Resampling.LANCZOS), at)
    sticks = Image.new("RGB", size)
    sticks.paste(skeleton_picture(design, view.height).resize(inner, Image.Resampling.LANCZOS), at)
    frame = framing(surfaces(design), width=view.width, height=view.height, camera=Camera(), margin=0.02)
    points = frame.project(keypoints(skeleton_of(design)[0]))[:, :2].astype(np.float64) * share + at
    return Guide(start, sticks, points, _ground(start))


def _ground(figure: Image.Image) -> str:
    """The ground that the least of a figure's outline is like."""
    import numpy as np
    from scipy import ndimage
    from skimage.color import rgb2lab

    alpha = np.asarray(figure.getchannel("A")) > 127
    rim = alpha & ~ndimage.binary_erosion(alpha, iterations=max(2, figure.height // 80))
    lab = rgb2lab(np.asarray(figure.convert("RGB"), np.float32)[rim] / 255)

    def like(name: str) -> float:
        ground = rgb2lab(np.array(GROUNDS[name], np.float32) / 255)
        return round(float((np.linalg.norm(lab - ground, axis=-1) < NEAR).mean()), 2)

    return min(GROUNDS, key=like)


def _multiple(length: float) -> int:
    return max(STEP, round(length / STEP) * STEP)


def reference(picture: Image.Image) -> Image.Image:
    """A photo as a reference picture: RGB on plain ground, its longer side at most ``PHOTO_PX``."""
    from PIL import Image

    ground = Image.new("RGBA", picture.size, (*GROUNDS["light grey"], 255))
    out = Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    out.thumbnail((PHOTO_PX, PHOTO_PX), Image.Resampling.LANCZOS)
    return out


def face_of(photo: Image.Image, name: str) -> Image.Image:
    """The square about the face in a photo, hair and chin in it; the whole photo when no face is found.

    Raises BackendError when the extra ``photo`` is not installed.
    """
    from fabricate.photo.faces import the_one_face

    try:
        upright, face, _ = the_one_face(photo, name)
    except SubjectError:
        return photo
    x, y = face.middle
    reach = face.height_px * 0.95
    y -= 0.1 * face.height_px
    box = (round(x - reach), round(y - reach), round(x + reach), round(y + reach))
    return upright.crop(box)
