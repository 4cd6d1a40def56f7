"""Glasses and beard in a portrait: lines where a bare face has none, and hair where it has skin."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from fabricate.photo.colours import CHEEKS
from fabricate.photo.portrait import Portrait

__all__ = ["beard", "glasses"]

_RIGHT_EYE, _LEFT_EYE = (33, 133), (263, 362)
"""Outer and inner corner of the subject's right and left eye."""

_TEMPLES = (127, 356)
_CHIN = (84, 17, 314, 421, 428, 199, 208, 201)
_LIP = (97, 2, 326, 391, 393, 164, 167, 165)
_JAWS = ((214, 210, 169, 135, 138), (434, 430, 394, 364, 367))

_Image = NDArray[np.floating]


def glasses(shot: Portrait) -> float:
    """How likely the face wears glasses, 0..1.

    Three lines that frames draw and faces do not: the bridge across the nose, the lower rims under both
    eyes, the bars at both temples; each as its gradient of lightness against the skin's lightness.
    """
    from scipy import ndimage

    light = ndimage.gaussian_filter(shot.lab[..., 0], 1.0)
    down = np.abs(ndimage.sobel(light, 0)) / 8
    steep = np.hypot(down, np.abs(ndimage.sobel(light, 1)) / 8)
    bright = max(30.0, float(np.median(light[shot.polygon(CHEEKS[0]) | shot.polygon(CHEEKS[1])]))) / 70
    eyes = (_RIGHT_EYE, _LEFT_EYE)
    rims = [_rim(steep, shot.points[outer], shot.points[inner]) for outer, inner in eyes]
    bars = [
        _bar(down, shot.points[outer], shot.points[inner], shot.points[temple])
        for (outer, inner), temple in zip(eyes, _TEMPLES, strict=True)
    ]
    score = (
        0.7 * _log(_bridge(down, shot.points) / bright, 2.2)
        + 1.2 * _log(min(rims) / bright, 2.0)
        + 0.5 * _log(min(bars) / bright, 1.5)
    )
    return float(1 / (1 + np.exp(-3.0 * (score - 0.45))))


def _log(value: float, usual: float) -> float:
    return float(np.clip(np.log(max(value, 0.2) / usual), -1.2, 1.2))


def _bridge(down: _Image, points: NDArray[np.float64]) -> float:
    """The strongest level line over the nose's root, between the brows and the middle of the nose."""
    left, right = sorted((points[133, 0], points[362, 0]))
    half = max(2.0, (right - left) * 0.22)
    middle = (left + right) / 2
    patch = down[
        max(0, int(points[9, 1]) + 2) : max(0, int(points[195, 1])),
        max(0, int(middle - half)) : max(0, int(middle + half) + 1),
    ]
    return float(np.median(patch, axis=1).max()) if patch.size else 0.0


def _rim(steep: _Image, outer: NDArray[np.float64], inner: NDArray[np.float64]) -> float:
    """The strongest arc under an eye, of any likely size, that is a line nearly all along."""
    from scipy import ndimage

    centre, wide = (outer + inner) / 2, float(np.linalg.norm(outer - inner))
    angle = np.deg2rad(np.arange(35, 146, 5))
    best = 0.0
    for across, deep, lower in product((0.7, 0.8, 0.9, 1.0, 1.1), (0.5, 0.6, 0.7, 0.8, 0.9, 1.0), (0, 0.15)):
        x = centre[0] + across * wide * np.cos(angle)
        y = centre[1] + (lower + deep * np.sin(angle)) * wide
        line = ndimage.map_coordinates(steep, [y, x], order=1)
        best = max(best, float(np.percentile(line, 30)))
    return best


def _bar(
    down: _Image, outer: NDArray[np.float64], inner: NDArray[np.float64], temple: NDArray[np.float64]
) -> float:
    """The strongest level line between an eye's outer corner and the ear."""
    wide = float(np.linalg.norm(outer - inner))
    left, right = sorted((outer[0] * 0.6 + temple[0] * 0.4, outer[0] * 0.15 + temple[0] * 0.85))
    patch = down[
        max(0, int(outer[1] - 0.5 * wide)) : max(0, int(outer[1] + 0.35 * wide)),
        max(0, int(left)) : max(0, int(right) + 1),
    ]
    return float(np.median(patch, axis=1).max()) if patch.size and patch.shape[1] > 2 else 0.0


def beard(shot: Portrait) -> float:
    """How likely there is a beard, 0..1: chin, upper lip and jaws darker, greyer and rougher than cheeks."""
    from scipy import ndimage

    light = shot.lab[..., 0]
    rough = np.sqrt(ndimage.gaussian_filter((light - ndimage.gaussian_filter(light, 2.5)) ** 2, 2))
    cheeks = shot.polygon(CHEEKS[0]) | shot.polygon(CHEEKS[1])
    skin, smooth = np.median(shot.lab[cheeks], axis=0), max(0.8, float(np.median(rough[cheeks])))

    def hairy(part: tuple[int, ...]) -> float:
        area = shot.polygon(part)
        if area.sum() < 12:
            return -1.0
        colour = np.median(shot.lab[area], axis=0)
        darker = (skin[0] - colour[0] - 14) / 12
        greyer = (np.hypot(*skin[1:]) - np.hypot(*colour[1:]) - 8) / 8
        rougher = np.log(float(np.median(rough[area])) / smooth / 1.6)
        return float(np.clip(max(darker, greyer), -1, 1) + np.clip(rougher, -1, 1))

    jaws = min(hairy(part) for part in _JAWS)
    score = 0.5 * hairy(_CHIN) + 0.25 * hairy(_LIP) + 0.25 * jaws
    return float(1 / (1 + np.exp(-4.0 * (score - 0.35))))
