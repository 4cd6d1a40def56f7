"""From a scene and a framing to pixels: the first rays, the light, the edges, the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from fabricate.render.camera import Camera, Framing, fitted
from fabricate.render.canvas import Patch, Window, to_image
from fabricate.render.ground import floor
from fabricate.render.light import Lamp
from fabricate.render.scene import Scene, Surface
from fabricate.render.shading import Spots, shade, to_linear
from fabricate.render.threads import in_threads

__all__ = ["framing", "layer", "picture"]

F32 = NDArray[np.float32]
Ints = NDArray[np.int64]
BATCH = 16_384
SMALL = 20_000
"""A picture of so few pixels has all of them smoothed: what it shows may be thinner than they are."""


def framing(
    surfaces: Sequence[Surface] | Scene,
    *,
    width: int,
    height: int,
    camera: Camera | None = None,
    margin: float = 0.04,
    bounds: ArrayLike | None = None,
    scale: float | None = None,
) -> Framing:
    """The framing that shows ``surfaces`` (or the box ``bounds`` (2, 3)) as large as fits, centred, with
    ``margin`` (a share of the picture's shorter side) free all round; ``scale`` (pixels a unit of length)
    holds whatever fits."""
    if isinstance(surfaces, Scene):
        points = surfaces.points
    else:
        blank = np.zeros((0, 3), np.float32)
        points = np.concatenate(
            [blank, *(np.asarray(s.vertices, np.float32).reshape(-1, 3) for s in surfaces)]
        )
    box = None if bounds is None else np.asarray(bounds, dtype=np.float32)
    eye = camera or Camera()
    return fitted(points, width=width, height=height, camera=eye, margin=margin, bounds=box, scale=scale)


def picture(
    surfaces: Sequence[Surface] | Scene,
    *,
    width: int,
    height: int,
    camera: Camera | None = None,
    margin: float = 0.04,
    bounds: ArrayLike | None = None,
    ground: bool = False,
    background: ArrayLike | None = None,
    samples: int = 16,
    occlusion: int = 8,
    frame: Framing | None = None,
) -> Image.Image:
    """A picture (RGBA, straight alpha, sRGB) of surfaces in the figure frame, any unit of length.

    ``frame`` overrides ``camera``, ``margin`` and ``bounds`` (see ``framing``). ``ground`` lays a soft shadow
    on the floor under the lowest point; ``background`` (sRGB 0..1, (3,)) fills what is transparent otherwise.
    ``samples`` rays smooth each edge pixel; ``occlusion`` rays a point look for soft light.
    """
    scene = surfaces if isinstance(surfaces, Scene) else Scene(surfaces)
    frame = frame or framing(scene, width=width, height=height, camera=camera, margin=margin, bounds=bounds)
    canvas = np.zeros((frame.height, frame.width, 4), dtype=np.float32)
    if background is not None:
        canvas[..., :3], canvas[..., 3] = to_linear(background), 1
    if ground:
        floor(scene, frame, occlusion=occlusion).over(canvas)
    layer(scene, frame, samples=samples, occlusion=occlusion).over(canvas)
    return to_image(canvas)


def layer(scene: Scene, frame: Framing, *, samples: int = 16, occlusion: int = 8, fill: float = 0.0) -> Patch:
    """The scene alone, nothing behind it. ``fill`` adds light that comes from everywhere and is never
    kept out."""
    window = Window.around(frame, scene.points)
    rows, columns = window.shape
    looked = in_threads(lambda part: _look(scene, window, part), rows, max(1, BATCH // max(columns, 1)))
    if not rows or not columns:
        return window.patch(np.zeros((rows, columns, 4), dtype=np.float32))
    face = np.concatenate([p[0] for p in looked])
    met = np.flatnonzero(face >= 0)
    spots = Spots.joined([p[1] for p in looked])
    row, column = np.divmod(np.arange(rows * columns), columns)
    lamp = _lamp(scene, frame, spots, row[met], column[met], window.shape, occlusion, fill)

    def colours(part: slice) -> F32:
        some = spots.take(part)
        return shade(some, lamp.at(row[met[part]], column[met[part]], some), frame.camera.stage)

    first = np.zeros((len(row), 4), dtype=np.float32)
    if len(met):
        first[met, :3] = np.concatenate(in_threads(colours, len(met), BATCH))
        first[met, 3] = 1
    if samples > 1:
        edge = _edges(scene, face, first, spots.normal, window)
        first[edge] = _refined(scene, window, lamp, row[edge], column[edge], samples)
    return window.patch(first.reshape(rows, columns, 4))


def _look(scene: Scene, window: Window, part: slice) -> tuple[Ints, Spots]:
    """One ray through each pixel of some rows: the face behind each (-1 for none), and the spots met."""
    row, column = np.mgrid[part, 0 : window.shape[1]]
    return _hit(scene, *window.rays(row.ravel(), column.ravel(), _back(scene, window)))


def _back(scene: Scene, window: Window) -> float:
    """How far before the picture's plane parallel rays must start to start before the scene."""
    middle = scene.bounds.mean(axis=0)
    return scene.size + float(np.linalg.norm(window.frame.centre - middle))


def _hit(scene: Scene, origins: F32, directions: F32) -> tuple[Ints, Spots]:
    hits = scene.caster.closest(origins, directions)
    met = np.flatnonzero(hits.face >= 0)
    return hits.face, scene.spots(hits.take(met), origins[met], directions[met])


def _lamp(
    scene: Scene,
    frame: Framing,
    spots: Spots,
    row: Ints,
    column: Ints,
    shape: tuple[int, int],
    count: int,
    fill: float,
) -> Lamp:
    half = np.flatnonzero((row % 2 == 0) & (column % 2 == 0))
    seen = np.zeros(((shape[0] + 1) // 2, (shape[1] + 1) // 2), dtype=bool)
    seen[row[half] // 2, column[half] // 2] = True
    return Lamp(scene, spots.take(half), seen, frame.camera.stage, count, fill)


def _edges(scene: Scene, face: Ints, first: F32, facing: F32, window: Window) -> Ints:
    """The pixels (flat index) that differ from a neighbour in part, direction, or shade."""
    shape = window.shape
    part = np.where(face >= 0, scene.part[face], -1).reshape(shape)
    tints = [np.sqrt(first[:, k]).reshape(shape) for k in range(3)]
    normal = np.zeros((*shape, 3), dtype=np.float32)
    normal.reshape(-1, 3)[face >= 0] = facing
    edge = np.zeros(shape, dtype=bool)
    for here, there in ((np.s_[1:, :], np.s_[:-1, :]), (np.s_[:, 1:], np.s_[:, :-1])):
        differs = part[here] != part[there]
        for tint in tints:
            differs |= np.abs(tint[here] - tint[there]) > 0.045
        differs |= np.einsum("ijk,ijk->ij", normal[here], normal[there]) < 0.8
        differs &= (part[here] >= 0) | (part[there] >= 0)
        edge[here] |= differs
        edge[there] |= differs
    # things thinner than a pixel may lie between all first rays
    column, row = (
        np.floor(window.frame.project(scene.points)[:, :2] - [window.left, window.top]).astype(int).T
    )
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    edge[row[inside], column[inside]] |= part[row[inside], column[inside]] < 0
    return np.flatnonzero(edge if edge.size > SMALL else np.ones_like(edge))


def _refined(scene: Scene, window: Window, lamp: Lamp, row: Ints, column: Ints, samples: int) -> F32:
    """Premultiplied linear colour (n, 4) of pixels as the mean over ``samples`` rays each."""
    index = np.arange(samples)
    # a rank-1 lattice: evenly spread in both directions for any number of rays
    spread = (
        np.stack([(index + 0.5) / samples, (index * 0.618034 + 0.25) % 1], axis=1).astype(np.float32) - 0.5
    )

    def mean(part: slice) -> F32:
        r = (row[part, None] + spread[:, 0]).ravel().astype(np.float32)
        c = (column[part, None] + spread[:, 1]).ravel().astype(np.float32)
        face, spots = _hit(scene, *window.rays(r, c, _back(scene, window)))
        met = np.flatnonzero(face >= 0)
        out = np.zeros((len(r), 4), dtype=np.float32)
        out[met, :3] = shade(spots, lamp.at(r[met], c[met], spots), window.frame.camera.stage)
        out[met, 3] = 1
        averaged: F32 = out.reshape(-1, samples, 4).mean(axis=1)
        return averaged

    return np.concatenate(
        in_threads(mean, len(row), max(1, BATCH // samples)) or [np.zeros((0, 4), np.float32)]
    )
