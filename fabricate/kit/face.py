"""The head and what is on it: skull, cheeks, ears, nose, and the eyes, brows and mouth as raised decals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.clay import Clay
from fabricate.kit.decals import Decal
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.outlines import Outline, oval, stroke
from fabricate.kit.primitives import Ellipsoid
from fabricate.kit.sdf import sample

__all__ = ["ears", "face", "nose", "skull"]

LAYERS = {
    "white": 1.0,
    "mouth": 1.5,
    "iris": 1.7,
    "teeth": 2.0,
    "dark": 2.2,
    "lash": 2.4,
    "brow": 2.4,
    "glint": 2.9,
}
"""How many layers of relief each outline stands above the head."""
PARTS = {"lash": "dark", "glint": "white_top", "teeth": "white_top"}
"""The colour part of an outline, where it is not its own."""
MOUTHS = {"smile": (0.19, 0.075), "grin": (0.25, 0.11), "calm": (0.15, 0.02), "cat": (0.13, 0.05)}
"""Half width and curve of a mouth's line, in head radii."""


def skull(frame: Frame, head: Mapping[str, Any]) -> Clay:
    """The bare head without ears or nose, in the parent's frame: the base that hair and face follow."""
    wide, deep, jaw = float(head["wide"]), float(head["deep"]), float(head["jaw"])
    cheek, chin = float(head["cheek"]), float(head.get("chin", 0.0))
    r = frame.scale
    clay = Clay()
    clay.add(Ellipsoid(frame.inside((0, 0.04, 0.10)), (wide, deep, 0.90)))
    clay.add(Ellipsoid(frame.inside((0, -0.04, -0.40)), (wide * jaw, deep * 0.82, 0.58)), 0.42 * r)
    for side in (-1, 1):
        at = (side * (0.50 * wide), -0.44 * deep, -0.40)
        clay.add(Ellipsoid(frame.inside(at), (cheek * 1.15, cheek * 1.1, cheek)), 0.34 * r)
    if chin:
        clay.add(Ellipsoid(frame.inside((0, -0.52 * deep, -0.86)), (0.24, 0.2, 0.14 + chin)), 0.22 * r)
    return clay


def ears(frame: Frame, head: Mapping[str, Any]) -> Clay:
    """Two round ears with a dished front."""
    wide = float(head["wide"])
    clay = Clay()
    for side in (-1, 1):
        place = frame.inside(
            (side * wide * 1.00, 0.10, -0.20), rotation("z", side * 24) @ rotation("y", side * 8)
        )
        ear = Clay().add(Ellipsoid(place, (0.125, 0.13, 0.215)))
        dish = place.inside((side * 0.035, -0.15, 0.01))
        ear.cut(Ellipsoid(dish, (0.085, 0.10, 0.12)), 0.05 * frame.scale)
        clay.add(ear, 0.05 * frame.scale)
    return clay


def _eye(
    x: float, z: float, wide: float, tall: float, side: int, style: str, line: float
) -> dict[str, Outline]:
    """The outlines of one eye by part."""
    if style == "dot":
        ball = oval(x, z, wide * 0.62, tall * 0.62)
        glint = oval(x - wide * 0.2, z + tall * 0.22, wide * 0.2, tall * 0.18).within(ball, 0.015)
        return {"dark": ball, "glint": glint}
    white = oval(x, z, wide, tall)
    middle = x - side * wide * 0.07
    iris = oval(middle, z - tall * 0.03, wide * 0.80, tall * 0.80).within(white, 0.012)
    pupil = oval(middle, z + tall * 0.02, wide * 0.50, tall * 0.54)
    # The upper lash line: along the lid from the inner corner, thicker outwards, ending in a short wing.
    angle = np.radians(np.linspace(158, 22, 15))
    lid_x, lid_z = x - side * np.cos(np.pi - angle) * wide, z + tall * 0.02 + np.sin(angle) * tall
    lid = np.stack([lid_x, lid_z], 1)
    wing = [x + side * wide * 1.17, z + tall * 0.50]
    lash = stroke(np.vstack([lid, wing]), _at_least(line, 0.018, 0.050, 0.074, 0.082, 0.078, 0.024))
    glint = oval(x - wide * 0.32, z + tall * 0.36, wide * 0.27, tall * 0.24, 12)
    dot = max(wide * 0.15, line / 2)
    spark = oval(x + wide * 0.26, z - tall * 0.42, dot, dot, 12)
    return {"white": white, "iris": iris, "dark": pupil, "lash": lash, "glint": glint.joined(spark)}


