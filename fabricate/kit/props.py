"""Accessories: sculpted solids with a grip point, held in the right hand or standing by themselves.

An accessory's template is in hand units (1 = half the hand's length), z up, -y its front. A maker's own mesh
file is an accessory too: see ``prop_files``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate import resources
from fabricate.errors import SpecError, nearest
from fabricate.kit import prop_files, templates
from fabricate.kit.clay import Clay
from fabricate.kit.design import is_path
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.sculpt import Bench, sculpt
from fabricate.kit.skeleton import Skeleton

__all__ = ["alone", "colours", "in_hand", "is_word", "remarks", "resolve", "stands"]


def resolve(asked: str) -> str:
    """The template that a maker's word means: its name, or one of its ``words`` ("coffee" -> mug).

    A path (anything with a slash) becomes absolute. Raises SpecError with the nearest names for an unknown
    word, MeshError for a file that is missing or holds no solid.
    """
    if is_path(asked):
        path = Path(asked).expanduser().absolute()
        prop_files.read(path)
        return str(path)
    word = asked.strip().casefold()
    known = resources.names("accessories")
    if word in known:
        return word
    meant: dict[str, str] = {}
    for name in known:
        for other in resources.read("accessories", name).get("words", []):
            meant.setdefault(other.casefold(), name)
    if word in meant:
        return meant[word]
    if Path(asked).suffix.lower() in prop_files.FORMATS:
        raise SpecError(f"there is no accessory called {asked!r}", f"a file needs its path: ./{asked}")
    raise SpecError(f"there is no accessory called {asked!r}", nearest(word, dict.fromkeys([*known, *meant])))


def is_word(asked: str) -> bool:
    """Whether an accessory is asked for by a word, and not by a file with or without its path."""
    return not is_path(asked) and Path(asked).suffix.lower() not in prop_files.FORMATS


def remarks(name: str) -> tuple[str, ...]:
    """What a maker should know of an accessory as ``resolve`` gave it: how a file's mesh was taken."""
    return prop_files.read(Path(name)).notes if is_path(name) else ()


def stands(name: str) -> bool:
    """Whether an accessory's template says that it always stands (``stands = true``): a plant in its pot."""
    return not is_path(name) and resources.read("accessories", name).get("stands") is True


def in_hand(name: str, s: Skeleton, thin: float) -> dict[str, Clay]:
    """The parts of an accessory with its grip point in the right hand, upright; named ``prop/<part>``.

    ``thin``: the least radius of a free part, in body units, as everything here but the template.
    """
    template = resources.read("accessories", name)
    unit = s.size["hand"]
    turn = rotation("z", float(template.get("yaw", 0.0)))
    origin = s.arms[0].end.origin - unit * (turn @ _grip(name, template))
    return {f"prop/{part}": clay for part, clay in _parts(name, Frame(origin, turn, unit), thin).items()}


def alone(name: str, unit: float, thin: float) -> dict[str, Clay]:
    """The parts of an accessory about its own origin, at ``unit`` a hand unit."""
    return _parts(name, Frame.at((0, 0, 0), None, unit), thin)


def colours(name: str, prefix: str = "prop/", main: str | None = None) -> dict[str, str]:
    """Colour of each part of an accessory; ``main`` is laid over the first, which is most of it."""
    found = {f"{prefix}{k}": v for k, v in templates.colours("accessories", name).items()}
    return {**found, **({next(iter(found)): main} if main and found else {})}


def _parts(name: str, frame: Frame, thin: float) -> dict[str, Clay]:
    shapes = templates.rows("accessories", name, "shape", needed=True)
    return sculpt(shapes, Bench(frame, thin / frame.scale), resources.find("accessories", name))


def _grip(name: str, template: Mapping[str, Any]) -> NDArray[np.float64]:
    """Where the hand takes hold, (3,) in hand units."""
    given = template.get("grip", (0.0, 0.0, 0.0))
    try:
        x, y, z = given
        return np.array([float(x), float(y), float(z)])
    except (TypeError, ValueError) as exc:
        place = templates.Place(resources.find("accessories", name), "grip")
        raise place.fault(f"grip is {given!r}", "it must be [x, y, z] in hand units") from exc
