"""The head and shoulders brought to one size and upright, so that every measure is in the same units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.photo.faces import Face

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FACE_PX", "OVAL", "Portrait", "portrait"]

FACE_PX = 200
"""Height of the face, forehead to chin, in a portrait's pixels."""

_HALF_WIDTH, _ABOVE, _BELOW = 360, 220, 600
_EYES = (33, 133, 362, 263)

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The face's outline in mesh points, from the forehead's top to the subject's left ear, chin, and back."""


@dataclass(frozen=True)
class Portrait:
    """Head and shoulders, eyes level, the face ``FACE_PX`` high and centred.

    ``rgb``: (h, w, 3) uint8. ``lab``: (h, w, 3) float32, CIELAB under D65. ``person``: (h, w) float32 in
    0..1. ``inside``: (h, w) bool, False where the photo ended. ``points``: (478, 2) float64 in pixels.
    ``sharp``: how many of the photo's pixels one pixel here stands for, at most 1: below, it is blown up.
    """

    rgb: NDArray[np.uint8]
    lab: NDArray[np.float32]
    person: NDArray[np.float32]
    inside: NDArray[np.bool_]
    points: NDArray[np.float64]
    sharp: float

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]

    def polygon(self, indices: tuple[int, ...] | list[int], grow: float = 1.0) -> NDArray[np.bool_]:
        """The area within these mesh points, (h, w) bool, grown about their middle by a factor."""
        corners = self.points[list(indices)]
        middle = corners.mean(axis=0)
        return self.area((corners - middle) * grow + middle)

    def area(self, corners: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The area within a polygon of (n, 2) pixel corners, (h, w) bool."""
        from PIL import Image, ImageDraw

        canvas = Image.new("1", (self.shape[1], self.shape[0]))
        ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in corners], fill=1)
        return np.asarray(canvas, dtype=bool)


def portrait(picture: Image.Image, mask: NDArray[np.float32], face: Face) -> Portrait:
    """The portrait of ``face`` in ``picture``; ``mask`` is ``person_mask`` of the same picture."""
    from PIL import Image
    from skimage.color import rgb2lab

    scale, turn, origin = _frame(face)
    size = (2 * _HALF_WIDTH, _ABOVE + FACE_PX + _BELOW)
    reduce = max(1, int(1 / scale / 2))
    rgb = picture.convert("RGB")
    person = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    known = Image.new("L", rgb.size, 255)
    layers = []
    for layer in (rgb, person, known):
        near = layer.reduce(reduce) if reduce > 1 else layer
        back = turn.T / scale / reduce
        offset = origin / reduce - back @ np.array([_HALF_WIDTH, _ABOVE])
        matrix = (back[0, 0], back[0, 1], offset[0], back[1, 0], back[1, 1], offset[1])
        layers.append(near.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))
    pixels = np.asarray(layers[0], dtype=np.uint8)
    points = (face.points[:, :2] - origin) @ turn.T * scale + np.array([_HALF_WIDTH, _ABOVE])
    return Portrait(
        rgb=pixels,
        lab=rgb2lab(pixels).astype(np.float32),
        person=(np.asarray(layers[1]) / 255).astype(np.float32),
        inside=np.asarray(layers[2]) > 127,
        points=points,
        sharp=min(1.0, 1 / scale),
    )


def _frame(face: Face) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Scale, rotation (2, 2) photo -> portrait, and the photo's point above the face's middle at its top."""
    eyes = face.points[list(_EYES), :2]
    right, left = eyes[:2].mean(axis=0), eyes[2:].mean(axis=0)
    along = (left - right) / np.linalg.norm(left - right)
    turn = np.array([[along[0], along[1]], [-along[1], along[0]]])
    upright = face.points[:, :2] @ turn.T
    top, chin = upright[10, 1], upright[152, 1]
    middle = (upright[list(OVAL), 0].min() + upright[list(OVAL), 0].max()) / 2
    origin = np.array([middle, top]) @ turn
    return FACE_PX / max(1e-6, float(chin - top)), turn, origin
