"""The head and what is on it: skull, cheeks, ears, nose, and the eyes, brows and mouth as raised decals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fabricate.kit.decals import Decal, Outline, oval, stroke
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.sdf import Clay, Ellipsoid

__all__ = ["ears", "face", "skull"]


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


def _eye(x: float, z: float, wide: float, tall: float, side: int, style: str) -> dict[str, Outline]:
    """The outlines of one eye by part."""
    if style == "dot":
        ball = oval(x, z, wide * 0.62, tall * 0.62)
        return {
            "dark": ball,
            "glint": oval(x - wide * 0.2, z + tall * 0.22, wide * 0.2, tall * 0.18).within(ball, 0.015),
        }
    white = oval(x, z, wide, tall)
    middle = x - side * wide * 0.07
    iris = oval(middle, z - tall * 0.03, wide * 0.80, tall * 0.80).within(white, 0.012)
    pupil = oval(middle, z + tall * 0.02, wide * 0.50, tall * 0.54)
    # The upper lash line: along the lid from the inner corner, thicker outwards, ending in a short wing.
    angle = np.radians(np.linspace(158, 22, 15))
    lid = np.stack(
        [x - side * np.cos(np.pi - angle) * wide * 1.0, z + tall * 0.02 + np.sin(angle) * tall * 1.0], 1
    )
    wing = [x + side * wide * 1.17, z + tall * 0.50]
    lash = stroke(np.vstack([lid, wing]), [0.018, 0.050, 0.074, 0.082, 0.078, 0.024])
    glint = oval(x - wide * 0.32, z + tall * 0.36, wide * 0.27, tall * 0.24, 12)
    spark = oval(x + wide * 0.26, z - tall * 0.42, wide * 0.15, tall * 0.12, 12)
    return {
        "white": white,
        "iris": iris,
        "dark": pupil,
        "lash": lash,
        "glint": glint.joined(spark),
    }


def _mouth(kind: str, z: float) -> dict[str, Outline]:
    """The mouth's outlines by part: a smile line, or an open laugh with teeth."""
    x = np.linspace(-1, 1, 9)
    if kind == "open":
        lips = oval(0, z + 0.02, 0.20, 0.15).within(
            Outline(lambda px, pz: pz - np.float32(z + 0.045), (-1, -9), (1, z + 0.045))
        )
        teeth = oval(0, z + 0.05, 0.155, 0.055).within(lips, 0.0)
        return {"mouth": lips, "teeth": teeth}
    wide, curve = {"smile": (0.19, 0.075), "grin": (0.25, 0.11), "calm": (0.15, 0.02), "cat": (0.13, 0.05)}[
        kind
    ]
    return {
        "mouth": stroke(np.stack([x * wide, z - curve * (1 - x * x) + curve * 0.5], 1), [0.030, 0.055, 0.030])
    }


def face(
    frame: Frame, base: Clay, eyes: Mapping[str, Any], look: Mapping[str, Any], step: float
) -> dict[str, Clay]:
    """Eyes, brows, nose and mouth by part, in the parent's frame.

    ``eyes``: the style's ``[eyes]``; ``look``: ``mouth``, ``brow`` (tilt), ``lashes``; ``step``: how far each
    layer stands above the one below, in head radii (a printable relief).
    """
    parts: dict[str, Clay] = {}
    layers = {
        "white": 1.0,
        "iris": 1.7,
        "dark": 2.2,
        "lash": 2.4,
        "glint": 2.9,
        "mouth": 1.5,
        "teeth": 2.0,
        "brow": 2.4,
    }

    def put(name: str, outline: Outline) -> None:
        decal = Decal(base, frame, outline, step * layers[name], sink=0.09, bevel=step * 0.5)
        role = {"lash": "dark", "glint": "white", "teeth": "white"}.get(name, name)
        part = f"{role}_top" if name in ("glint", "teeth") else role
        parts.setdefault(part, Clay()).add(decal)

    x, z, wide, tall = (float(eyes[k]) for k in ("x", "z", "wide", "tall"))
    for side in (-1, 1):
        for name, outline in _eye(side * x, z, wide, tall, side, str(eyes["style"])).items():
            put(name, outline)
        tilt = float(look.get("brow", -0.005))
        top = z + tall + 0.10
        arch = [
            (side * (x - 0.17), top - tilt),
            (side * (x + 0.02), top + 0.055),
            (side * (x + 0.19), top - 0.020),
        ]
        put("brow", stroke(_smooth(arch), [0.060, 0.085, 0.050]))
    for name, outline in _mouth(str(look.get("mouth", "smile")), z - 0.37).items():
        put(name, outline)
    return parts


def _smooth(points: list[tuple[float, float]]) -> Any:
    """A quadratic curve through three points, as nine."""
    (x0, z0), (x1, z1), (x2, z2) = points
    t = np.linspace(0, 1, 9)
    mx, mz = 2 * x1 - (x0 + x2) / 2, 2 * z1 - (z0 + z2) / 2
    return np.stack(
        [
            (1 - t) ** 2 * x0 + 2 * t * (1 - t) * mx + t * t * x2,
            (1 - t) ** 2 * z0 + 2 * t * (1 - t) * mz + t * t * z2,
        ],
        1,
    )


def nose(frame: Frame, base: Clay, size: float = 1.0) -> Ellipsoid:
    """A button nose on the surface below the eyes."""
    from fabricate.kit.sdf import sample

    y = -1.2
    for _ in range(12):
        y += float(sample(base, frame.point([(0, y, -0.34)]))[0]) / frame.scale
    return Ellipsoid(frame.inside((0, y + 0.01, -0.33)), (0.088 * size, 0.085 * size, 0.068 * size))
