"""What every slicer does with a plate: its extents looked at before, its numbers put together after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.solid.limits import Profile

__all__ = ["check_extents", "head_of", "weighed"]

Kind = Literal["gcode", "sl1", "gcode.3mf", "project"]


def check_extents(plate: Plate) -> None:
    """SliceError unless what lies on the plate, and its brim, is on the bed and under the printer's top."""
    x, y, z = plate.profile.bed_mm
    low, high, brim = plate.low, plate.high, plate.brim_mm
    if high[2] - low[2] > z + 1e-6:
        raise SliceError(
            f"plate {plate.number} is {high[2] - low[2]:.1f} mm tall, and the printer ends at {z:g} mm",
            "make it smaller (--height), split it (--split bed), or choose a taller printer's profile",
        )
    if abs(low[2]) > 0.02:
        raise SliceError(
            f"plate {plate.number} does not stand on the bed: its lowest point is at {low[2]:.2f} mm",
            "report this with the file",
        )
    sides = (low[0] - brim, low[1] - brim, x - high[0] - brim, y - high[1] - brim)
    if min(sides) < -1e-6:
        raise SliceError(
            f"plate {plate.number} needs {high[0] - low[0] + 2 * brim:.1f} x "
            f"{high[1] - low[1] + 2 * brim:.1f} mm at its place, and the bed is {x:g} x {y:g} mm",
            "make it smaller (--height), split it (--split bed), or choose a larger printer's profile",
        )


def head_of(plate: Plate) -> list[str]:
    """Lines for the head of a G-code: what it is, for which printer."""
    profile: Profile = plate.profile
    held = ", ".join(plate.holds)
    return [f"fabricate: plate {plate.number} for {profile.name}", *([f"holds: {held}"] if held else [])]


def weighed(
    plate: Plate,
    path: Path,
    *,
    kind: Kind,
    slicer: str,
    layers: int,
    height_mm: float,
    size_mm: tuple[float, float, float],
    seconds: float,
    grams: Sequence[float],
    metres: Sequence[float],
) -> Gcode:
    """The finished file with its hash, and its cost at the profile's price."""
    profile: Profile = plate.profile
    machine = profile.machine
    weight = tuple(round(float(g), 3) for g in grams)
    price = machine.price_per_kg
    more: dict[str, Any] = {}
    if price is not None:
        more = {"cost": round(sum(weight) / 1000 * price, 2), "currency": machine.currency}
    return Gcode(
        path=path,
        sha256=disk.digest(path),
        profile=profile.name,
        plate=plate.number,
        kind=kind,
        process=profile.process,
        material=profile.material,
        nozzle_mm=profile.nozzle_mm,
        layers=layers,
        height_mm=round(height_mm, 3),
        size_mm=(round(size_mm[0], 2), round(size_mm[1], 2), round(size_mm[2], 2)),
        seconds=round(seconds, 1),
        filament_grams=weight,
        filament_metres=tuple(round(float(m), 4) for m in metres),
        colours=plate.colours,
        slicer=slicer,
        holds=plate.holds,
        **more,
    )
