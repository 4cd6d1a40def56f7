"""How somebody (or a figure of somebody) stands in a picture: mediapipe's body model, offline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.photo import bindings

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ANKLES", "Pose", "read_pose"]

_FROM = (0, -1, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)
"""The model's point for each of OpenPose's 18; -1: the neck, between its shoulders."""
ANKLES = (10, 13)
_SURE = 0.4


@dataclass(frozen=True)
class Pose:
    """OpenPose's 18 points of a body, in its order: (18, 2) float64 in pixels, x right and y down.

    ``seen``: (18,) float64 in 0..1, how surely each is seen and not only guessed. Points may lie outside the
    picture: that is where the model believes what is cut off to be.
    """

    points: NDArray[np.float64]
    seen: NDArray[np.float64]


def read_pose(picture: Image.Image) -> Pose | None:
    """The pose of the one body that a picture shows; None when the model sees none.

    A toy with a large head is seen less well than a person: look at ``seen``. Raises BackendError when the
    extra ``photo`` is not installed.
    """
    model = bindings.load_pose()
    with (
        bindings.quiet(),
        model(static_image_mode=True, model_complexity=1, min_detection_confidence=_SURE) as graph,
    ):
        found = graph.process(np.ascontiguousarray(picture.convert("RGB"))).pose_landmarks
    if found is None:
        return None
    rows = np.array([(p.x * picture.width, p.y * picture.height, p.visibility) for p in found.landmark])
    shoulders = np.append(rows[[11, 12], :2].mean(axis=0), rows[[11, 12], 2].min())
    kept = np.array([shoulders if at < 0 else rows[at] for at in _FROM], np.float64)
    return Pose(kept[:, :2], kept[:, 2])
