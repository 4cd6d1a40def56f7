"""What the network sees: the picture's colours inside the silhouette, the silhouette, and its inflation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHANNELS", "FLOOR", "OUTPUTS", "stacked"]

CHANNELS = 5
"""Red, green, blue (-0.5..0.5, 0 outside), silhouette, inflated half thickness in half-frames."""
OUTPUTS = ("front", "back", *("front_x", "front_y", "front_z"), *("back_x", "back_y", "back_z"), "doubt")
"""Depths towards the viewer in half-frames, normals in the picture's frame, and the logarithm of the depth's
expected error."""
FLOOR = 0.008
"""Half-frames that the inflation is taken for at least where thickness is a factor of it: so the rim can
thicken."""


def stacked(
    rgb: NDArray[np.float32], cut: NDArray[np.bool_], balloon: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The network's input (n, 5, h, w): pictures (n, 3, h, w) 0..1, silhouettes, inflations (n, h, w)."""
    mask = cut[:, None].astype(np.float32)
    return np.concatenate([(rgb - 0.5) * mask, mask, balloon[:, None]], axis=1).astype(np.float32)
