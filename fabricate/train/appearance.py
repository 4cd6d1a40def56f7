"""How a shot might look as a picture: painted, drawn, photographed, or plain clay. Made anew at every visit.

The network must not learn one renderer's look: colours, light, shadows, lines, noise, blur and the traces of
JPEG are thrown hard, and six in ten pictures are of one colour, as untextured models are. Half of them are
clean: a picture of 512 pixels or more, made small for the network, has lost its grain and its JPEG.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from fabricate.train.shards import Batch

__all__ = ["CLAY", "dressed", "shadowed"]

Dice = np.random.Generator
F32 = NDArray[np.float32]
CLAY = 0.6
"""The share of pictures of one colour."""
CLEAN = 0.5
"""The share of pictures that no camera spoils."""
SHADOW = 10
"""Steps along which what stands before a point is sought."""


def dressed(batch: Batch, dice: Dice) -> F32:
    """RGB pictures (n, 3, h, w) of a batch's views, 0..1, black outside the cut silhouette."""
    return np.stack([_one(batch, i, dice) for i in range(len(batch.cut))])


def _one(batch: Batch, i: int, dice: Dice) -> F32:
    normals, mask = batch.normals[i, 0], batch.known[i]
    depth = batch.depth[i, 0]
    colour = _colours(batch.colour[i], mask, dice)
    image = colour * _light(normals, depth, mask, dice)
    if dice.random() < 0.5:
        image = image * (1 - dice.uniform(0.2, 0.8) * _hollows(depth, mask, dice))
    if dice.random() < 0.3:
        image = image * (1 - dice.uniform(0.5, 1.0) * _lines(depth, mask, batch.colour[i], dice))
    if dice.random() < 0.25:
        image = image + _sheen(normals, dice)
    if dice.random() < CLEAN:
        return np.asarray(np.clip(image, 0, 1) * batch.cut[i], np.float32)
    if dice.random() < 0.4:
        image = image * (1 + dice.uniform(0.02, 0.15) * _cloud(mask.shape, dice))
    return _camera(np.clip(image, 0, 1), batch.cut[i], dice)


def _colours(colour: F32, mask: NDArray[np.bool_], dice: Dice) -> F32:
    """The model's own colours, others, or one for all."""
    kind = dice.random()
    if kind < CLAY:
        grey = dice.uniform(0.35, 1.0)
        tint = dice.uniform(0.75, 1.0, 3) if dice.random() < 0.5 else np.ones(3)
        return np.broadcast_to((grey * tint)[:, None, None], colour.shape).astype(np.float32)
    if kind < CLAY + 0.2:
        return colour
    colour = colour[dice.permutation(3)] if dice.random() < 0.6 else colour
    bent = np.clip(colour, 0, 1) ** np.float32(dice.uniform(0.5, 1.8))
    return np.asarray(np.clip(bent * dice.uniform(0.6, 1.25, (3, 1, 1)), 0, 1), np.float32)


def _light(normals: F32, depth: F32, mask: NDArray[np.bool_], dice: Dice) -> F32:
    """A light or two from somewhere before the figure, light from the sky, sometimes in steps; or none."""
    kind = dice.random()
    if kind < 0.06:
        return np.ones((1, *normals.shape[1:]), np.float32)
    way = np.array([dice.normal() * 0.6, dice.normal() * 0.45 + 0.35, 1.0])
    way /= np.linalg.norm(way)
    wrap = dice.uniform(0, 0.5)
    lit = np.clip((np.tensordot(way, normals, 1) + wrap) / (1 + wrap), 0, 1)
    if dice.random() < 0.3:
        lit = lit * (1 - dice.uniform(0.3, 1.0) * shadowed(depth, mask, way))
    if dice.random() < 0.3:
        fill = np.array([-way[0] + dice.normal() * 0.4, dice.normal() * 0.4, 0.8])
        fill /= np.linalg.norm(fill)
        lit = np.clip(lit + dice.uniform(0.1, 0.5) * np.clip(np.tensordot(fill, normals, 1), 0, 1), 0, 1)
    if kind < 0.22:  # drawn: few steps
        steps = dice.integers(2, 4)
        lit = np.clip(np.floor(lit * steps + dice.uniform(0.2, 0.6)) / steps, 0, 1)
    ambient = dice.uniform(0.15, 0.6)
    sky = dice.uniform(0, 0.3) * normals[1]
    warm = 1 + dice.normal(size=3)[:, None, None] * 0.06
    total = ambient + (1 - ambient) * lit[None] * warm + sky[None]
    if dice.random() < 0.15:
        rim = np.clip(1 - normals[2], 0, 1) ** 3
        total = total + dice.uniform(0.2, 0.6) * rim[None]
    return np.asarray(total, np.float32)


