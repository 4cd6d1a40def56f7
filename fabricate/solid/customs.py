"""Units and the way up of a mesh file: as asked, else as the file says, else as size and shape suggest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "Settled",
    "Told",
    "Units",
    "Up",
    "settled",
    "told_by_3mf",
    "told_by_collada",
    "told_by_gltf",
    "told_by_stl",
    "upright",
]

Floats = npt.NDArray[np.float64]
Up = Literal["auto", "x", "y", "z", "-x", "-y", "-z"]
Units = Literal["auto", "mm", "cm", "m", "in"]

MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
UNITS_MM = {
    "micron": 0.001,
    "millimeter": 1.0,
    "millimeters": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
    "meters": 1000.0,
}
LEAST_MM = 2.5
"""A file whose longest side is shorter than this is not in millimetres: its numbers are metres, or shares."""
STANDING = 1.15
"""How much longer than the z side the y side must be for a mesh to be taken to stand on +Y."""
ON_FLOOR = 0.01
"""How far from 0 the lowest points may lie, of the side, for a mesh to be taken to stand there."""
OURS = b"fabricate unit=mm"
"""How the header of an STL begins that ``export`` wrote."""
AS_IT_IS = (
    "no unit in the file: taken as millimetres (units = 'cm', 'm' or 'in' if not)",
    "no way up in the file: taken to stand on +Z (up = 'y' if not)",
)
AXES = {"x": 0, "y": 1, "z": 2}


@dataclass(frozen=True)
class Told:
    """What a file says of itself: how many ``mm`` its unit measures (0: nothing) and its ``up`` axis ('':
    nothing), each with the sentence that tells the maker ('' for what goes without saying)."""

    mm: float = 0.0
    unit: str = ""
    up: str = ""
    way: str = ""


def told_by_gltf(kind: str) -> Told:
    """What every ``glb`` and ``gltf`` says: the format has one unit and one way up."""
    name = "GLB" if kind == "glb" else "glTF"
    return Told(MM["m"], f"{name}: metres, as the format says", "y", "+Y up, as the format says")


def told_by_stl(data: bytes) -> Told:
    """What an STL says: nothing, but for our own, whose header names the unit."""
    return Told(MM["mm"], up="z") if data.startswith(OURS) else Told()


def told_by_3mf(unit: str) -> Told:
    """What a 3MF says: its unit by name; the format has one way up."""
    mm = UNITS_MM.get(unit, 1.0)
    return Told(mm, f"3MF: unit {unit}" if mm != 1.0 else "", "z")


def told_by_collada(metres: float, up: str) -> Told:
    """What a COLLADA says: metres a unit (1 where that is no sane number), and its up axis."""
    if not (np.isfinite(metres) and 0 < metres < 1e6):
        metres = 1.0
    unit = f"COLLADA: its unit is {metres:g} m, as it says"
    if up not in AXES:
        return Told(MM["m"] * metres, unit)
    return Told(MM["m"] * metres, unit, up, f"+{up.upper()} up, as it says")


@dataclass(frozen=True)
class Settled:
    """How many ``mm`` one unit of a file measures, the axis that points ``up``, the sentences that ``said``
    so, and those of what was ``taken`` as it is because nobody said."""

    mm: float
    up: str
    said: tuple[str, ...]
    taken: tuple[str, ...]


def settled(told: Told, kind: str, up: Up, units: Units, low: Floats, high: Floats) -> Settled:
    """The unit and the way up of a file, as asked, else as told, else as guessed; every guess is a sentence.

    ``low`` and ``high`` (3,) are the mesh's box in its own unit. An STL is not asked which way is up.
    """
    if units != "auto":
        factor, unit = MM[units], f"units: {units}, as asked"
    else:
        factor, unit = (told.mm, told.unit) if told.mm else _guessed_units(float((high - low).max()))
    axis, way = str(up), f"up: {up}, as asked"
    if up == "auto":
        axis, way = (told.up, told.way) if told.up else _guessed_up(kind, low, high)
    said = [each for each in (unit, way) if each]
    return Settled(
        factor,
        axis,
        tuple(each for each in said if each not in AS_IT_IS),
        tuple(each for each in said if each in AS_IT_IS),
    )


def _guessed_units(longest: float) -> tuple[float, str]:
    if longest < LEAST_MM:
        size = f"{longest:.3g}"
        said = f"no unit in the file and its longest side is {size}: taken as metres (units = 'mm' if not)"
        return MM["m"], said
    return MM["mm"], AS_IT_IS[0]


def _guessed_up(kind: str, low: Floats, high: Floats) -> tuple[str, str]:
    """By what lies on a floor at 0 while the other way it lies about 0, else by what is tallest."""
    if kind == "stl":
        return "z", AS_IT_IS[1]
    x, y, z = (float(side) for side in high - low)
    floor = np.abs(low) <= ON_FLOOR * (high - low)
    about = (low < -ON_FLOOR * (high - low)) & (high > 0)
    if floor[1] and about[2]:
        return "y", "its lowest points lie on y = 0: taken to stand on +Y (up = 'z' if not)"
    if not (floor[2] and about[1]) and y > STANDING * z and y > 0.6 * x:
        return "y", "taller along y than along z: taken to stand on +Y (up = 'z' if not)"
    return "z", AS_IT_IS[1]


def upright(points: Floats, up: str) -> Floats:
    """Points turned, never mirrored, so that ``up`` is +Z; a mesh on +Y that faces +Z then faces -Y."""
    axis, sign = AXES[up[-1]], -1.0 if up.startswith("-") else 1.0
    if axis == 2:
        return points if sign > 0 else points * (1.0, -1.0, -1.0)
    x, y, z = points.T
    if axis == 1:
        return np.stack([x, -sign * z, sign * y], axis=1)
    return np.stack([-sign * z, y, sign * x], axis=1)
