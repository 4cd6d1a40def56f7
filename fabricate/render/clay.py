"""Pictures of what is wrong with a solid: it in grey clay, some of its faces painted, as a file's bytes."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fabricate.render.camera import span
from fabricate.render.normals import corner_normals
from fabricate.render.scene import BEVEL, Surface

__all__ = ["CLAY", "clay", "jpeg"]

F32 = NDArray[np.float32]
CLAY = (0.68, 0.67, 0.655)
"""The colour of a face that is fine, sRGB 0 to 1."""


def clay(vertices: NDArray[np.floating], faces: NDArray[np.integer], shades: F32) -> Surface:
    """A solid's points (n, 3) and faces (m, 3) as a matt surface, each face in its own of ``shades`` (m, 3).

    Shades are sRGB, 0 to 1.
    """
    at = np.asarray(faces, dtype=np.int64).reshape(-1, 3)
    points = np.asarray(vertices, dtype=np.float32).reshape(-1, 3)
    low, high = span(points)
    normals = corner_normals(points, at, bevel=BEVEL * float(np.linalg.norm(high - low))).reshape(-1, 3)
    loose = np.arange(3 * len(at)).reshape(-1, 3)
    return Surface(points[at].reshape(-1, 3), loose, np.repeat(shades, 3, axis=0), normals, gloss=0.1)


def jpeg(picture: Image.Image) -> bytes:
    """A picture as the bytes of a JPEG file."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=88, optimize=True)
    return buffer.getvalue()
