"""Templates as they are read, every key filled in; a fault is told with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fabricate import resources
from fabricate.errors import TemplateError, nearest
from fabricate.kit.eyes import EYES
from fabricate.kit.skeleton import ARM, BODY, LEG, LOOK, MADE
from fabricate.spec import COLOUR

__all__ = [
    "POSE",
    "STYLE",
    "Place",
    "colours",
    "filled",
    "limits",
    "miscoloured",
    "pose",
    "rows",
    "style",
    "within",
]

LENGTHS = [
    "head",
    "head_z",
    "neck_z",
    "pelvis_z",
    "shoulder",
    "shoulder_z",
    "hip",
    "ankle",
    "upper_arm",
    "forearm",
    "arm_r",
    "wrist_r",
    "hand",
    "thigh_r",
    "shin_r",
    "foot",
    "foot_long",
    "chest_r",
    "belly_r",
    "hip_r",
    "torso_flat",
    "neck_r",
]
STYLE: Mapping[str, Mapping[str, Any]] = {
    "size": {**dict.fromkeys(LENGTHS, float), "head_y": -0.01},
    "body": MADE,
    "head": {
        **dict.fromkeys(("wide", "deep", "cheek", "jaw"), float),
        "chin": 0.0,
        "nose": None,
        "box": 0.0,
        "blush": 1.0,
    },
    "eyes": {
        **dict.fromkeys(("x", "z", "wide", "tall"), float),
        "style": EYES,
        "line": 1.0,
    },
    "prompt": {"look": "", "avoid": ""},
}
"""A style's tables. ``[size]`` in body units, ``[head]`` and ``[eyes]`` in head radii. With a ``nose`` (a
factor, 1 as we make it) a photo's nose counts too; ``box``: the radius of the edges of a head that is a
block, 0 for a round one; ``blush``: how warm its cheeks are in pictures; ``line``: the weight of the face's
least line (0.75 is the least that prints). ``[body]``: what it is made of. ``[prompt]``: the words that tell
a diffusion model how the style looks, and what to avoid; without them it is told the style's title."""

SIGNED: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(LENGTHS, (0.005, 1.2)),
    **{"torso_flat": (0.3, 1.5), "head_y": (-0.5, 0.5), "arms_in": (0.0, 1.0)},
    **{"chin": (-1.0, 1.0), "box": (0.0, 0.8), "nose": (0.0, 3.0), "z": (-1.0, 1.0), "line": (0.75, 2.0)},
}
"""The least and most of a style's numbers; those not named are from 0 to 2."""

POSE: Mapping[str, Mapping[str, Any]] = {
    "body": BODY,
    "head": LOOK,
    "right_arm": ARM,
    "left_arm": ARM,
    "hold": ARM,
    "right_leg": LEG,
    "left_leg": LEG,
}

TURN = (-180.0, 180.0)
LIMITS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "body": {"turn": TURN, "tilt": (-45, 45), "lean": (-60, 60), "shift": (-0.3, 0.3), "lift": (0.01, 0.6)},
    "head": {"turn": (-90, 90), "tilt": (-45, 45), "nod": (-40, 40)},
    "arm": {
        "abduct": (-30, 180),
        "flex": (-80, 180),
        "bend": (0, 150),
        "turn": TURN,
        "twist": TURN,
        "wrist": (-90, 90),
    },
    "leg": {
        "abduct": (-30, 100),
        "flex": (-80, 130),
        "bend": (0, 150),
        "toes": (-60, 90),
        "pitch": (-60, 60),
    },
}
"""What a joint allows, least and most: degrees, ``shift`` and ``lift`` in body units."""

HEADER = re.compile(r"\s*\[+\s*([\w-]+)\s*\]+")


@dataclass(frozen=True)
class Place:
    """A table of a template: its file, its header's name, and which of several (``[[garment]]``) it is."""

    path: Path | None
    table: str
    number: int = 0

    def line(self, key: str = "") -> int | None:
        """The line (1-based) of a key in the table, else of its header; None where that cannot be found."""
        if self.path is None:
            return None
        lines = self.path.read_text(encoding="utf-8").splitlines()
        headers = {i: found[1] for i, text in enumerate(lines) if (found := HEADER.match(text))}
        heads = list(headers)
        own = [i for i, name in headers.items() if name == self.table]
        if self.number >= len(own):
            # An inline table stands before every header.
            return _line_of(self.table, lines, 0, heads[0] if heads else len(lines))
        head = own[self.number]
        end = next((i for i in heads if i > head), len(lines))
        return _line_of(key, lines, head + 1, end) or head + 1

    def fault(self, message: str, hint: str, key: str = "") -> TemplateError:
        """The error that says so, at the table's line or its key's."""
        return TemplateError(message, hint, self.path, self.line(key))


def _line_of(key: str, lines: Sequence[str], start: int, end: int) -> int | None:
    """The line (1-based) from ``start`` to before ``end`` (0-based) that gives ``key`` a value."""
    found = (i + 1 for i in range(start, end) if lines[i].partition("=")[0].strip() == key)
    return next(found, None) if key else None


