"""The primitives that everything is sculpted from: ellipsoid, round cone, box, ring, cone, half-space,
strand.

Each stands in a frame, and is a field (see ``sdf``) in the unit of the frame's parent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fabricate.kit.frames import Array, Frame, along
from fabricate.kit.sdf import FAR, turned

__all__ = ["Block", "Box", "Cone", "Ellipsoid", "Half", "Ring", "RoundCone", "Strand"]


class Primitive:
    """A primitive in a frame: subclasses give the distance in local units."""

    doubt = 0.0

    def __init__(self, frame: Frame, half: ArrayLike, middle: ArrayLike = (0.0, 0.0, 0.0)) -> None:
        self._turn = np.ascontiguousarray(frame.turn.T / frame.scale, dtype=np.float32)
        self._shift = (-frame.turn.T @ frame.origin / frame.scale).astype(np.float32)
        self.scale = np.float32(frame.scale)
        reach = np.abs(frame.turn) @ np.asarray(half, float) * frame.scale
        centre = frame.point(middle)
        self.low = (centre - reach).astype(np.float32)
        self.high = (centre + reach).astype(np.float32)

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        return np.asarray(self.local(*turned(self._turn, self._shift, p)) * self.scale)

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Signed distance in the primitive's own frame and unit."""
        raise NotImplementedError


def squared(x: Array, y: Array) -> Array:
    """The radius in a plane whose circles are rounded squares: the 8-norm, never more than the usual one."""
    x, y = x * x, y * y
    x, y = x * x, y * y
    return np.asarray(np.sqrt(np.sqrt(np.sqrt(x * x + y * y))))


class Ellipsoid(Primitive):
    """An ellipsoid of ``radii`` (3,)."""

    def __init__(self, frame: Frame, radii: ArrayLike) -> None:
        super().__init__(frame, radii)
        self.radii = np.asarray(radii, np.float32)

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """First-order distance; deep inside, where that is too long, the depth across the shortest axis."""
        a, b, c = self.radii
        x, y, z = x / a, y / b, z / c
        k0 = np.sqrt(x * x + y * y + z * z)
        x, y, z = x / a, y / b, z / c
        k1 = np.sqrt(x * x + y * y + z * z) + np.float32(1e-9)
        least = self.radii.min()
        deepest = least * np.maximum(1 - k0, np.float32(0.4))
        return np.asarray(np.where(k0 < 0.02, -deepest, np.maximum(k0 * (k0 - 1) / k1, -deepest)))


class RoundCone(Primitive):
    """A cone with round ends from ``a`` (radius ``r1``) to ``b`` (radius ``r2``), local to ``frame``.

    ``oval`` scales its section's front-to-back (the frame's y); ``square`` makes that section a rounded
    square.
    """

    def __init__(
        self,
        frame: Frame,
        a: ArrayLike,
        b: ArrayLike,
        r1: float,
        r2: float,
        oval: float = 1.0,
        square: bool = False,
    ) -> None:
        a, b = np.asarray(a, float), np.asarray(b, float)
        length = float(np.linalg.norm(b - a))
        if length < abs(r1 - r2) * 1.02 + 1e-6:
            length = abs(r1 - r2) * 1.02 + 1e-6
        turn = along(b - a) if np.linalg.norm(b - a) > 1e-9 else np.eye(3)
        wide = max(r1, r2)
        half = (wide, wide * max(1.0, oval), length / 2 + wide)
        super().__init__(frame.inside(a, turn), half, (0, 0, length / 2))
        self.oval, self.square = np.float32(oval), square
        self.r1, self.r2, self.length = np.float32(r1), np.float32(r2), np.float32(length)
        self.slope = np.float32((r1 - r2) / length)

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Exact for ``oval`` 1 and a round section, else an under-estimate."""
        q = squared(x, y / self.oval) if self.square else np.sqrt(x * x + (y / self.oval) ** 2)
        b = self.slope
        a = np.sqrt(np.float32(1) - b * b)
        k = a * z - b * q
        low = np.sqrt(q * q + z * z) - self.r1
        high = np.sqrt(q * q + (z - self.length) ** 2) - self.r2
        d = np.where(k < 0, low, np.where(k > a * self.length, high, q * a + z * b - self.r1))
        return np.asarray(d * min(np.float32(1), self.oval))


class Box(Primitive):
    """A box of ``half`` sizes (3,) with edges rounded by ``edge``."""

    def __init__(self, frame: Frame, half: ArrayLike, edge: float = 0.0) -> None:
        super().__init__(frame, half)
        self.half = np.asarray(half, np.float32) - np.float32(edge)
        self.edge = np.float32(edge)

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Exact."""
        x, y, z = np.abs(x) - self.half[0], np.abs(y) - self.half[1], np.abs(z) - self.half[2]
        out = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2 + np.maximum(z, 0) ** 2)
        return np.asarray(out + np.minimum(np.maximum(np.maximum(x, y), z), 0) - self.edge)


