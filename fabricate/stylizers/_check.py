"""A drawn picture held against its guide: can a figure be cut from it, is it whole, does it stand as asked?

The cutter is the one of ``stylize = picture``; the readers of poses and faces are those of ``photo``, used
where the extra ``photo`` is installed.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import BackendError, FabricateError, SubjectError

if TYPE_CHECKING:
    from PIL import Image

    from fabricate.artifacts import Likeness
    from fabricate.stylizers._guide import Guide

__all__ = ["Judged", "judged"]

Mask = NDArray[np.bool_]
EDGE = 0.01
"""The share of a side of the picture that the figure may touch."""
LEAST_TALL = 0.45
SQUAT = 0.6
"""Of the guide's height over width: below, legs or more are missing."""
BELOW = 0.22
"""How far under the figure, in its heights, the reader may believe the feet: a large head misleads it."""
UNEVEN = 14.0
"""How far (Lab) most of what is behind the figure may be from one colour."""
SEEN = 0.5
GRID = (48, 24)
"""Rows and columns in which a figure's colours are compared with the guide's."""


@dataclass(frozen=True)
class Judged:
    """``image``: the figure alone, RGBA. ``faults``: why it is not what was asked for, one phrase each.

    ``pose`` and ``likeness``: 0..1, how well it stands as the guide does, and looks as it was to look.
    """

    image: Image.Image
    faults: tuple[str, ...]
    pose: float
    likeness: float

    @property
    def score(self) -> tuple[int, float]:
        """For choosing the best: fewer faults first, then pose and likeness together."""
        return -len(self.faults), self.pose + self.likeness


def judged(picture: Image.Image, guide: Guide, likeness: Likeness | None = None) -> Judged:
    """What there is to say of a picture, RGB.

    Where no figure can be cut out, it is cut along the guide's outline instead, and that is a fault.
    """
    from fabricate.lift.cutout import cut_out

    wanted = _alpha(guide.start)
    try:
        image = cut_out(picture).image
    except SubjectError:
        image = _along(picture, guide)
        alike = _colours(image, guide.start)
        return Judged(image, ("no figure can be told from its background",), 0.0, round(alike, 4))
    mask = _alpha(image)
    faults = [*_whole(mask, wanted), *_plain(picture, mask)]
    pose, box = _overlap(mask, wanted), _box(mask)
    if (read := _pose(picture)) is not None:
        if feet := _feet(read, box):
            faults.append(feet)
        agreed = _agreement(read, box, guide.points, _box(wanted))
        pose = pose if agreed is None else (pose + agreed) / 2
    alike = _colours(image, guide.start)
    if likeness is not None and (face := _face(picture, likeness)) is not None:
        alike = (alike + face) / 2
    return Judged(image, tuple(dict.fromkeys(faults)), round(pose, 4), round(alike, 4))


def _alpha(image: Image.Image) -> Mask:
    return np.asarray(image.getchannel("A")) > 127


def _along(picture: Image.Image, guide: Guide) -> Image.Image:
    """The picture cut along the guide's outline, a little wider."""
    from PIL import ImageFilter

    alpha = guide.start.getchannel("A").filter(ImageFilter.MaxFilter(5))
    out = picture.convert("RGBA").resize(guide.size)
    out.putalpha(alpha)
    return out


def _box(mask: Mask) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a mask, the last two past its end."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _whole(mask: Mask, wanted: Mask) -> list[str]:
    """Faults of a figure that is cut off, too small, or not the only one."""
    from scipy import ndimage

    faults = []
    sides = {"upper": mask[0], "lower": mask[-1], "left": mask[:, 0], "right": mask[:, -1]}
    touched = [name for name, line in sides.items() if line.mean() > EDGE]
    if touched:
        faults.append(f"it is cut off at the {' and '.join(touched)} edge")
    left, top, right, low = _box(mask)
    tall = low - top
    if tall < LEAST_TALL * len(mask):
        faults.append("the figure is small in the picture")
    asked = _box(wanted)
    if tall / max(1, right - left) < SQUAT * (asked[3] - asked[1]) / max(1, asked[2] - asked[0]):
        faults.append("only a part of the body is there")
    label, count = ndimage.label(mask)
    sizes = np.sort(np.bincount(label.ravel(), minlength=count + 1)[1:])
    if count > 1 and sizes[-2] > 0.3 * sizes[-1]:
        faults.append("there are several figures")
    return faults


