"""The figure cut out of a picture: by its alpha, from a plain or shaded background, from a printed card or
box.

The background is what the picture's border is made of: a colour that changes slowly over the picture (a plane
or a bowl in Lab), joined to the border. Where that leaves a rectangle, it was a card or a box, and the search
goes on inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import SubjectError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Cut", "cut_out"]

F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
WORK_PX = 640
"""The longer side at which the background is searched."""
LEAST_PX = 32
PLAIN = 9.0
"""How far (Lab) the border may be from its own model, at its middle pixel, to be called plain."""
BOX = 0.86
"""A thing that fills so much of its bounding box is a card."""


@dataclass(frozen=True)
class Cut:
    """The figure alone, RGBA, and what should be said about how it was cut."""

    image: Image.Image
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def cut_out(image: Image.Image) -> Cut:
    """The figure of a picture, the rest transparent.

    Raises SubjectError for a picture that is too small, blank, or where no figure can be told from what is
    behind it.
    """
    if min(image.size) < LEAST_PX:
        raise SubjectError(
            f"the picture is only {image.width} x {image.height} pixels large",
            "use a larger one: the figure should be 512 pixels tall or more",
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        alpha = np.asarray(rgba.getchannel("A")) > 127
        if not alpha.any():
            raise SubjectError("the picture is fully transparent", "use a picture with a figure in it")
        if (~alpha).mean() > 0.01:  # a stray clear pixel cuts nothing out
            return Cut(rgba, (), _remarks(alpha))
    rgb = image.convert("RGB")
    small = rgb.copy()
    small.thumbnail((WORK_PX, WORK_PX))
    mask, notes = _searched(_lab(small))
    return Cut(_with_alpha(rgb, mask), notes, _remarks(mask))


def _lab(image: Image.Image) -> F32:
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(np.asarray(image, np.float32) / 255), np.float32)


def _searched(lab: F32) -> tuple[Mask, tuple[str, ...]]:
    """The figure's mask in a picture (h, w, 3) of Lab colours, and how it was found."""
    if float(lab.std(axis=(0, 1)).max()) < 1.0:
        raise SubjectError("the picture is one plain colour: there is no figure in it", "use another picture")
    window = (slice(0, lab.shape[0]), slice(0, lab.shape[1]))
    said = "the figure was cut from a plain background"
    for _ in range(3):
        view = lab[window]
        spread, bodies = _bodies(view)
        if spread > PLAIN:
            break
        best = _figure_of(bodies)
        if best is None or _edge_share(best, view) < 0.55:
            break
        box = _box(best)
        if best[box].mean() < BOX or min(best[box].shape) < 0.25 * min(view.shape[:2]):
            mask = np.zeros(lab.shape[:2], bool)
            mask[window] = best
            return mask, (said,)
        said = "the figure was cut from the card that it is printed on"
        inset = [max(2, int(0.03 * n)) for n in best[box].shape]
        window = tuple(  # type: ignore[assignment]
            slice(w.start + b.start + i, w.start + b.stop - i)
            for w, b, i in zip(window, box, inset, strict=True)
        )
    mask = np.zeros(lab.shape[:2], bool)
    mask[window] = _by_colours(lab[window])
    return mask, ("the background is not plain: the figure was cut by its colours, look at the view",)


def _bodies(lab: F32) -> tuple[float, Mask]:
    """How far the border is from plain (Lab), and what is not background."""
    from scipy import ndimage

    plane = _background(lab)
    away = np.asarray(np.linalg.norm((lab - plane) * [0.7, 1, 1], axis=-1), np.float32)
    h, w = away.shape
    rim = _border(away, 3)
    spread = float(np.quantile(rim, 0.6))
    usual = float(np.median(rim))
    level = float(np.clip(usual + 3.5 * np.median(np.abs(rim - usual)) + 3.0, 6.0, 22.0))
    quiet = ndimage.gaussian_filter(away, 0.7) < level
    label, _ = ndimage.label(quiet)
    at_rim = np.unique(_border(label))
    outside = np.isin(label, at_rim[at_rim > 0])
    # A gap between arm and body is background too, though nothing joins it to the border.
    sizes = np.bincount(label.ravel(), minlength=int(label.max()) + 1)
    gaps = (sizes > 0.0008 * h * w) & (ndimage.mean(away, label, np.arange(len(sizes))) < 0.5 * level)
    gaps[0] = False
    bodies = ~(outside | gaps[label])
    bodies = _without_shadow(bodies, lab, plane)
    return spread, np.asarray(ndimage.binary_opening(bodies, iterations=1))


