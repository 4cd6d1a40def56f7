"""Relief from the picture's lines: eyes, brows, mouth, glasses, buttons, hems.

These are tones in the picture and hardly any depth, and no small network sees them; a print in one colour
would have no face. Dark strokes are sunk by one depth, so that they come out as crisp, printable lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["WIDTH_MM", "depth_mm", "strokes"]

F32 = NDArray[np.float32]
WIDTH_MM = {"fdm": 0.5, "resin": 0.4}
"""The least width of a sunk line that a process holds."""
DEPTH_MM = {"fdm": 0.45, "resin": 0.35}
CONTRAST = 0.09
"""How much darker than what is around it a stroke must be, in lightness 0..1."""


def depth_mm(process: str, asked: float | None = None) -> float:
    """How deep lines are sunk: as asked, else the process's own; 0.3 to 0.6 mm."""
    usual = DEPTH_MM.get(process, DEPTH_MM["fdm"])
    return usual if asked is None else 0.0 if asked <= 0 else float(np.clip(asked, 0.3, 0.6))


def strokes(rgb: F32, alpha: F32, pixel_mm: float, process: str) -> F32:
    """Where the picture's dark lines are (h, w), 0..1, at least as wide as the process holds.

    ``rgb`` (3, h, w), ``pixel_mm`` a pixel's width on the printed figure. A stroke is darker than the mean of
    its surroundings, which takes out light and shade; the silhouette's rim has none, and no speck that a
    nozzle would not print.
    """
    from scipy import ndimage

    side = len(alpha)
    inside = alpha > 0.5
    light = np.where(inside, 0.30 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2], 0).astype(np.float32)
    wide = side / 38
    weight = ndimage.gaussian_filter(inside.astype(np.float32), wide)
    around = ndimage.gaussian_filter(light, wide) / np.maximum(weight, 1e-3)
    darker = np.where(inside, around - ndimage.gaussian_filter(light, side / 700), 0)
    strong = darker > 1.6 * CONTRAST
    found = ndimage.binary_propagation(strong, mask=darker > CONTRAST)
    deep_inside = ndimage.distance_transform_edt(inside) > max(3.0, side / 64)
    found &= deep_inside
    least = WIDTH_MM.get(process, WIDTH_MM["fdm"]) / pixel_mm
    label, count = ndimage.label(found, np.ones((3, 3)))
    if count:
        sizes = np.bincount(label.ravel())
        sizes[0] = 0
        found = (sizes >= max(6.0, 0.6 * least * least))[label]
    # Thin lines are widened to what the process holds; wide ones stay as they are.
    grow = max(0.0, least / 2 - 1)
    if grow >= 0.5:
        near = ndimage.distance_transform_edt(~found)
        found = (near <= grow) & deep_inside
    return np.asarray(ndimage.gaussian_filter(found.astype(np.float32), 0.7), np.float32)
