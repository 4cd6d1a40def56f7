"""The floor under the figure: its shadow, and its faint image in the sheen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fabricate.render.camera import Framing
from fabricate.render.canvas import Patch, Window
from fabricate.render.light import TILE, around, key_seen
from fabricate.render.scene import Scene
from fabricate.render.shading import Light, Spots, shade
from fabricate.render.threads import in_threads

__all__ = ["floor", "mirrored"]

F32 = NDArray[np.float32]
Ints = NDArray[np.int64]

FLATTEST_DEG = 4.0
"""A camera that looks along the floor would not see it: it is drawn as if seen from this far above."""


def floor(scene: Scene, frame: Framing, *, occlusion: int = 8, step: int = 3) -> Patch:
    """The figure's shadow on the floor at its lowest point, soft and black.

    Asked at every ``step``-th pixel, ``occlusion`` rays each, for what lies within a figure's size.
    """
    toe = _toe(scene, frame)
    reach = 1.0 * scene.size
    foot = np.append((scene.bounds[0] + scene.bounds[1])[:2] / 2, toe[2]).astype(np.float32)
    square = foot + reach * np.array([[i, j, 0] for i in (-1, 1) for j in (-1, 1)], dtype=np.float32)
    window = Window.around(_tilted(frame, toe), square, step)
    row, column, points, _ = _seen(scene, window, toe)
    aside = np.linalg.norm(points - foot, axis=1)
    near = np.flatnonzero(aside < reach)
    tile = (row[near] % TILE) * TILE + column[near] % TILE
    dark = np.zeros(len(row), dtype=np.float32)
    fade = np.clip(2 - 2 * aside[near] / reach, 0, 1)
    dark[near] = fade * _dark(scene, points[near], tile, frame.camera.stage, occlusion)
    pixels = np.zeros((*window.shape, 4), dtype=np.float32)
    # over whole tiles, twice: every pattern of directions weighs the same
    once = _smoothed(dark.reshape(window.shape), (0.125, 0.25, 0.25, 0.25, 0.125))
    pixels[..., 3] = _smoothed(once, (0.125, 0.25, 0.25, 0.25, 0.125), stride=2)
    return window.patch(pixels)


def _smoothed(values: F32, kernel: Sequence[float], stride: int = 1) -> F32:
    """A blur along both axes by an odd ``kernel`` whose weights lie ``stride`` pixels apart; what lies
    beyond the border is 0."""
    half = stride * (len(kernel) // 2)
    for axis in (0, 1):
        count = values.shape[axis]
        room = [(0, 0)] * values.ndim
        room[axis] = (half, half)
        padded = np.pad(values, room)
        values = np.zeros_like(values)
        for k, weight in enumerate(kernel):
            values += np.float32(weight) * np.take(padded, range(k * stride, k * stride + count), axis=axis)
    return values


def mirrored(scene: Scene, frame: Framing, *, strength: float = 0.15, step: int = 2) -> Patch:
    """The figure's image in a satin floor, fading with its distance from it, asked at every ``step``-th
    pixel."""
    toe = _toe(scene, frame)
    fade = np.float32(0.08 * scene.size)
    image = scene.points[scene.points[:, 2] < toe[2] + 4 * fade] * np.array([1, 1, -1], dtype=np.float32)
    window = Window.around(_tilted(frame, toe), image + np.array([0, 0, 2 * toe[2]], np.float32), step)
    row, _, points, directions = _seen(scene, window, toe)
    upward = directions * np.array([1, 1, -1], dtype=np.float32)

    def look(part: slice) -> F32:
        start, way = points[part], upward[part]
        hits = scene.caster.closest(start, way)
        met = np.flatnonzero((hits.face >= 0) & (hits.distance < 5 * fade))
        out = np.zeros((len(start), 4), dtype=np.float32)
        spots = scene.spots(hits.take(met), start[met], way[met])
        plain = np.ones(len(met), dtype=np.float32)
        light = Light(0.45 * np.ones((len(met), 3), dtype=np.float32), 0.6 * plain, 0 * plain)
        share = np.float32(strength) * np.exp(-hits.distance[met] / fade)[:, None]
        out[met, :3] = shade(spots, light, frame.camera.stage) * share
        out[met, 3:] = share
        return out

    flat = np.concatenate([np.zeros((0, 4), np.float32), *in_threads(look, len(row), 16_384)])
    return window.patch(_smoothed(flat.reshape(*window.shape, 4), (0.06, 0.24, 0.4, 0.24, 0.06)))


def _seen(scene: Scene, window: Window, toe: F32) -> tuple[Ints, Ints, F32, F32]:
    """Rows and columns of a window, and the floor's points behind them with the ways there (n, 3); a way
    that never comes down gives a point out of reach."""
    row, column = (g.ravel() for g in np.indices(window.shape))
    origins, directions = window.rays(row, column, 4 * scene.size)
    sinks = directions[:, 2] < -1e-4
    distance = np.where(sinks, (toe[2] - origins[:, 2]) / np.where(sinks, directions[:, 2], -1), 1e6)
    return row, column, (origins + directions * distance[:, None]).astype(np.float32), directions


def _toe(scene: Scene, frame: Framing) -> F32:
    """A point of the floor between the middle and the front of what stands on it."""
    low = scene.points[scene.points[:, 2] <= scene.bounds[0, 2] + 0.015 * scene.size]
    if not len(low):
        return np.zeros(3, dtype=np.float32)
    staged = low @ frame.camera.stage.T
    side = (staged[:, 0].min() + staged[:, 0].max()) / 2
    front = 0.7 * staged[:, 1].min() + 0.3 * staged[:, 1].max()
    toe: F32 = np.array([side, front, scene.bounds[0, 2]], np.float32) @ frame.camera.stage
    return toe


def _tilted(frame: Framing, toe: F32) -> Framing:
    """The framing, or one that looks down a little and shows the toe at the same pixel."""
    if frame.camera.pitch_deg >= FLATTEST_DEG:
        return frame
    moved = replace(frame, camera=replace(frame.camera, pitch_deg=FLATTEST_DEG))
    before, after = frame.project(toe[None])[0], moved.project(toe[None])[0]
    x, y = frame.offset
    return replace(moved, offset=(x + float(before[0] - after[0]), y + float(before[1] - after[1])))


def _dark(scene: Scene, points: F32, tile: Ints, stage: F32, count: int) -> F32:
    """How much darker (n,) 0..1 the figure makes points (n, 3) of the floor: by contact and by its shadow."""
    up = np.broadcast_to(np.array([0, 0, 1], dtype=np.float32), points.shape)
    flat = np.zeros(len(points), dtype=np.float32)
    spots = Spots(points, up, up, points, flat, flat)

    def some(part: slice) -> F32:
        few, place = spots.take(part), tile[part]
        near = np.zeros(len(few), dtype=np.float32)
        for _, hidden in around(scene, few, place, count):
            near += hidden
        key = key_seen(scene, few, place, stage, max(1, count // 2))
        dark: F32 = np.clip(0.62 * near / np.float32(count) + 0.30 * (1 - key), 0, 1)
        return dark

    return np.concatenate([flat[:0], *in_threads(some, len(points), 8192)])