def _plain(picture: Image.Image, mask: Mask) -> list[str]:
    """A fault when what is behind the figure is not of one colour, or nearly."""
    from scipy import ndimage

    behind = ~ndimage.binary_dilation(mask, iterations=max(3, mask.shape[0] // 60))
    if behind.mean() < 0.05:
        return ["there is no background around it"]
    lab = _lab(picture)[behind]
    away = np.linalg.norm((lab - np.median(lab, axis=0)) * [0.7, 1, 1], axis=-1)
    return ["the background is not plain"] if np.quantile(away, 0.9) > UNEVEN else []


def _lab(image: Image.Image) -> NDArray[np.float32]:
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(np.asarray(image.convert("RGB"), np.float32) / 255), np.float32)


def _scaled(mask: Mask, shape: tuple[int, int] = (96, 96)) -> Mask:
    """What is inside a mask's box, at one size."""
    from PIL import Image

    left, top, right, low = _box(mask)
    crop = Image.fromarray(mask[top:low, left:right].astype(np.uint8) * 255)
    return np.asarray(crop.resize(shape[::-1], Image.Resampling.BOX)) > 127


def _overlap(mask: Mask, wanted: Mask) -> float:
    """Intersection over union of two outlines brought to one box, less where the boxes' shapes differ."""
    a, b = _scaled(mask), _scaled(wanted)
    (l1, t1, r1, b1), (l2, t2, r2, b2) = _box(mask), _box(wanted)
    shape = np.log((b1 - t1) / max(1, r1 - l1)) - np.log((b2 - t2) / max(1, r2 - l2))
    return float((a & b).sum() / max(1, (a | b).sum()) * np.exp(-abs(shape)))


def _pose(picture: Image.Image) -> Any:
    """The pose in a picture; None when there is none to be seen, or nothing to see it with."""
    from fabricate.photo.pose import read_pose

    try:
        return read_pose(picture)
    except BackendError:
        return None


def _feet(read: Any, box: tuple[int, int, int, int]) -> str:
    """A fault when the reader believes the feet to be well below where the figure ends."""
    from fabricate.photo.pose import ANKLES

    tall = box[3] - box[1]
    deepest = float(read.points[list(ANKLES), 1].min())
    return "the feet are not to be seen" if deepest > box[3] + BELOW * tall else ""


def _agreement(
    read: Any, box: tuple[int, int, int, int], points: NDArray[np.float64], asked: tuple[int, int, int, int]
) -> float | None:
    """How near the points that are seen lie to the guide's, in the figure's own box: 1 on the spot."""
    seen = read.seen > SEEN
    if seen.sum() < 6:
        return None
    unit = [
        (np.asarray(where) - [left, top]) / [max(1, low - top), max(1, low - top)]
        for where, (left, top, _right, low) in ((read.points, box), (points, asked))
    ]
    away = np.linalg.norm(unit[0] - unit[1], axis=1)[seen]
    return float(np.exp(-away.mean() / 0.12))


def _colours(image: Image.Image, start: Image.Image) -> float:
    """How near the figure's colours are to the guide's, place by place, where both are."""
    from PIL import Image as Images

    labs, masks = [], []
    for each in (image, start):
        crop = each.crop(_box(_alpha(each)))
        small = crop.resize(GRID[::-1], Images.Resampling.BOX)
        labs.append(_lab(small))
        masks.append(_alpha(small))
    both = masks[0] & masks[1]
    if not both.any():
        return 0.0
    away = np.linalg.norm(labs[0] - labs[1], axis=-1)[both]
    return float(np.exp(-away.mean() / 30.0))


def _face(picture: Image.Image, likeness: Likeness) -> float | None:
    """How much of what the photo showed is read in the picture's face too; None without a reader."""
    from fabricate.photo import read_likeness
    from fabricate.photo.colours import difference, lab_of

    with tempfile.TemporaryDirectory(prefix="fabricate-") as folder:
        path = Path(folder) / "drawn.png"
        picture.save(path)
        try:
            found = read_likeness(path)
        except BackendError:
            return None
        except FabricateError:
            return 0.0  # no face to be found
    said: list[float] = []
    for key in ("hair_style", "glasses", "beard"):
        if getattr(likeness, key) is not None:
            said.append(float(getattr(likeness, key) == getattr(found, key)))
    if likeness.hair_colour and found.hair_colour:
        away = float(difference(lab_of(likeness.hair_colour), lab_of(found.hair_colour)))
        said.append(float(np.exp(-away / 20)))
    for key in likeness.ratios.keys() & found.ratios.keys():
        said.append(float(np.exp(-abs(np.log(found.ratios[key] / likeness.ratios[key])) / 0.3)))
    return float(np.mean(said)) if said else None
