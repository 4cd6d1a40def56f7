"""Frames: where a piece of the figure stands, how it is turned, and how large its unit is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["HERE", "Array", "Frame", "along", "rotation"]

Array = NDArray[np.float32]


def rotation(axis: str, angle_deg: float) -> NDArray[np.float64]:
    """The (3, 3) right-handed rotation about ``x``, ``y`` or ``z``."""
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    rows = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    return np.array(rows[axis], dtype=np.float64)


def along(direction: ArrayLike, front: ArrayLike = (0.0, -1.0, 0.0)) -> NDArray[np.float64]:
    """A (3, 3) rotation whose third column (local +Z) is ``direction`` and whose -Y leans to ``front``."""
    z = np.asarray(direction, float)
    z = z / np.linalg.norm(z)
    y = -np.asarray(front, float)
    y = y - z * (y @ z)
    if np.linalg.norm(y) < 1e-6:
        y = np.array([1.0, 0.0, 0.0]) - z * z[0]
    y = y / np.linalg.norm(y)
    return np.stack([np.cross(y, z), y, z], axis=1)


@dataclass(frozen=True)
class Frame:
    """A place: ``origin`` (3,), ``turn`` (3, 3) rotation, ``scale`` of its unit in the parent's unit."""

    origin: NDArray[np.float64]
    turn: NDArray[np.float64]
    scale: float = 1.0

    @staticmethod
    def at(origin: ArrayLike, turn: ArrayLike | None = None, scale: float = 1.0) -> Frame:
        """A frame from anything array-like; unturned by default."""
        return Frame(
            np.asarray(origin, float), np.eye(3) if turn is None else np.asarray(turn, float), float(scale)
        )

    def point(self, local: ArrayLike) -> NDArray[np.float64]:
        """A local point (3,) or points (n, 3) in the parent frame."""
        return self.origin + self.scale * (np.asarray(local, float) @ self.turn.T)

    def inside(self, local: ArrayLike, turn: ArrayLike | None = None, scale: float = 1.0) -> Frame:
        """A frame given in this one, expressed in the parent."""
        inner = np.eye(3) if turn is None else np.asarray(turn, float)
        return Frame(self.point(local), self.turn @ inner, self.scale * scale)


HERE = Frame.at((0.0, 0.0, 0.0))
"""The parent's own frame: for a piece whose points are given in it already."""
