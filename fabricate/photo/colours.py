"""Colours as a photo gives them: robust statistics in CIELAB, names for them, and the Monk scale."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fabricate import resources
from fabricate.photo.portrait import Portrait

__all__ = ["CHEEKS", "cast", "difference", "hex_of", "lab_of", "middle", "monk", "name_of", "prevailing"]

CHEEKS = ((50, 101, 118, 117, 123, 187, 205), (280, 330, 347, 346, 352, 411, 425))
"""The subject's right and left cheek in mesh points: skin without beard, glasses or fringe."""

_SHADING = np.array([0.6, 1.0, 1.0])

_Lab = NDArray[np.floating]


def difference(lab: _Lab, reference: _Lab) -> _Lab:
    """Distance in CIELAB over the last axis, lightness at 0.6: shading moves it more than the colour."""
    out: _Lab = np.sqrt((((lab - reference) * _SHADING) ** 2).sum(axis=-1))
    return out


def middle(lab: _Lab) -> NDArray[np.float64]:
    """The typical colour of (n, 3) CIELAB pixels: the median of those neither in shadow nor shining."""
    low, high = np.percentile(lab[:, 0], [15, 85])
    kept = lab[(lab[:, 0] >= low) & (lab[:, 0] <= high)]
    out: NDArray[np.float64] = np.median(kept, axis=0).astype(np.float64)
    return out


def prevailing(lab: _Lab) -> tuple[NDArray[np.float64], float]:
    """The colour that most of (n, 3) CIELAB pixels share, and the share (0..1) of pixels near it."""
    from scipy import ndimage

    steps = np.array([8.0, 8.0, 8.0])
    low = np.array([0.0, -104.0, -104.0])
    shape = (13, 26, 26)
    index = np.clip(((lab - low) / steps).astype(int), 0, np.array(shape) - 1)
    counts = np.zeros(shape)
    np.add.at(counts, tuple(index.T), 1.0)
    peak = np.unravel_index(int(ndimage.gaussian_filter(counts, 1.0).argmax()), shape)
    centre = low + (np.array(peak) + 0.5) * steps
    near = difference(lab, centre) < 18
    colour = middle(lab[near]) if near.any() else middle(lab)
    return colour, float(near.mean())


def hex_of(lab: _Lab) -> str:
    """``#rrggbb`` of one CIELAB colour."""
    from skimage.color import lab2rgb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # out of sRGB: clipped below
        rgb = np.clip(lab2rgb(np.asarray(lab, dtype=np.float64).reshape(1, 1, 3)), 0, 1).reshape(3)
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in rgb)


def lab_of(colour: str) -> NDArray[np.float64]:
    """(3,) CIELAB of ``#rrggbb``."""
    from skimage.color import rgb2lab

    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64) / 255
    out: NDArray[np.float64] = rgb2lab(rgb.reshape(1, 1, 3)).reshape(3)
    return out


def _nearest(lab: _Lab, named: Mapping[str, str]) -> str:
    return min(named, key=lambda name: float(np.linalg.norm(lab_of(named[name]) - lab)))


def name_of(lab: _Lab, table: str = "naming") -> str:
    """The nearest name in a table (``naming``, ``hair_naming``) of ``templates/words/colours.toml``."""
    return _nearest(lab, resources.read("words", "colours")[table])


def monk(lab: _Lab) -> str:
    """The nearest tone of the Monk Skin Tone scale, ``monk-01`` to ``monk-10``, in CIELAB."""
    return _nearest(lab, resources.read("words", "skin")["scale"])


def cast(shot: Portrait) -> str | None:
    """``warm``, ``cool`` or ``tinted`` when the brightest unclipped pixels are not white, else None.

    What shines whitest in a picture (teeth, collars, walls, highlights) should be near neutral.
    """
    top = shot.rgb.max(axis=2)
    usable = shot.inside & (top < 250)
    if usable.sum() < 500:
        return None
    bright = usable & (top >= np.percentile(top[usable], 98))
    a, b = np.median(shot.lab[bright][:, 1:], axis=0)
    chroma = float(np.hypot(a, b))
    if not 12 < chroma < 35:  # beyond that the brightest thing is simply coloured
        return None
    return "warm" if b > abs(a) else "cool" if -b > abs(a) else "tinted"
