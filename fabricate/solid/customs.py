"""Units and the way up of a mesh file: what the format says, else what size and shape suggest, and said."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Units", "Up", "guessed_units", "guessed_up", "upright"]

Floats = npt.NDArray[np.float64]
Up = Literal["auto", "x", "y", "z", "-x", "-y", "-z"]
Units = Literal["auto", "mm", "cm", "m", "in"]

MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
LEAST_MM = 2.5
"""A file whose longest side is shorter than this is not in millimetres: its numbers are metres, or shares."""
STANDING = 1.15
"""How much longer than the z side the y side must be for a mesh to be taken to stand on +Y."""
AXES = {"x": 0, "y": 1, "z": 2}


def guessed_units(kind: str, units: Units, longest: float) -> tuple[float, str]:
    """How many mm one unit of a file measures, and the sentence that says so ('' where it goes without)."""
    if units != "auto":
        return MM[units], f"units: {units}, as asked"
    if kind in ("glb", "gltf"):
        return MM[
            "m"
        ], "GLB: metres, as the format says" if kind == "glb" else "glTF: metres, as the format says"
    if longest < LEAST_MM:
        size = f"{longest:.3g}"
        return MM[
            "m"
        ], f"no unit in the file and its longest side is {size}: taken as metres (units = 'mm' if not)"
    return 1.0, ""


def guessed_up(kind: str, up: Up, sides: Floats) -> tuple[str, str]:
    """The axis that points up and the sentence that says so ('' where it goes without)."""
    if up != "auto":
        return up, f"up: {up}, as asked"
    if kind in ("glb", "gltf"):
        return "y", "+Y up, as the format says"
    if kind in ("stl", "3mf"):
        return "z", ""
    x, y, z = (float(side) for side in sides)
    if y > STANDING * z and y > 0.6 * x:
        return "y", "taller along y than along z: taken to stand on +Y (up = 'z' if not)"
    return "z", ""


def upright(points: Floats, up: str) -> Floats:
    """Points turned, never mirrored, so that ``up`` is +Z; a mesh on +Y that faces +Z then faces -Y."""
    axis, sign = AXES[up[-1]], -1.0 if up.startswith("-") else 1.0
    if axis == 2:
        return points if sign > 0 else points * (1.0, -1.0, -1.0)
    x, y, z = points.T
    if axis == 1:
        return np.stack([x, -sign * z, sign * y], axis=1)
    return np.stack([-sign * z, y, sign * x], axis=1)
