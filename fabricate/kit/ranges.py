"""What the numbers of a ``[[shape]]`` may be, and the fault that says so with the range allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from fabricate.errors import TemplateError
from fabricate.kit.templates import Place

__all__ = ["faults"]

FAR = 60.0
"""No part is further from its frame's middle, in the frame's unit (half a head, half a hand)."""
SIZES = ("radius", "radii", "half", "major", "minor", "thickness", "width", "rim")
"""Keys that say how large something is."""
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(SIZES, (0.0, FAR)),
    "count": (1, 2000),
    "strands": (1, 12),
    "turns": (0, 40),
    "blend": (0.0, 10.0),
    "edge": (0.0, 10.0),
    "oval": (0.05, 20.0),
    "squash": (0.05, 20.0),
    "turn": (-360.0, 360.0),
    "around": (-360.0, 360.0),
}
WHOLE = frozenset({"count", "strands", "seed"})
TRIPLES = ("turn",)


def numbers(value: Any) -> Iterator[float]:
    """Every number in a value, lists within lists included."""
    if isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def faults(given: Mapping[str, Any], place: Place) -> Iterator[TemplateError]:
    """A fault with file, line and range for each number that no shape can have."""
    for key, value in given.items():
        least, most = RANGES.get(key, (-FAR * 10, FAR * 10))
        if key in WHOLE and type(value) is not int:
            yield place.fault(f"{key} is {value!r}", "it must be a whole number", key)
        elif not all(math.isfinite(n) and (key == "seed" or least <= n <= most) for n in numbers(value)):
            yield place.fault(f"{key} is {value!r}", f"it may be from {least:g} to {most:g}", key)
        elif key in SIZES and not any(numbers(value)):
            yield place.fault(f"{key} is {value!r}", f"it must be a number over 0, {most:g} at most", key)
        elif key in TRIPLES and not (
            isinstance(value, list) and len(value) == 3 == len(list(numbers(value)))
        ):
            yield place.fault(f"{key} is of the wrong kind: {value!r}", "it must be [x, y, z]", key)
