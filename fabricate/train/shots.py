"""Shots: a model seen from the front, as maps. Depth of the first and the last surface, normals, colour.

Depths are *towards the viewer*, in half-frames (half the picture's side), 0 at the median of the middle
between front and back: from one picture nobody can tell how far away a thing is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fabricate.lift.inflation import inflated
from fabricate.lift.surface import at_hits
from fabricate.render.camera import Camera, Framing, fitted
from fabricate.render.rays import Caster, Hits, caster
from fabricate.train.sketch import Model

__all__ = ["Shot", "shots", "take"]

Dice = np.random.Generator
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """One view of ``side`` by ``side`` pixels.

    ``mask``: where the model is (h, w) bool; ``cut``: the silhouette as a careless hand cut it; ``depth``
    (2, h, w) float32, front and back; ``normals`` (2, h, w, 3) float32, x right, y up, z to the viewer;
    ``colour`` (h, w, 3) 0..1; ``balloon`` (h, w): the inflation of ``cut``.
    """

    mask: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    depth: F32
    normals: F32
    colour: F32
    balloon: F32


def shots(model: Model, dice: Dice, count: int, side: int, yaw_deg: float = 14.0) -> list[Shot]:
    """``count`` views of a model from about the front (``yaw_deg``: how far about, 180 for all round).

    One in ten is from anywhere around: pictures show people and toys from the side too. Of what is seen from
    far about, half the views are straight from the front, a side or the back, as such things are mostly
    drawn.
    """
    eye = caster(model.vertices, model.faces)
    out = []
    for _ in range(count):
        wide = yaw_deg if yaw_deg >= 90 or dice.random() < 0.85 else 2.5 * yaw_deg
        if dice.random() < 0.1:
            wide = 180.0
        if wide < 60:
            yaw = dice.normal() * wide
        elif dice.random() < 0.5:
            yaw = 90 * dice.integers(4) + dice.normal() * 2
        else:
            yaw = dice.uniform(-wide, wide)
        lens = dice.uniform(4, 22) if dice.random() < 0.4 else 0.0
        camera = Camera(float(yaw), float(dice.normal() * 3.5), float(lens))
        margin = float(dice.uniform(0.015, 0.07))
        framing = fitted(model.vertices, width=side, height=side, camera=camera, margin=margin)
        if dice.random() < 0.07:
            framing = _closer(framing, dice, side)
        shot = take(model, eye, framing, side)
        if shot is not None:
            out.append(_carelessly(shot, dice) if dice.random() < 0.35 else shot)
    return out


def _closer(framing: Framing, dice: Dice, side: int) -> Framing:
    """The figure cut by the picture's lower edge."""
    zoom = float(dice.uniform(1.15, 2.0))
    middle, top = framing.offset[0], framing.offset[1] - side / 2
    lower = side / 2 + top * zoom + (zoom - 1) * side * dice.uniform(0.4, 0.5)
    across = side / 2 + (middle - side / 2) * zoom
    return replace(framing, scale=framing.scale * zoom, offset=(across, float(lower)))


def take(model: Model, eye: Caster, framing: Framing, side: int) -> Shot | None:
    """One view; None when hardly anything is seen."""
    y, x = (v.ravel() + 0.5 for v in np.mgrid[0:side, 0:side].astype(np.float32))
    reach = float(np.linalg.norm(np.ptp(model.vertices, axis=0))) + 1e-3
    origins, ways = framing.rays(x, y, 2 * reach)
    front = eye.closest(origins, ways)
    seen = front.face >= 0
    if seen.mean() < 0.03:
        return None
    far = np.float32(4 * reach if np.isinf(framing.distance) else framing.distance + 2 * reach)
    back = eye.closest((origins + ways * far)[seen], -ways[seen])
    kept = np.flatnonzero(back.face >= 0)
    pixels = np.flatnonzero(seen)[kept]
    mask = np.zeros(side * side, bool)
    mask[pixels] = True
    depth = np.zeros((2, side * side), np.float32)
    normals = np.zeros((2, side * side, 3), np.float32)
    colour = np.zeros((side * side, 3), np.float32)
    axes = framing.camera.axes
    turn = np.stack([axes[0], axes[1], -axes[2]])
    for k, hits in enumerate((front.take(pixels), back.take(kept))):
        points, bent, tint = _at(model, hits)
        depth[k, pixels] = -framing.project(points)[:, 2] * (framing.scale * 2 / side)
        normals[k, pixels] = bent @ turn.T
        if not k:
            colour[pixels] = tint
    depth[:, pixels] -= np.median(depth[:, pixels].mean(0))
    shape = (side, side)
    flat = mask.reshape(shape)
    return Shot(
        flat,
        flat,
        np.clip(depth.reshape(2, *shape), -3, 3),
        normals.reshape(2, *shape, 3),
        colour.reshape(*shape, 3),
        inflated(flat),
    )


def _at(model: Model, hits: Hits) -> tuple[F32, F32, F32]:
    """Points, unit normals and colours of hits."""
    points, bent, tint = (
        at_hits(values, model.faces, hits) for values in (model.vertices, model.normals, model.colours)
    )
    bent /= np.maximum(np.linalg.norm(bent, axis=1, keepdims=True), 1e-9)
    return points, bent, tint


def _carelessly(shot: Shot, dice: Dice) -> Shot:
    """The silhouette with what a poor cut does: rounded, grown or shrunk, frayed; the truth stays."""
    from scipy import ndimage

    soft = ndimage.gaussian_filter(shot.mask.astype(np.float32), dice.uniform(0.4, 1.4))
    noise = ndimage.gaussian_filter(dice.normal(size=shot.mask.shape).astype(np.float32), dice.uniform(1, 3))
    rough = noise / noise.std() * dice.uniform(0, 0.15)
    level = np.clip(0.5 + dice.normal() * 0.12 + rough, 0.15, 0.85)
    cut = ndimage.binary_fill_holes(soft > level) if dice.random() < 0.2 else soft > level
    if not (cut & shot.mask).any():
        return shot
    return replace(shot, cut=cut, balloon=inflated(cut))