def _mouth(kind: str, z: float, line: float) -> dict[str, Outline]:
    """The mouth's outlines by part: a smile line, or an open laugh with teeth."""
    x = np.linspace(-1, 1, 9)
    if kind == "open":
        below = Outline(lambda px, pz: pz - np.float32(z + 0.045), (-1, -9), (1, z + 0.045))
        open_lips = oval(0, z + 0.02, 0.20, 0.15).within(below)
        teeth = oval(0, z + 0.05, 0.155, 0.055).within(open_lips, 0.0)
        return {"mouth": open_lips, "teeth": teeth}
    wide, curve = MOUTHS[kind]
    lips = np.stack([x * wide, z - curve * (1 - x * x) + curve * 0.5], 1)
    return {"mouth": stroke(lips, _at_least(line, 0.030, 0.055, 0.030))}


def _at_least(line: float, *widths: float) -> list[float]:
    """A stroke's widths, none under ``line``."""
    return [max(width, line) for width in widths]


def face(
    frame: Frame, base: Clay, eyes: Mapping[str, Any], mouth: str, step: float, line: float
) -> dict[str, Clay]:
    """Eyes, brows and mouth by part, in the parent's frame.

    ``eyes``: the style's ``[eyes]``; ``mouth``: ``open`` or one of ``MOUTHS``; ``step``: how far each layer
    stands above the one below (a printable relief), ``line``: the least width of a line; in head radii.
    """
    parts: dict[str, Clay] = {}

    def put(name: str, outline: Outline) -> None:
        decal = Decal(base, frame, outline, step * LAYERS[name], sink=0.09, bevel=step * 0.5)
        parts.setdefault(PARTS.get(name, name), Clay()).add(decal)

    x, z, wide, tall = (float(eyes[k]) for k in ("x", "z", "wide", "tall"))
    for side in (-1, 1):
        for name, outline in _eye(side * x, z, wide, tall, side, eyes["style"], line).items():
            put(name, outline)
        top = z + tall + 0.10
        arch = ((x - 0.17, top + 0.005), (x + 0.02, top + 0.055), (x + 0.19, top - 0.020))
        put("brow", stroke(_smooth([(side * u, v) for u, v in arch]), _at_least(line, 0.060, 0.085, 0.050)))
    for name, outline in _mouth(mouth, z - 0.37, line).items():
        put(name, outline)
    return parts


def _smooth(points: list[tuple[float, float]]) -> NDArray[np.float64]:
    """A quadratic curve through three points, as nine (9, 2)."""
    (x0, z0), (x1, z1), (x2, z2) = points
    t = np.linspace(0, 1, 9)
    mx, mz = 2 * x1 - (x0 + x2) / 2, 2 * z1 - (z0 + z2) / 2
    x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * mx + t * t * x2
    z = (1 - t) ** 2 * z0 + 2 * t * (1 - t) * mz + t * t * z2
    return np.stack([x, z], 1)


def nose(frame: Frame, base: Clay, size: float = 1.0) -> Ellipsoid:
    """A button nose on the surface below the eyes."""
    y = -1.2
    for _ in range(12):
        y += float(sample(base, frame.point([(0, y, -0.34)]))[0]) / frame.scale
    return Ellipsoid(frame.inside((0, y + 0.01, -0.33)), (0.088 * size, 0.085 * size, 0.068 * size))