def _without_shadow(bodies: Mask, lab: F32, plane: F32) -> Mask:
    """Bodies without the soft shadow that they throw: the background's hue, darker, and hardly a line in it.

    A grey figure would go as a whole, so what is left must be most of it.
    """
    from scipy import ndimage

    darker = plane[..., 0] - lab[..., 0]
    hue = np.hypot(*(lab[..., k] - plane[..., k] for k in (1, 2)))
    soft = ndimage.gaussian_gradient_magnitude(lab[..., 0], 1.0) < 3.0
    shadow = bodies & (darker > 0) & (darker < 45) & (hue < 7) & soft
    reach = ndimage.binary_propagation(~bodies, mask=~bodies | shadow)
    rows = np.flatnonzero(bodies.any(1))
    if len(rows):
        reach[: rows[0] + int(0.55 * len(rows))] = ~bodies[: rows[0] + int(0.55 * len(rows))]
    left = np.asarray(ndimage.binary_opening(bodies & ~reach, iterations=2))
    return left if left.sum() > 0.7 * bodies.sum() else bodies


def _background(lab: F32) -> F32:
    """The background's colour (h, w, 3) that the border foretells at each pixel."""
    h, w = lab.shape[:2]
    y, x = (grid.astype(np.float32) for grid in np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j])
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1)
    band = max(2, min(h, w) // 60)
    rim = np.zeros((h, w), bool)
    rim[:band] = rim[-band:] = True
    rim[:, :band] = rim[:, -band:] = True
    a, b = terms[rim], lab[rim]
    keep = np.ones(len(a), bool)
    plane = np.zeros((6, 3), np.float32)
    for _ in range(4):
        plane = np.linalg.lstsq(a[keep], b[keep], rcond=None)[0].astype(np.float32)
        miss = np.linalg.norm(b - a @ plane, axis=1)
        keep = miss <= max(float(np.quantile(miss, 0.75)), 2.0)
    return np.asarray(terms @ plane, np.float32)


def _figure_of(bodies: Mask) -> Mask | None:
    """The largest upright body: tall rather than wide, towards the middle; None when all are specks."""
    from scipy import ndimage

    label, count = ndimage.label(bodies)
    if not count:
        return None
    best, most = 0, 0.0
    area = np.bincount(label.ravel())
    for k, box in enumerate(ndimage.find_objects(label), start=1):
        if box is None or area[k] < 0.004 * bodies.size:
            continue
        tall, wide = (s.stop - s.start for s in box)
        middle = (box[1].start + box[1].stop) / 2 / bodies.shape[1]
        upright = min(1.0, 0.45 + 0.5 * tall / max(wide, 1))
        score = float(area[k]) ** 0.5 * tall * upright * (1.3 - abs(middle - 0.5))
        if score > most:
            best, most = k, score
    if not best:
        return None
    return np.asarray(label == best)


def _border(grid: NDArray[Any], wide: int = 1) -> NDArray[Any]:
    """The values of a grid (h, w) along its four sides, ``wide`` deep, one after the other."""
    sides = (grid[:wide], grid[-wide:], grid[:, :wide], grid[:, -wide:])
    return np.concatenate([side.ravel() for side in sides])


def _box(mask: Mask) -> tuple[slice, slice]:
    ys, xs = np.nonzero(mask)
    return slice(int(ys.min()), int(ys.max()) + 1), slice(int(xs.min()), int(xs.max()) + 1)


def _by_colours(lab: F32) -> Mask:
    """The fallback for a busy background: patches of one colour, those like the border's left out."""
    from scipy import ndimage
    from skimage.segmentation import slic

    patch = slic(lab, n_segments=350, compactness=12, convert2lab=False, start_label=0, channel_axis=-1)
    count = int(patch.max()) + 1
    each = np.stack([ndimage.mean(lab[..., c], patch, np.arange(count)) for c in range(3)], axis=1)
    rim = np.unique(_border(patch))
    like = np.linalg.norm(each[:, None] - each[None, rim], axis=2)
    like[rim, np.arange(len(rim))] = np.inf
    nearest = np.sort(like, axis=1)[:, :3].mean(axis=1)
    columns = np.broadcast_to(np.arange(lab.shape[1]), patch.shape)
    across = np.asarray(ndimage.mean(columns, patch, np.arange(count))) / lab.shape[1]
    score = nearest * (1.2 - np.abs(across - 0.5))
    score[rim] = 0
    level = max(14.0, float(np.quantile(score, 0.55)))
    bodies = ndimage.binary_opening((score > level)[patch], iterations=2)
    best = _figure_of(bodies)
    touched = 0.0
    if best is not None:
        best = np.asarray(ndimage.binary_fill_holes(ndimage.binary_closing(best, iterations=3)))
        touched = float(_border(best).mean())
    if best is None or not 0.02 < best.mean() < 0.8 or touched > 0.35 or _edge_share(best, lab) < 0.7:
        raise SubjectError(
            "no figure can be told from what is behind it",
            "use a picture with a transparent or plain background: cut the figure out first",
        )
    return best


def _edge_share(mask: Mask, lab: F32) -> float:
    """The share of a mask's outline that lies on a clear edge of the picture."""
    from scipy import ndimage

    reach = max(2, min(mask.shape) // 120)
    inner = mask & ~ndimage.binary_erosion(mask)
    (_, near_in), (_, near_out) = (
        ndimage.distance_transform_edt(~part, return_indices=True)
        for part in (
            ndimage.binary_erosion(mask, iterations=reach),
            ~ndimage.binary_dilation(mask, iterations=reach),
        )
    )
    colours = ndimage.gaussian_filter(lab, (1.0, 1.0, 0))
    step = np.linalg.norm(colours[tuple(near_in)] - colours[tuple(near_out)], axis=-1)
    return float((step[inner] > 14).mean()) if inner.any() else 0.0


def _with_alpha(rgb: Image.Image, mask: Mask) -> Image.Image:
    """The picture at its own size with a soft edge of about a pixel."""
    from PIL import Image
    from scipy import ndimage

    soft = ndimage.gaussian_filter(mask.astype(np.float32), 0.8)
    grown = Image.fromarray(soft).resize(rgb.size, Image.Resampling.BICUBIC)
    sharp = max(1.5, 1.5 * rgb.width / mask.shape[1])
    alpha = np.clip((np.asarray(grown) - 0.55) * sharp + 0.5, 0, 1)
    out = rgb.convert("RGBA")
    out.putalpha(Image.fromarray(np.rint(alpha * 255).astype(np.uint8)))
    return out


def _remarks(mask: Mask) -> tuple[str, ...]:
    """What looks unusual about a figure's mask."""
    from scipy import ndimage

    said = []
    sides = {"upper": mask[0], "lower": mask[-1], "left": mask[:, 0], "right": mask[:, -1]}
    touched = [name for name, line in sides.items() if line.mean() > 0.01]
    if touched:
        said.append(
            f"the figure touches the picture's {' and '.join(touched)} edge: what is cut off is missing"
        )
    label, count = ndimage.label(mask)
    sizes = np.sort(np.bincount(label.ravel(), minlength=count + 1)[1:])
    if count > 1 and sizes[-2] > 0.3 * sizes[-1]:
        said.append("there are several figures in the picture: the largest is taken")
    return tuple(said)