class Block(Primitive):
    """A box of ``half`` sizes (3,), edges rounded by ``edge``, that narrows to its foot (local -z).

    ``taper``: the shares 0..1 by which x and y are smaller there; they narrow over the lowest ``share``.
    """

    def __init__(
        self,
        frame: Frame,
        half: ArrayLike,
        taper: tuple[float, float] = (0.0, 0.0),
        edge: float = 0.0,
        share: float = 1.0,
    ) -> None:
        wide = np.asarray(half, float) * [max(1.0, 1 - taper[0]), max(1.0, 1 - taper[1]), 1.0]
        super().__init__(frame, wide)
        self.half, self.edge = np.asarray(half, np.float32), np.float32(edge)
        self.taper = np.asarray(taper, np.float32)
        self.share = np.float32(share)
        slope = self.half[:2] * self.taper / (2 * self.half[2] * share)
        self.least = np.float32(1 / np.sqrt(1 + float((slope**2).max())))

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Exact without taper, else an under-estimate."""
        down = np.clip(1 - (np.float32(0.5) + z / (2 * self.half[2])) / self.share, 0, 1)
        x = np.abs(x) - self.half[0] * (1 - self.taper[0] * down) + self.edge
        y = np.abs(y) - self.half[1] * (1 - self.taper[1] * down) + self.edge
        z = np.abs(z) - self.half[2] + self.edge
        out = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2 + np.maximum(z, 0) ** 2)
        return np.asarray((out + np.minimum(np.maximum(np.maximum(x, y), z), 0) - self.edge) * self.least)


class Ring(Primitive):
    """A torus about local Z: ``major`` to the middle of the tube, ``minor`` the tube; ``squash`` scales z."""

    def __init__(self, frame: Frame, major: float, minor: float, squash: float = 1.0) -> None:
        super().__init__(frame, (major + minor, major + minor, minor * squash))
        self.major, self.minor, self.squash = np.float32(major), np.float32(minor), np.float32(squash)

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Exact for ``squash`` 1, else an under-estimate."""
        q = np.sqrt(x * x + y * y) - self.major
        z = z / self.squash
        return np.asarray((np.sqrt(q * q + z * z) - self.minor) * min(np.float32(1), self.squash))


class Cone(Primitive):
    """A capped cone about local Z, ``r1`` at -``half`` and ``r2`` at +``half``; ``oval`` scales local y,
    ``square`` makes its section a rounded square.
    """

    def __init__(
        self,
        frame: Frame,
        r1: float,
        r2: float,
        half: float,
        edge: float = 0.0,
        oval: float = 1.0,
        square: bool = False,
    ) -> None:
        wide = max(r1, r2)
        super().__init__(frame, (wide, wide * oval, half))
        self.r1, self.r2 = np.float32(max(r1 - edge, 1e-4)), np.float32(max(r2 - edge, 1e-4))
        self.half, self.edge, self.oval = np.float32(half - edge), np.float32(edge), np.float32(oval)
        self.square = square

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Exact for ``oval`` 1 and a round section, else an under-estimate."""
        q = squared(x, y / self.oval) if self.square else np.sqrt(x * x + (y / self.oval) ** 2)
        run, rise = self.r2 - self.r1, 2 * self.half
        cap_q = q - np.minimum(q, np.where(z < 0, self.r1, self.r2))
        cap_z = np.abs(z) - self.half
        t = np.clip(((self.r2 - q) * run + (self.half - z) * rise) / (run * run + rise * rise), 0, 1)
        side_q, side_z = q - self.r2 + run * t, z - self.half + rise * t
        sign = np.where((side_q < 0) & (cap_z < 0), np.float32(-1), np.float32(1))
        d = sign * np.sqrt(np.minimum(cap_q**2 + cap_z**2, side_q**2 + side_z**2)) - self.edge
        return np.asarray(d * min(np.float32(1), self.oval))


class Strand:
    """A tapered tube along a polyline: ``points`` (n, 3) and ``radii`` (n,), in the parent's frame.

    A union of round cones, each exact, without a frame of its own.
    """

    doubt = 0.0

    def __init__(self, points: ArrayLike, radii: ArrayLike) -> None:
        self.points = np.asarray(points, np.float32)
        self.radii = np.asarray(radii, np.float32)
        self.low = (self.points - self.radii[:, None]).min(0)
        self.high = (self.points + self.radii[:, None]).max(0)

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        out = np.full(p.shape[1:], FAR, np.float32)
        for i in range(len(self.points) - 1):
            a, b = self.points[i], self.points[i + 1]
            length = max(float(np.linalg.norm(b - a)), 1e-6)
            way = (b - a) / np.float32(length)
            middle = (a + b)[:, None] / 2
            room = np.float32(reach + length / 2 + max(self.radii[i], self.radii[i + 1]))
            where = np.flatnonzero(((centre - middle) ** 2).sum(0) <= room * room)
            if not len(where):
                continue
            q0 = p if len(where) == len(out) else p[:, where]
            x, y, z = q0[0] - a[0], q0[1] - a[1], q0[2] - a[2]
            h = x * way[0] + y * way[1] + z * way[2]
            square = x * x + y * y + z * z
            q = np.sqrt(np.maximum(square - h * h, 0))
            slope = np.float32(np.clip((self.radii[i] - self.radii[i + 1]) / length, -0.98, 0.98))
            flank = np.sqrt(np.float32(1) - slope * slope)
            # Where on the axis the nearest point of the flank belongs, kept between the two balls.
            t = np.clip(h - q * (slope / flank), 0, np.float32(length))
            gap = np.sqrt((h - t) ** 2 + q * q)
            out[where] = np.minimum(out[where], gap - (self.radii[i] - slope * t))
        return out


class Half(Primitive):
    """A half-space: inside where local z < 0."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame, (50.0, 50.0, 50.0))

    def local(self, x: Array, y: Array, z: Array) -> Array:
        """Exact."""
        return z
