"""Accessories: sculpted solids with a grip point, held in the right hand or standing by themselves.

An accessory's template is in hand units (1 = half the hand's length), z up, -y its front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fabricate import resources
from fabricate.errors import SpecError, nearest
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.sculpt import Bench, sculpt
from fabricate.kit.sdf import Clay
from fabricate.kit.skeleton import Skeleton

__all__ = ["alone", "colours", "in_hand", "resolve"]


def resolve(asked: str) -> str:
    """The template that a maker's word means: its name, or one of its ``words`` ("coffee" -> mug)."""
    word = asked.strip().casefold()
    known = resources.names("accessories")
    if word in known:
        return word
    for name in known:
        if word in (w.casefold() for w in resources.read("accessories", name).get("words", [])):
            return name
    raise SpecError(f"there is no accessory called {asked!r}", nearest(word, known))


def in_hand(name: str, s: Skeleton, thin: float) -> dict[str, Clay]:
    """The parts of an accessory with its grip point in the right hand, upright; named ``prop/<part>``."""
    template = resources.read("accessories", name)
    unit = s.size["hand"]
    turn = rotation("z", float(template.get("yaw", 0.0)))
    grip = np.asarray(template.get("grip", (0.0, 0.0, 0.0)), float)
    origin = s.arms[0].end.origin - unit * (turn @ grip)
    return _parts(name, template, Frame(origin, turn, unit), thin, "prop/")


def alone(name: str, unit: float, thin: float) -> dict[str, Clay]:
    """The parts of an accessory about its own origin, at ``unit`` a hand unit."""
    return _parts(name, resources.read("accessories", name), Frame.at((0, 0, 0), None, unit), thin, "")


def _parts(name: str, template: Mapping[str, Any], frame: Frame, thin: float, prefix: str) -> dict[str, Clay]:
    shapes: Sequence[Mapping[str, Any]] = template["shape"]
    made = sculpt(shapes, Bench(frame, thin / frame.scale), resources.find("accessories", name))
    return {f"{prefix}{part}": clay for part, clay in made.items()}


def colours(name: str, prefix: str = "prop/") -> dict[str, str]:
    """Colour of each part of an accessory."""
    return {f"{prefix}{k}": v for k, v in resources.read("accessories", name).get("colours", {}).items()}
