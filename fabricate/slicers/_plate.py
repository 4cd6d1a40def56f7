"""What every slicer does with a plate: its extents looked at before, its moves and numbers after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.slicers._moves import Moves, believed, signed, with_thumbnails
from fabricate.slicers._picture import pictures
from fabricate.solid.limits import Profile

__all__ = ["check_extents", "looked_at", "of_moves", "weighed", "write_moves"]

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


def looked_at(moves: Moves, plate: Plate, label: str) -> int:
    """How many layers the plate's solids have, when the moves are they: else SliceError."""
    profile: Profile = plate.profile
    return believed(
        moves,
        profile,
        plate.high[2] - plate.low[2],
        label,
        layer_mm=plate.layer_mm or profile.layer_mm,
        box=(plate.low, plate.high),
    )


def write_moves(plate: Plate, stem: Path, data: bytes) -> Path:
    """``stem.gcode``: the moves, at their head what they are, for which printer, and pictures of it."""
    profile: Profile = plate.profile
    held = ", ".join(plate.holds)
    head = [f"fabricate: plate {plate.number} for {profile.name}", *([f"holds: {held}"] if held else [])]
    target = stem.with_name(f"{stem.name}.gcode")
    text = with_thumbnails(signed(data, head), pictures(plate.model, profile.machine.sizes()))
    disk.write(target, text, target.with_name(f".{target.name}.part"))
    return target


def of_moves(
    plate: Plate,
    path: Path,
    moves: Moves,
    *,
    kind: Kind,
    label: str,
    layers: int,
    around: tuple[float, float, float, float] | None,
) -> Gcode:
    """The finished file with the numbers that its moves tell; ``around``: its box in x, y."""
    left, front, right, back = around or (0.0, 0.0, 0.0, 0.0)
    top = max(moves.levels)
    return weighed(
        plate,
        path,
        kind=kind,
        slicer=moves.slicer or label,
        layers=layers,
        height_mm=top,
        size_mm=(right - left, back - front, top),
        seconds=moves.seconds,
        grams=moves.grams,
        metres=moves.metres,
    )


def weighed(
    plate: Plate,
    path: Path,
    *,
    kind: Kind,
    height_mm: float,
    size_mm: tuple[float, float, float],
    slicer: str = "",
    layers: int = 0,
    seconds: float = 0.0,
    grams: Sequence[float] = (),
    metres: Sequence[float] = (),
) -> Gcode:
    """The finished file with its hash, and its cost at the profile's price when its weight is known."""
    profile: Profile = plate.profile
    machine = profile.machine
    weight = tuple(round(float(g), 3) for g in grams)
    price = machine.price_per_kg
    more: dict[str, Any] = {}
    if weight and price is not None:
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
