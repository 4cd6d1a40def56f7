"""How much light reaches a point: asked of rays at half resolution, spread again without crossing edges."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fabricate.render.scene import Scene
from fabricate.render.shading import KEY, KEY_SPREAD, Light, Spots, disc, hemisphere, sky
from fabricate.render.threads import in_threads

__all__ = ["TILE", "Lamp", "around", "gather", "key_seen"]

F32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Numbers = NDArray[np.floating] | NDArray[np.integer]

TILE = 4
"""Neighbouring points look in different directions, TILE x TILE patterns of them, and share by a blur."""
REACH = 0.34
"""How far soft light is kept out by what stands near, as a share of the scene's size."""
LIFT = 1.2e-3
"""How far over its surface a ray starts, as a share of the scene's size: less, and it meets its own face."""


@cache
def _grid(count: int, salt: int) -> F32:
    """Points of the unit square for each place of a tile: (TILE**2, count, 2), together spread evenly."""
    index = np.arange(TILE * TILE * count)
    # the R2 sequence (Roberts 2018): each further point falls into the widest gap
    points = (0.5 + (index[:, None] + 37 * salt) * np.array([0.7548776662466927, 0.5698402909980532])) % 1
    order = np.random.default_rng(salt).permuted(np.tile(np.arange(TILE * TILE), (count, 1)), axis=1)
    mine = order + TILE * TILE * np.arange(count)[:, None]
    grid: F32 = points[mine.T].astype(np.float32)
    return grid


