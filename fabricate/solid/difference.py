"""How different two colours look: CIEDE2000 (CIE 142-2001), as Sharma, Wu and Dalal (2005) write it out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ciede2000"]

Floats = npt.NDArray[np.float64]
FAR = 25.0**7


def ciede2000(one: npt.ArrayLike, other: npt.ArrayLike, light: float = 1.0) -> Floats:
    """The difference between L*a*b* colours, (..., 3) each, broadcast against one another; 1 is just seen.

    ``light`` is the standard's k_L: at 2 lightness counts half, as for cloth and for what is lit unevenly.
    """
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    mean = ((np.hypot(a[..., 1], a[..., 2]) + np.hypot(b[..., 1], b[..., 2])) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean / (mean + FAR))
    chroma1, hue1 = _polar(a[..., 1] * stretch, a[..., 2])
    chroma2, hue2 = _polar(b[..., 1] * stretch, b[..., 2])
    grey = chroma1 * chroma2 == 0
    turn = np.where(grey, 0.0, (hue2 - hue1 + 180) % 360 - 180)
    # exactly opposite hues turn the way that the standard turns them
    turn = np.where((turn == -180) & (hue2 > hue1), 180.0, turn)
    step_light = b[..., 0] - a[..., 0]
    step_chroma = chroma2 - chroma1
    step_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2))
    level, chroma = (a[..., 0] + b[..., 0]) / 2, (chroma1 + chroma2) / 2
    hue = np.where(grey, hue1 + hue2, _between(hue1, hue2))
    weight = (
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    scale_light = light * (1 + 0.015 * (level - 50) ** 2 / np.sqrt(20 + (level - 50) ** 2))
    scale_chroma = 1 + 0.045 * chroma
    scale_hue = 1 + 0.015 * chroma * weight
    seventh = chroma**7
    swing = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    twist = -np.sin(np.radians(swing)) * 2 * np.sqrt(seventh / (seventh + FAR))
    step, chroma, hue = step_light / scale_light, step_chroma / scale_chroma, step_hue / scale_hue
    return np.asarray(
        np.sqrt(np.maximum(step**2 + chroma**2 + hue**2 + twist * chroma * hue, 0.0)), np.float64
    )


def _polar(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Chroma, and hue in degrees 0 .. 360."""
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _between(one: Floats, other: Floats) -> Floats:
    """The hue halfway between two, the short way round."""
    total = one + other
    apart = np.abs(one - other) > 180
    return np.asarray(np.where(apart, np.where(total < 360, total + 360, total - 360), total) / 2)


def _cos(degrees: Floats) -> Floats:
    return np.asarray(np.cos(np.radians(degrees)))
