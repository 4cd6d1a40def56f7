"""Head measures from the face mesh, as multiples of the face's width: what makes a head recognisable."""

from __future__ import annotations

import numpy as np

from fabricate.photo.faces import Face

__all__ = ["head_ratios", "turned"]

_WIDTH = (234, 454)
_MEASURES: dict[str, tuple[tuple[int, int], ...]] = {
    "face_h": ((10, 152),),
    "jaw_w": ((172, 397),),
    "eye_span": ((33, 263),),
    "eye_w": ((33, 133), (362, 263)),
    "mouth_w": ((61, 291),),
    "nose_w": ((64, 294),),
    "nose_h": ((168, 2),),
    "chin_h": ((17, 152),),
    "brow_h": ((105, 159), (334, 386)),
}
_NOSE_TIP = 1


def head_ratios(face: Face) -> dict[str, float]:
    """The ratios that ``Likeness.ratios`` names, from distances in space: turning the head changes little."""
    points = face.points
    width = float(np.linalg.norm(points[_WIDTH[0]] - points[_WIDTH[1]]))
    return {
        name: round(
            float(np.mean([np.linalg.norm(points[a] - points[b]) for a, b in pairs])) / max(width, 1e-6), 4
        )
        for name, pairs in _MEASURES.items()
    }


def turned(face: Face) -> float:
    """How far the head is turned aside: the nose tip's offset from the face's middle, 0 (front) to 0.5."""
    right, left = face.points[_WIDTH[0], :2], face.points[_WIDTH[1], :2]
    across = left - right
    along = float(
        np.dot(face.points[_NOSE_TIP, :2] - right, across) / max(float(np.dot(across, across)), 1e-9)
    )
    return min(0.5, abs(along - 0.5))