def gather(scene: Scene, spots: Spots, tile: Ints, stage: F32, count: int) -> F32:
    """Light at each spot (n, 5) float32: ambient red, green, blue, key in sight, mirror way in sight.

    ``tile`` (n,) 0..15 picks the pattern of directions; ``count`` directions a spot for the ambient light,
    half as many for the key.
    """

    def some(part: slice) -> F32:
        few, place = spots.take(part), tile[part]
        out = np.zeros((len(few), 5), dtype=np.float32)
        for way, hidden in around(scene, few, place, count):
            out[:, :3] += sky(way @ stage.T) * ~hidden[:, None]
        out[:, :3] /= count
        out[:, 3] = key_seen(scene, few, place, stage, max(1, count // 2))
        facing = np.einsum("ij,ij->i", few.normal, few.eye)[:, None]
        jitter = (hemisphere(_grid(1, 3))[place, 0] - np.array([0, 0, 0.7], dtype=np.float32)) * 0.35
        bounce = 2 * facing * few.normal - few.eye + jitter * (1 - few.gloss)[:, None]
        reach = np.full(len(few), 0.6 * scene.size, dtype=np.float32)
        start = few.where + few.normal * np.float32(LIFT * scene.size)
        out[:, 4] = ~scene.caster.blocked(start, bounce.astype(np.float32), reach)
        return out

    return np.concatenate([np.zeros((0, 5), np.float32), *in_threads(some, len(spots), 8192)])


def around(scene: Scene, spots: Spots, tile: Ints, count: int) -> Iterator[tuple[F32, NDArray[np.bool_]]]:
    """``count`` times a direction (n, 3) from each spot, near the normal more often (by the cosine), and
    whether something stands near enough that way to keep light out (n,)."""
    local = hemisphere(_grid(count, 1))[tile]
    one, two = _tangents(spots.normal)
    start = spots.where + spots.normal * np.float32(LIFT * scene.size)
    for k in range(count):
        way = local[:, k, :1] * one + local[:, k, 1:2] * two + local[:, k, 2:] * spots.normal
        # a reach drawn anew for each ray makes what is near count for more, with no hard limit
        far = (tile / np.float32(TILE * TILE) + np.float32(0.618034 * k)) % 1
        yield way, scene.caster.blocked(start, way, np.float32(REACH * scene.size) * np.maximum(far, 0.02))


def key_seen(scene: Scene, spots: Spots, tile: Ints, stage: F32, count: int) -> F32:
    """How much of the key light is in sight of each spot (n,), 0..1, by ``count`` rays."""
    towards = KEY @ stage
    one, two = _tangents(towards[None])
    spread = KEY_SPREAD * disc(_grid(count, 2))
    ways = towards + spread[..., :1] * one[0] + spread[..., 1:] * two[0]
    ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
    out = np.zeros(len(spots), dtype=np.float32)
    lit = np.flatnonzero(spots.normal @ towards > -KEY_SPREAD)
    way = ways[tile[lit]].reshape(-1, 3).astype(np.float32)
    reach = np.full(len(way), 2 * scene.size, dtype=np.float32)
    start = spots.where[lit] + spots.normal[lit] * np.float32(LIFT * scene.size)
    hidden = scene.caster.blocked(np.repeat(start, count, axis=0), way, reach)
    out[lit] = 1 - hidden.reshape(-1, count).mean(axis=1)
    return out


def _tangents(normal: F32) -> tuple[F32, F32]:
    """Two unit vectors across each normal (n, 3) (Duff et al. 2017, without branches)."""
    x, y, z = normal.T
    sign = np.where(z < 0, np.float32(-1), np.float32(1))
    a = -1 / (sign + z)
    b = x * y * a
    one = np.stack([1 + sign * x * x * a, sign * b, -sign * x], axis=1)
    return one, np.stack([b, sign + y * y * a, -y], axis=1)


class Lamp:
    """The light over one picture, known at every second pixel, given at any place between."""

    def __init__(
        self,
        scene: Scene,
        spots: Spots,
        seen: NDArray[np.bool_],
        stage: F32,
        count: int,
        fill: float = 0.0,
    ) -> None:
        """``seen`` (h, w) marks the half-resolution pixels that hold ``spots``, row by row; ``fill`` is
        ambient light that nothing keeps out."""
        self._scene, self._stage, self._count, self._fill = scene, stage, count, np.float32(fill)
        row, column = np.nonzero(seen)
        tile = (row % TILE) * TILE + column % TILE
        # two spare pixels all round, so that windows need no care at the border
        shape = (seen.shape[0] + 5, seen.shape[1] + 5)
        self._where, self._normal = np.zeros((*shape, 3), np.float32), np.zeros((*shape, 3), np.float32)
        self._light = np.zeros((*shape, 5), np.float32)
        self._where[row + 2, column + 2], self._normal[row + 2, column + 2] = spots.where, spots.normal
        self._light[row + 2, column + 2] = gather(scene, spots, tile, stage, count)
        step = np.linalg.norm(np.diff(spots.where, axis=0), axis=1) if len(spots) > 1 else np.ones(1)
        self._near = np.float32(1 / max(3.0 * float(np.median(step)), 1e-9))
        for axis, stride in ((0, 1), (1, 1), (0, 2), (1, 2)):
            self._light = self._blurred(axis, stride)

    def _blurred(self, axis: int, stride: int) -> F32:
        """Means over 5 pixels along an axis (the outer two by half: every pattern weighs the same)."""
        size = self._light.shape[axis]
        total: F32 = np.zeros_like(self._light)
        weights: F32 = np.zeros(self._light.shape[:2], np.float32)
        for jump, share in ((-2, 0.5), (-1, 1.0), (0, 1.0), (1, 1.0), (2, 0.5)):
            shift = jump * stride
            to, of = [slice(None)] * 2, [slice(None)] * 2
            to[axis] = slice(max(0, -shift), size - max(0, shift))
            of[axis] = slice(max(0, shift), size + min(0, shift))
            here, there = tuple(to), tuple(of)
            alike = self._alike(
                self._where[here], self._normal[here], self._where[there], self._normal[there]
            )
            weight = np.float32(share) * alike
            total[here] += weight[..., None] * self._light[there]
            weights[here] += weight
        total /= np.maximum(weights, 1e-6)[..., None]
        return total

    def _alike(self, where: F32, normal: F32, where2: F32, normal2: F32) -> F32:
        """0..1: whether two spots lie on one stretch of surface."""
        gap: F32 = np.einsum("...j,...j->...", where2 - where, normal) * self._near
        turn: F32 = np.maximum(np.einsum("...j,...j->...", normal, normal2), 0)
        turn *= turn
        turn *= turn
        gap *= gap
        turn /= 1 + gap * gap
        return turn

    def at(self, row: Numbers, column: Numbers, spots: Spots) -> Light:
        """The light where ``spots`` show: rows and columns of the whole picture, fractions allowed."""
        row, column = np.maximum(row * np.float32(0.5), 0), np.maximum(column * np.float32(0.5), 0)
        top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
        down, right = (row - top).astype(np.float32), (column - left).astype(np.float32)
        total: F32 = np.zeros((len(spots), 5), np.float32)
        weights = np.zeros(len(spots), np.float32)
        flat = (self._where.reshape(-1, 3), self._normal.reshape(-1, 3), self._light.reshape(-1, 5))
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            index = (top + (2 + i)) * self._light.shape[1] + left + (2 + j)
            place, normal, light = (f[index] for f in flat)
            share = (down if i else 1 - down) * (right if j else 1 - right) + np.float32(0.02)
            weight = share * self._alike(spots.where, spots.normal, place, normal)
            total += weight[:, None] * light
            weights += weight
        lone = np.flatnonzero(weights < 0.04)
        total /= np.maximum(weights, 1e-6)[:, None]
        if len(lone):  # thin things that no half-resolution pixel met: ask for each one
            few = spots.take(lone)
            total[lone] = gather(self._scene, few, lone % (TILE * TILE), self._stage, 2 * self._count)
        return Light(total[:, :3] + self._fill, total[:, 3], total[:, 4])
