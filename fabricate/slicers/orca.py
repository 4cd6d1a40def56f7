"""OrcaSlicer: slices a plate by the presets that it brings for its printers, to G-code or a sliced 3MF."""

from __future__ import annotations

from typing import ClassVar

from fabricate.slicers._program import Program
from fabricate.slicers._studio import Studio

__all__ = ["OrcaSlicer"]


class OrcaSlicer(Studio):
    """The slicer ``orca``: G-code, or for Bambu printers a 3MF with the G-code inside."""

    name: ClassVar[str] = "orca"
    program: ClassVar[Program] = Program(
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
