"""Hair in a portrait: is there any, how long is it, what colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fabricate.photo.colours import CHEEKS, difference, middle
from fabricate.photo.portrait import FACE_PX, OVAL, Portrait

__all__ = ["Hair", "read_hair"]

_FOREHEAD = (9, 107, 66, 69, 108, 151, 337, 299, 296, 336)
_OUTER_EYES = (33, 263)
_MOUTH, _CHIN, _BROW_MIDDLE, _HAIRLINE = 13, 152, 151, 10

_BARE = 2.2
"""Below this ``_scalp`` says bald."""

_LONG = 0.1
"""Hair beside the jaw, in face widths, from which on it is long."""

_Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Hair:
    """``style``: ``bald``, ``short``, ``long`` or None (out of the picture); ``lab``: its colour, (3,).

    ``area``: (h, w) bool, the pixels taken for hair. ``sure``: 0..1 for the style.
    """

    style: str | None
    lab: NDArray[np.float64] | None
    area: _Mask
    sure: float


@dataclass(frozen=True)
class _Head:
    """Landmarks of the head in the portrait's pixels."""

    left: float
    right: float
    eyes: float
    mouth: float
    chin: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


def read_hair(shot: Portrait) -> Hair:
    """The hair in a portrait.

    Bald: above the brows the colour runs on to the head's outline without a step. Otherwise what is not
    skin around the top of the head gives the colour, and long is what carries that colour, thick as
    hair, from there down beside the jaw.
    """
    head = _head(shot)
    nothing = np.zeros(shot.shape, dtype=bool)
    covered = _scalp(shot)
    if covered is None:
        return Hair(None, None, nothing, 0.0)
    if covered < _BARE:
        return Hair("bald", None, nothing, _sureness(_BARE - covered, 1.2))
    skin = _skin_distance(shot)
    seed = _seed(shot, head, skin)
    if seed.sum() < 0.03 * FACE_PX**2:
        return Hair("short", None, seed, 0.5)
    first = middle(shot.lab[seed])
    area = _grown(shot, head, seed, first, skin)
    wide = _seed(shot, head, skin, least=9) & (difference(shot.lab, first) < 32)
    colour = middle(shot.lab[wide]) if wide.sum() > 200 else first
    beside = _beside_jaw(area, head)
    style = "long" if beside > _LONG else "short"
    return Hair(style, colour, area, _sureness(abs(beside - _LONG), 0.06))


def _sureness(margin: float, scale: float) -> float:
    """0.5 on the border, towards 0.95 far from it."""
    return float(0.5 + 0.45 * np.tanh(margin / scale))


def _head(shot: Portrait) -> _Head:
    x = shot.points[list(OVAL), 0]
    y = shot.points[:, 1]
    eyes = float(y[list(_OUTER_EYES)].mean())
    return _Head(float(x.min()), float(x.max()), eyes, float(y[_MOUTH]), float(y[_CHIN]))


def _person(shot: Portrait) -> _Mask:
    out: _Mask = (shot.person > 0.5) & shot.inside
    return out


def _scalp(shot: Portrait) -> float | None:
    """How unlike bare skin the head's top is: about 1 when bald, 3 and more with hair; None when cut off.

    Three signs: the colour above the forehead against the forehead's, the sharpest step on the way up,
    and how high the head rises above the face.
    """
    from scipy import ndimage

    forehead = shot.polygon(_FOREHEAD)
    if not forehead.any():
        return None
    reference = np.median(shot.lab[forehead], axis=0)
    head = _head(shot)
    centre = float(shot.points[[_HAIRLINE, _BROW_MIDDLE, 9], 0].mean())
    x = np.arange(shot.shape[1])[None, :]
    y = np.arange(shot.shape[0])[:, None]
    column = _person(shot) & (np.abs(x - centre) < 0.22 * head.width) & (y < shot.points[_BROW_MIDDLE, 1])
    rows = np.flatnonzero(column.any(axis=1))
    if len(rows) < 20:
        return None
    top = int(rows[0])
    if not shot.inside[max(0, top - 6), int(np.clip(centre, 0, shot.shape[1] - 1))]:
        return None if shot.points[_HAIRLINE, 1] - top < 0.3 * FACE_PX else 3.0
    profile = np.array([np.median(shot.lab[row][column[row]], axis=0) for row in rows])
    profile = ndimage.gaussian_filter1d(profile, 3, axis=0)[6:]
    step = float(difference(profile[10:], profile[:-10]).max()) if len(profile) > 10 else 0.0
    above = column & (y > top + 6) & (y < shot.points[_HAIRLINE, 1] + 6)
    change = float(np.median(difference(shot.lab[above], reference))) if above.any() else 0.0
    rise = float(shot.points[_HAIRLINE, 1] - top) / FACE_PX
    return change / 10 + step / 15 + max(0.0, rise - 0.2) / 0.12


def _skin_distance(shot: Portrait) -> NDArray[np.floating]:
    """(h, w): how far each pixel is from the nearest of the two cheeks and the forehead."""
    areas = [shot.polygon(part) for part in (*CHEEKS, _FOREHEAD)]
    references = [np.median(shot.lab[area], axis=0) for area in areas if area.any()]
    out: NDArray[np.floating] = np.min([difference(shot.lab, one) for one in references], axis=0)
    return out


def _seed(shot: Portrait, head: _Head, skin: NDArray[np.floating], least: float = 14) -> _Mask:
    """Around the head above the eyes, whatever is not skin; a lower ``least`` takes in shining strands."""
    x = np.arange(shot.shape[1])[None, :]
    y = np.arange(shot.shape[0])[:, None]
    near = (x > head.left - 0.5 * head.width) & (x < head.right + 0.5 * head.width) & (y < head.eyes)
    out: _Mask = _person(shot) & near & ~shot.polygon(OVAL, 1.04) & (skin > least)
    return out


def _grown(
    shot: Portrait, head: _Head, seed: _Mask, colour: NDArray[np.float64], skin: NDArray[np.floating]
) -> _Mask:
    """What looks like ``colour``, more than like skin, and hangs together with the seed.

    Below the eyes only strands thicker than 0.06 of the face count: shadows along the jaw do not lead
    from the hair into a dark collar.
    """
    from scipy import ndimage

    apart = difference(shot.lab, colour)
    like = _person(shot) & ~shot.polygon(OVAL, 0.97) & (apart < 20) & (apart < skin)
    like = ndimage.binary_opening(like, iterations=2)
    thick = ndimage.binary_opening(like, iterations=6)
    y = np.arange(shot.shape[0])[:, None]
    like = np.where(y < head.eyes, like, thick)
    labels, count = ndimage.label(like)
    if not count:
        return seed
    hits = np.bincount(labels[seed], minlength=count + 1)
    hits[0] = 0
    kept = np.flatnonzero(hits > 0.02 * seed.sum())
    out: _Mask = np.isin(labels, kept)
    return out


def _beside_jaw(area: _Mask, head: _Head) -> float:
    """Mean width of the hair beside the jaw, mouth to chin, on its fuller side, in face widths."""
    rows = area[int(head.mouth) : max(int(head.chin), int(head.mouth) + 1)].copy()
    x = np.arange(area.shape[1])[None, :]
    rows &= (x > head.left - 0.6 * head.width) & (x < head.right + 0.6 * head.width)
    widths = [(rows & side).sum(axis=1).mean() / head.width for side in (x < head.centre, x >= head.centre)]
    return float(max(widths))
