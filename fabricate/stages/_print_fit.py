"""Whether a printer fits a job: process, nozzle, bed, material and colours, as far as both are known."""

from __future__ import annotations

import math

from fabricate.artifacts import Gcode
from fabricate.printers import Address
from fabricate.solid.limits import fits_bed, profile_of

__all__ = ["misfit", "mismatch"]

NEAR = 90.0
"""Two colours that lie closer than this in RGB (of 441) are taken for one filament."""


def misfit(gcode: Gcode, address: Address) -> str:
    """Why the moves cannot be made on the printer at all; "" when they can, as far as is known."""
    if not address.profile or gcode.profile == address.profile:
        return ""
    own = profile_of(address.profile)
    if gcode.process != own.process:
        return f"it is sliced for {gcode.process}, and {address.name} is {own.process}"
    if gcode.nozzle_mm and own.nozzle_mm and abs(gcode.nozzle_mm - own.nozzle_mm) > 1e-6:
        return (
            f"it is sliced for a nozzle of {gcode.nozzle_mm:g} mm, and {address.name} has {own.nozzle_mm:g}"
        )
    if gcode.profile:
        # moves are absolute: what lies in the middle of one bed is beside another
        other = profile_of(gcode.profile).bed_mm
        if other[:2] != own.bed_mm[:2] or gcode.height_mm > own.bed_mm[2]:
            return f"it is sliced for the bed of {gcode.profile}, and {address.name} has that of {own.name}"
        return ""
    size = gcode.size_mm
    if any(size) and not fits_bed(size, own.bed_mm):
        return f"it is {size[0]:.0f} x {size[1]:.0f} x {size[2]:.0f} mm, larger than {address.name} can print"
    return ""


def mismatch(gcode: Gcode, address: Address) -> str:
    """Why what is loaded does not suit the moves: material and colours; "" when it does or is not known."""
    if address.material and gcode.material and address.material.casefold() != gcode.material.casefold():
        return f"it wants {gcode.material}, and {address.name} has {address.material}"
    if not address.colours:
        return f"it wants {len(gcode.colours)} colours at once" if len(gcode.colours) > 1 else ""
    for colour in gcode.colours:
        if min(_apart(colour, loaded) for loaded in address.colours) > NEAR:
            return f"it wants {colour}, which {address.name} has not"
    return ""


def _apart(one: str, other: str) -> float:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs))