def filled(given: Any, keys: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A table with every one of its ``keys``: as given, else as ``keys`` has it.

    There a value is what holds when the key is left out, a tuple the words to choose from (the first holds),
    the type float a number that must be given, None one that may stay away. Raises TemplateError with file
    and line.
    """
    if not isinstance(given, Mapping):
        raise place.fault(f"{place.table} is not a table", f"begin it with [{place.table}]")
    for key, value in given.items():
        if key not in keys:
            raise place.fault(f"unknown key {key!r} in {place.table}", nearest(key, keys), key)
        if wanted := _unlike(value, keys[key]):
            raise place.fault(f"{place.table}.{key} is {value!r}", f"it must be {wanted}", key)
    if lacking := [key for key, usual in keys.items() if usual is float and key not in given]:
        hint = "copy the numbers from templates/styles/chibi.toml, then change them"
        raise place.fault(f"[{place.table}] lacks {', '.join(lacking)}", hint)
    usual = {key: value[0] if isinstance(value, tuple) else value for key, value in keys.items()}
    return {key: given.get(key, value) for key, value in usual.items() if key in given or value is not None}


def _unlike(value: Any, usual: Any) -> str:
    """What a value must be, when it is not that; else nothing."""
    if isinstance(usual, tuple):
        return "" if value in usual else " or ".join(repr(word) for word in usual if word)
    if isinstance(usual, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(usual, str):
        return "" if isinstance(value, str) else "text in quotes"
    if isinstance(usual, int):
        return "" if type(value) is int and value >= 0 else "a whole number"
    return "" if type(value) in (int, float) else "a number"


def rows(kind: str, name: str, table: str, needed: bool = False) -> list[Mapping[str, Any]]:
    """A template's ``[[table]]`` rows in order; TemplateError for anything else, or none if ``needed``."""
    path, given = resources.find(kind, name), resources.read(kind, name).get(table, [])
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise Place(path, table).fault(f"{table} is not a list of tables", f"write [[{table}]] over each")
    if needed and not given:
        raise TemplateError(f"there is no [[{table}]]", "compare it with one of ours", path)
    return given


def colours(kind: str, name: str) -> dict[str, str]:
    """A template's ``[colours]``, part or role -> #rrggbb; TemplateError for one that is no such colour."""
    place = Place(resources.find(kind, name), "colours")
    found = resources.read(kind, name).get("colours", {})
    if not isinstance(found, Mapping):
        raise place.fault("colours is not a table", "begin it with [colours]")
    if fault := next(miscoloured(found, place), None):
        raise fault
    return dict(found)


def miscoloured(given: Mapping[str, Any], place: Place) -> Iterator[TemplateError]:
    """A fault for every value of a ``[colours]`` table that is no colour."""
    for key, value in given.items():
        if not (isinstance(value, str) and re.match(COLOUR, value)):
            yield place.fault(f"colours.{key} is {value!r}", 'a colour is written as "#d2503f"', key)


def limits(kind: str, table: str) -> Mapping[str, tuple[float, float]]:
    """The least and most of the numbers of a table of one of the ``styles`` or ``poses``."""
    if kind == "styles":
        numbers = (k for k, usual in STYLE[table].items() if isinstance(usual, float) or usual is float)
        return {**dict.fromkeys(numbers, (0.0, 2.0)), **SIGNED}
    return LIMITS["arm" if table == "hold" else table.rpartition("_")[2]]


def style(name: str) -> dict[str, dict[str, Any]]:
    """The tables ``size``, ``body``, ``head``, ``eyes`` and ``prompt`` of a style.

    TemplateError when a number is missing or out of its range.
    """
    path, data = resources.find("styles", name), resources.read("styles", name)
    tables = {}
    for table, keys in STYLE.items():
        place = Place(path, table)
        tables[table] = filled(data.get(table, {}), keys, place)
        within(tables[table], limits("styles", table), place)
    return tables


def pose(name: str) -> dict[str, dict[str, Any]]:
    """The tables of a pose that are given, angles in degrees; TemplateError for an unknown table or key."""
    path, data = resources.find("poses", name), resources.read("poses", name)
    tables = {key: value for key, value in data.items() if isinstance(value, Mapping) or key in POSE}
    for table in tables:
        if table not in POSE:
            raise Place(path, table).fault(f"unknown table [{table}]", nearest(table, POSE))
    for table, given in tables.items():
        place = Place(path, table)
        whole = filled(given, POSE[table], place)
        within(whole, limits("poses", table), place)
        tables[table] = whole
    return tables


def within(given: Mapping[str, Any], limits: Mapping[str, tuple[float, float]], place: Place) -> None:
    """TemplateError, with the range that is allowed, for a number outside its limits or that is none."""
    for key, (least, most) in limits.items():
        if key in given and not least <= given[key] <= most:
            hint = f"it may be from {least:g} to {most:g}"
            raise place.fault(f"{place.table}.{key} is {given[key]:g}", hint, key)
