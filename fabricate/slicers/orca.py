"""OrcaSlicer: slices a plate by the presets that it brings for its printers, to G-code or a sliced 3MF."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from fabricate.artifacts import Gcode
from fabricate.backends import Plate
from fabricate.events import Progress
from fabricate.slicers._program import Program, absence, found
from fabricate.slicers._studio import slice_plate

__all__ = ["PROGRAM", "OrcaSlicer"]

PROGRAM = Program(
    label="OrcaSlicer",
    variable="FABRICATE_ORCA_SLICER",
    names=("orca-slicer", "OrcaSlicer", "orcaslicer", "orca-slicer.exe"),
    places=(
        "/Applications/OrcaSlicer.app/Contents/MacOS/OrcaSlicer",
        "~/Applications/OrcaSlicer.app/Contents/MacOS/OrcaSlicer",
        "C:/Program Files/OrcaSlicer/orca-slicer.exe",
    ),
    installs={
        "mac": "install it: brew install --cask orcaslicer",
        "windows": "install it: winget install SoftFever.OrcaSlicer",
        "": "install OrcaSlicer (orcaslicer.com)",
    },
)


class Options(BaseModel):
    """None of its own: the keys of ``[slice]`` are every slicer's."""

    model_config = ConfigDict(extra="forbid")


class OrcaSlicer:
    """The slicer ``orca``: G-code, or for Bambu printers a 3MF with the G-code inside."""

    name: ClassVar[str] = "orca"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "AGPL-3.0: the program; what it writes is yours"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def absent(self) -> str:
        """Why OrcaSlicer cannot slice here; empty when it can."""
        return "" if found(PROGRAM) else str(absence(PROGRAM)).replace("\n", ": ")

    def slice(self, plate: Plate, stem: Path, progress: Progress) -> Gcode:
        """The plate as ``stem.gcode``, or ``stem.gcode.3mf`` for a printer that takes that.

        Raises SliceError when there is no OrcaSlicer, when it refuses or takes longer than the plate's
        ``limit_s``, or when what it wrote is not the plate.
        """
        return slice_plate(PROGRAM, plate, stem, progress)
