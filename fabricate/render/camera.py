"""Where one looks from, and where a point of space lands in the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Camera", "Framing", "fitted", "span"]

F32 = NDArray[np.float32]
Numbers = NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True)
class Camera:
    """Where one looks from, in the figure frame. Yaw 0 looks the figure in the face, 90 at its left side;
    pitch above 0 looks down. ``perspective`` is the angle of view in degrees, 0 for parallel lines."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    perspective: float = 0.0

    @property
    def axes(self) -> F32:
        """Rows: the picture's right, its up, and away from the camera; (3, 3) unit vectors."""
        yaw, pitch = np.radians(self.yaw_deg), np.radians(self.pitch_deg)
        right = [np.cos(yaw), np.sin(yaw), 0]
        away = [-np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), -np.sin(pitch)]
        return np.array([right, np.cross(right, away), away], dtype=np.float32)

    @property
    def stage(self) -> F32:
        """Rows: right, level and away from the camera, +Z: the frame in which the lights stand."""
        return replace(self, pitch_deg=0.0).axes[[0, 2, 1]]


@dataclass(frozen=True)
class Framing:
    """The mapping between space and one picture: pixel = offset + scale * (x, -y) on the plane through
    ``centre``; with perspective the eye is ``distance`` away from that plane (inf without)."""

    camera: Camera
    width: int
    height: int
    centre: F32
    distance: float
    scale: float
    offset: tuple[float, float]

    def project(self, points: ArrayLike) -> F32:
        """World points (n, 3) to pixels: x to the right, y down, and depth away from the centre (n, 3)."""
        flat = _flattened(np.asarray(points, dtype=np.float32), self.camera, self.centre, self.distance)
        x = self.offset[0] + self.scale * flat[:, 0]
        y = self.offset[1] - self.scale * flat[:, 1]
        return np.stack([x, y, flat[:, 2]], axis=1).astype(np.float32)

    def rays(self, x: Numbers, y: Numbers, back: float) -> tuple[F32, F32]:
        """Origins and unit directions (n, 3) of the rays through pixel coordinates (a pixel's middle is at
        .5); parallel rays start ``back`` before the plane."""
        right, up, away = self.camera.axes
        across = ((x - self.offset[0]) / self.scale).astype(np.float32)[:, None] * right
        plane = self.centre + across + ((self.offset[1] - y) / self.scale).astype(np.float32)[:, None] * up
        if np.isinf(self.distance):
            start = (plane - away * np.float32(back)).astype(np.float32)
            return start, np.broadcast_to(away, start.shape).astype(np.float32)
        eye = self.centre - away * np.float32(self.distance)
        way = plane - eye
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        return np.broadcast_to(eye, plane.shape).astype(np.float32), way.astype(np.float32)


def fitted(
    points: F32,
    *,
    width: int,
    height: int,
    camera: Camera,
    margin: float,
    bounds: F32 | None = None,
    scale: float | None = None,
) -> Framing:
    """The framing that shows ``points`` (n, 3) as large as fits, centred, with ``margin`` (a share of the
    picture's shorter side) free all round. ``bounds`` (2, 3) is a box to fit instead; ``scale`` (pixels a
    unit of length) holds whatever fits."""
    if bounds is not None:
        points = np.stack(np.meshgrid(*bounds.T, indexing="ij"), axis=-1).reshape(-1, 3)
    points = points[np.isfinite(points[:, 0] + points[:, 1] + points[:, 2])]
    if not len(points):
        points = np.array([[-0.5, -0.5, 0], [0.5, 0.5, 1]], dtype=np.float32)
    low, high = span(points)
    centre = ((low + high) / 2).astype(np.float32)
    reach = float(np.linalg.norm(high - low)) / 2 or 0.5
    half_view = np.radians(camera.perspective) / 2
    distance = float(reach / np.sin(half_view)) if camera.perspective > 0 else float("inf")
    flat = _flattened(points, camera, centre, distance)[:, :2].astype(np.float64)
    least, most = span(flat)
    free = 2 * margin * min(width, height)
    size = np.maximum(most - least, 1e-6 * reach)
    scale = scale or float(min((width - free) / size[0], (height - free) / size[1]))
    middle = (least + most) / 2
    offset = (width / 2 - scale * float(middle[0]), height / 2 + scale * float(middle[1]))
    return Framing(camera, width, height, centre, distance, scale, offset)


def span(points: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The least and the greatest of each column (column by column: numpy is ten times faster at that)."""
    columns = [np.ascontiguousarray(column) for column in points.T]
    return np.array([c.min() for c in columns]), np.array([c.max() for c in columns])


def _flattened(points: F32, camera: Camera, centre: F32, distance: float) -> F32:
    turn = np.ascontiguousarray(camera.axes.T, dtype=np.float32)
    points = points.reshape(-1, 3)
    flat: F32 = np.zeros(points.shape, dtype=np.float32)
    # in slices: a long product is shared out among BLAS's own threads, which wait for one another busily
    for i in range(0, len(points), 16_384):
        flat[i : i + 16_384] = (points[i : i + 16_384] - centre) @ turn
    if not np.isinf(distance):
        flat[:, :2] *= (distance / np.maximum(distance + flat[:, 2], 1e-6 * distance))[:, None]
    return flat
