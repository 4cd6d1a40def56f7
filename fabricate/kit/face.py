"""The head and what is on it: skull, cheeks, ears, nose, and the eyes, brows and mouth as raised decals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fabricate.kit.clay import Clay
from fabricate.kit.decals import Decal
from fabricate.kit.eyes import eye
from fabricate.kit.features import Features, brow, freckles, mouth
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.outlines import Outline
from fabricate.kit.primitives import Ellipsoid
from fabricate.kit.sdf import sample

__all__ = ["ears", "face", "nose", "skull"]

LAYERS = {
    "freckle": 1.25,
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
HIGHEST = 0.73
"""A freckle is no higher than this share of a line's least width: 0.6 mm for FDM."""
NOSE_Z = -0.33
"""The height of the nose."""


def skull(frame: Frame, head: Mapping[str, Any]) -> Clay:
    """The bare head without ears or nose, in the parent's frame: the base that hair and face follow."""
    wide, deep, jaw = float(head["wide"]), float(head["deep"]), float(head["jaw"])
    cheek, chin = float(head["cheek"]), float(head.get("chin", 0.0))
    r = frame.scale
    clay = Clay()
    clay.add(Ellipsoid(frame.inside((0, 0.04, 0.10)), (wide, deep, 0.90)))
    short = 0.58 + 0.5 * min(chin, 0.0)
    clay.add(Ellipsoid(frame.inside((0, -0.04, -0.40)), (wide * jaw, deep * 0.82, short)), 0.42 * r)
    for side in (-1, 1):
        at = (side * (0.50 * wide), -0.44 * deep, -0.40)
        clay.add(Ellipsoid(frame.inside(at), (cheek * 1.15, cheek * 1.1, cheek)), 0.34 * r)
    if chin > 0:  # it comes out of the jaw from nothing, so that a little of it changes a little
        at = (0, -0.50 * deep, -0.74 - chin)
        clay.add(Ellipsoid(frame.inside(at), (0.24, 0.20, 0.16)), min(0.22, 2 * chin) * r)
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


def face(
    frame: Frame, base: Clay, eyes: Mapping[str, Any], features: Features, step: float, line: float
) -> dict[str, Clay]:
    """Eyes, brows, mouth and freckles by part, in the parent's frame.

    ``eyes``: the style's ``[eyes]``; ``step``: how far each layer stands above the one below (a printable
    relief), ``line``: the least width of a line; in head radii.
    """
    parts: dict[str, Clay] = {}

    def put(name: str, outline: Outline) -> None:
        lift = step * LAYERS[name]
        if name == "freckle":
            lift = min(lift, HIGHEST * line)
        decal = Decal(base, frame, outline, lift, sink=0.06, bevel=step * 0.5)
        parts.setdefault(PARTS.get(name, name), Clay()).add(decal)

    x, z, wide, tall = (float(eyes[k]) for k in ("x", "z", "wide", "tall"))
    for side in (-1, 1):
        for name, outline in eye(side * x, z, wide, tall, side, eyes["style"], line).items():
            put(name, outline)
        put("brow", brow(features.brows, x, z + tall + 0.10 + features.brow_up, side, line))
    for name, outline in mouth(features.mouth, z - 0.37, line, features.mouth_wide).items():
        put(name, outline)
    if features.freckles:
        put("freckle", freckles({"x": x, "z": z, "tall": tall}, NOSE_Z, line))
    return parts


def nose(frame: Frame, base: Clay, size: float = 1.0, tall: float = 1.0) -> Ellipsoid:
    """A button nose on the surface below the eyes; ``tall``: its height over what ``size`` gives."""
    y = -1.2
    for _ in range(12):
        y += float(sample(base, frame.point([(0, y, NOSE_Z - 0.01)]))[0]) / frame.scale
    radii = (0.088 * size, 0.085 * size, 0.068 * size * tall)
    return Ellipsoid(frame.inside((0, y + 0.01, NOSE_Z)), radii)