def shadowed(depth: F32, mask: NDArray[np.bool_], way: NDArray[np.float64]) -> F32:
    """Where the front itself stands before a light that comes from ``way``: 0 lit .. 1 in shadow."""
    flat = max(float(np.hypot(way[0], way[1])), 1e-3)
    filled, shadow = np.where(mask, depth, np.float32(-3)), np.zeros_like(depth)
    for k in range(1, SHADOW + 1):
        reach = 0.03 * k  # of the picture's side towards the light, at most a third
        shift = round(way[1] / flat * (reach * len(depth))), -round(way[0] / flat * (reach * len(depth)))
        ray = 2 * reach * way[2] / flat + 0.02
        shadow = np.maximum(shadow, (np.roll(filled, shift, (0, 1)) - filled - ray) / 0.05)
    return np.asarray(np.clip(shadow, 0, 1), np.float32)


def _hollows(depth: F32, mask: NDArray[np.bool_], dice: Dice) -> F32:
    """Where light hardly comes: behind what stands before it."""
    from scipy import ndimage

    filled = np.where(mask, depth, depth[mask].min() if mask.any() else 0)
    around = ndimage.gaussian_filter(filled, dice.uniform(1.5, 6) * len(depth) / 128)
    return np.asarray(np.clip((around - filled) / 0.12, 0, 1), np.float32)


def _lines(depth: F32, mask: NDArray[np.bool_], colour: F32, dice: Dice) -> F32:
    """A draughtsman's outline, where depth or colour jumps."""
    from scipy import ndimage

    far = np.where(mask, depth, -3.0)
    jump = ndimage.maximum_filter(far, 3) - ndimage.minimum_filter(far, 3) > dice.uniform(0.05, 0.15)
    total = colour.sum(0)
    if dice.random() < 0.6:
        jump |= ndimage.maximum_filter(total, 3) - ndimage.minimum_filter(total, 3) > 0.2
    line = jump.astype(np.float32)
    return np.asarray(np.clip(ndimage.gaussian_filter(line, 0.5) * 1.3, 0, 1), np.float32)


def _sheen(normals: F32, dice: Dice) -> F32:
    """The highlight of plastic."""
    way = np.array([dice.normal() * 0.4, dice.uniform(0, 0.7), 1.2])
    way /= np.linalg.norm(way)
    peak = np.clip(np.tensordot(way, normals, 1), 0, 1) ** dice.uniform(8, 60)
    return np.asarray(dice.uniform(0.1, 0.6) * peak[None], np.float32)


def _cloud(shape: tuple[int, ...], dice: Dice) -> F32:
    """Uneven cloth, dirt, or a photograph's grain, of about unit strength."""
    from scipy import ndimage

    noise = ndimage.gaussian_filter(dice.normal(size=shape), dice.uniform(0.5, 5))
    return np.asarray(noise / noise.std(), np.float32)[None]


def _camera(image: F32, cut: NDArray[np.bool_], dice: Dice) -> F32:
    """What lens, sensor and file do: contrast, blur, grain, JPEG; then the cut."""
    from scipy import ndimage

    if dice.random() < 0.3:
        image = image ** np.float32(dice.uniform(0.6, 1.6))
    if dice.random() < 0.1:
        image = np.repeat(image.mean(0, keepdims=True), 3, 0)
    if dice.random() < 0.3:
        wide = dice.uniform(0.3, 1.3)
        image = ndimage.gaussian_filter(image, (0, wide, wide))
    if dice.random() < 0.4:
        grain = dice.normal(size=image.shape) * dice.uniform(0.005, 0.04)
        image = (image + grain).astype(np.float32)
    image = np.clip(image, 0, 1).astype(np.float32)
    if dice.random() < 0.15:
        from PIL import Image

        file = io.BytesIO()
        grid = np.rint(image.transpose(1, 2, 0) * 255).astype(np.uint8)
        Image.fromarray(grid).save(file, "JPEG", quality=int(dice.integers(30, 90)))
        image = np.asarray(Image.open(file), np.float32).transpose(2, 0, 1) / np.float32(255)
    return np.asarray(image * cut, np.float32)
