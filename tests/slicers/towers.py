"""A small thing of two parts that several tests of slicers put on a plate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fabricate.backends import Plate
from fabricate.solid.colour import paint
from fabricate.solid.export import write_verified
from fabricate.solid.limits import profile_of
from fabricate.solid.threemf import Thing
from tests.solid.shapes import box


def tower(at: tuple[float, float, float] = (60.0, 110.0, 0.0)) -> Thing:
    """A wide block and a narrow one on it, in two colours, 46 mm tall: its parts must stay together."""
    low = paint(box(20, 20, 30), "#c8402f")
    high = paint(box(10, 10, 16, (0, 0, 30)), "#2c4a7c")
    return Thing("tower", {"low": low, "high": high}, at)


def plate_of(thing: Thing, path: Path, extruders: dict[str, int] | None = None, **more: object) -> Plate:
    """A tower written to ``path``, on a plate of the Prusa MINI; ``more``: the plate's other fields."""
    write_verified([thing], path, extruders=extruders or {}, title="test")
    x, y, z = thing.at
    mini = profile_of("prusa-mini")
    plate = Plate(path, mini, (x - 10, y - 10, z), (x + 10, y + 10, z + 46), holds=("tower",))
    return replace(plate, **more)  # type: ignore[arg-type]
