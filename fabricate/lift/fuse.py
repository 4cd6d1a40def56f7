"""Two depth sheets become one closed solid: a volume of coverage, smoothed, and its half-way surface.

Each cell's coverage (how much of it lies between the sheets, and inside the silhouette) is exact along the
line of sight and as fine as the picture across it, so the surface passes between cells without steps; a light
blur then rounds the rim over one cell. A volume cannot come out open, and its surface is manifold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import MeshError
from fabricate.lift.inflation import inflated
from fabricate.lift.inputs import FLOOR
from fabricate.lift.sheets import Sheets

__all__ = ["Fused", "fused", "sheets_at"]

F32 = NDArray[np.float32]
BLUR = 0.8
"""Of the volume, in cells."""
AROUND = 2.0
"""Pixels over which the sheets' inflation is compared with the fine one."""
JUMP = 0.5
"""Half-frames within three pixels from which on there are two surfaces; lower, slopes come out terraced."""


@dataclass(frozen=True)
class Fused:
    """A solid in half-frames:

    ``vertices`` (n, 3) x right, y away from the viewer, z up; ``faces`` outward.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    dropped: float
    """The share of the volume that was in loose pieces, and was left out."""


def sheets_at(sheets: Sheets, alpha: F32) -> tuple[F32, F32, F32]:
    """Middle, half thickness and what the front is raised by, (h, w) in half-frames, at the resolution of the
    coverage ``alpha`` (h, w).

    The corrections are smooth and are enlarged; the inflation is made anew from the fine silhouette, so that
    rims are as crisp as the picture, and is brought to the thickness that it has at the sheets' resolution.
    """
    from scipy import ndimage

    side = len(alpha)
    cut = alpha > 0.5
    balloon = np.maximum(inflated(cut), FLOOR)
    _, nearest = ndimage.distance_transform_edt(~sheets.known, return_indices=True)
    log_factor = np.log(np.clip(sheets.factor, 0.15, 6.0)) + _coarser(balloon, sheets.known)
    grids = (np.asarray(g[tuple(nearest)], np.float32) for g in (sheets.middle, log_factor, sheets.raised))
    middle, factor, raised = (_enlarged(g, side) for g in grids)
    return middle, np.where(cut, balloon * np.exp(factor), 0).astype(np.float32), raised


def _coarser(fine: F32, known: NDArray[np.bool_]) -> F32:
    """The logarithm of how much thicker the inflation of the sheets' own silhouette (s, s) is than the
    ``fine`` one: its edge lies half of its wider pixels further out. Factors were told of the former.

    Thick places count most: the silhouette's own pixels shall not be seen at the rim.
    """
    if known.all():
        return np.zeros(known.shape, np.float32)
    from scipy import ndimage

    coarse = inflated(known)
    at = (np.arange(len(known)) + 0.5) * (len(fine) / len(known)) - 0.5
    there = ndimage.map_coordinates(fine, np.meshgrid(at, at, indexing="ij"), order=1, mode="nearest")
    more = np.clip(np.log(np.maximum(coarse, FLOOR) / np.maximum(there, FLOOR)), 0, 0.5)
    weight = coarse**2 + np.float32(1e-6)
    around = (ndimage.gaussian_filter(grid, AROUND) for grid in (more * weight, weight))
    return np.asarray(np.divide(*around), np.float32)


def _enlarged(grid: F32, side: int) -> F32:
    """By cubic splines, but across a jump from the nearer side: a slope there would be a web."""
    from scipy import ndimage

    scale = len(grid) / side
    at = (np.arange(side) + 0.5) * scale - 0.5
    y, x = np.meshgrid(at, at, indexing="ij")
    smooth = ndimage.map_coordinates(grid, [y, x], order=3, mode="nearest")
    crisp = ndimage.map_coordinates(grid, [y, x], order=0, mode="nearest")
    jump = ndimage.maximum_filter(grid, 3) - ndimage.minimum_filter(grid, 3)
    steep = ndimage.map_coordinates(jump, [y, x], order=1, mode="nearest") > JUMP
    return np.asarray(np.where(steep, crisp, smooth), np.float32)


def fused(
    middle: F32, half: F32, alpha: F32, sink: F32 | None = None, floor: float | None = None, parts: int = 1
) -> Fused:
    """The solid between ``middle - half`` and ``middle + half`` inside the silhouette ``alpha`` (h, w) 0..1.

    ``sink`` (h, w) half-frames is taken off the front (relief), or added where it is negative. ``floor``:
    nothing stands lower than this height above the picture's middle, so that feet are flat. ``parts``: cells
    are so many pixels wide, and the mean of what each pixel covers; at the rim a body rises steeply, and one
    height a cell makes terraces there. Raises MeshError when nothing is left.
    """
    from skimage import measure as untyped

    measure: Any = untyped

    side = len(alpha) // parts
    cell = 2.0 / side
    ys, xs = (v // parts for v in np.nonzero(alpha > 0.02))
    pad = 4
    rows = slice(max(int(ys.min()) - pad, 0), int(ys.max()) + pad + 1)
    columns = slice(max(int(xs.min()) - pad, 0), int(xs.max()) + pad + 1)
    part = (slice(parts * rows.start, parts * rows.stop), slice(parts * columns.start, parts * columns.stop))
    cover, mid, thick = alpha[part], middle[part], half[part]
    # A thing thinner than a cell would vanish in the blur.
    thick = np.where(cover > 0.02, np.maximum(thick, 1.2 * cell), 0)
    near = mid + thick if sink is None else mid + thick - np.minimum(sink[part], thick)
    far = mid - thick
    low, high = float(far[cover > 0.02].min()), float(near[cover > 0.02].max())
    count = int(np.ceil((high - low) / cell)) + 2 * pad
    start = low - pad * cell
    planes = (start + np.arange(count) * cell).astype(np.float32)
    volume = _covered(near, far, cover, planes, parts)
    if floor is not None:
        _flattened(volume, (side / 2 - np.arange(side)[rows]) * cell, floor, cell)
    volume = np.pad(volume, pad)
    _blur(volume)
    body, dropped = _largest(volume)
    # "ascent" winds faces outwards: rows, columns and planes are turned into space below, not mirrored.
    vertices, faces, *_ = measure.marching_cubes(
        body, 0.5, allow_degenerate=False, gradient_direction="ascent"
    )
    if not len(faces):
        raise MeshError("nothing is left of the lifted figure", "use a larger picture of the figure")
    place = vertices - pad
    z = (side / 2 - (place[:, 0] + rows.start + 0.5)) * cell
    x = (place[:, 1] + columns.start + 0.5 - side / 2) * cell
    toward = start + (place[:, 2] + 0.5) * cell
    points = np.stack([x, -toward, z], axis=1).astype(np.float64)
    return Fused(points, np.ascontiguousarray(faces, np.int64), dropped)


def _covered(near: F32, far: F32, cover: F32, planes: F32, parts: int) -> F32:
    """How much of each cell (h, w, planes) lies between sheets of ``parts`` by ``parts`` pixels a cell."""
    cell = planes[1] - planes[0]
    total: Any = 0
    for y in range(parts):
        for x in range(parts):
            front, back, share = (grid[y::parts, x::parts, None] for grid in (near, far, cover))
            between = np.clip((front - planes) / cell, 0, 1) - np.clip((back - planes) / cell, 0, 1)
            total = total + between * share
    return np.asarray(total / parts**2, np.float32)


def _flattened(volume: F32, height: NDArray[np.floating], floor: float, cell: float) -> None:
    """Take away what lies below ``floor``, the last row by its share."""
    share = np.clip((height - floor) / cell, 0, 1).astype(np.float32)
    volume *= share[:, None, None]


def _blur(volume: F32) -> None:
    """A Gaussian of ``BLUR`` cells in place, axis by axis."""
    from scipy import ndimage

    for axis in range(3):
        ndimage.gaussian_filter1d(volume, BLUR, axis=axis, output=volume, mode="constant", truncate=3)


def _largest(volume: F32) -> tuple[F32, float]:
    """The largest body alone, hollows filled; and the share of the others."""
    from scipy import ndimage

    inside = volume > 0.5
    bodies, count = ndimage.label(inside)
    if count == 0:
        raise MeshError("nothing is left of the lifted figure", "use a larger picture of the figure")
    sizes = np.bincount(bodies.ravel())
    sizes[0] = 0
    best = int(sizes.argmax())
    if count > 1:
        others = ndimage.binary_dilation((bodies > 0) & (bodies != best))
        volume[others & (bodies != best)] = np.minimum(volume[others & (bodies != best)], 0.3)
    filled = ndimage.binary_fill_holes(bodies == best)
    volume[filled & (volume <= 0.5)] = 0.7
    return volume, 1 - sizes[best] / sizes.sum()
