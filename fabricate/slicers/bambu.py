"""Bambu Studio: slices a plate by the presets that it brings for its printers, to G-code or a sliced 3MF."""

from __future__ import annotations

from typing import ClassVar

from fabricate.slicers._program import Program
from fabricate.slicers._studio import Studio

__all__ = ["BambuStudio"]


class BambuStudio(Studio):
    """The slicer ``bambu``: G-code, or for Bambu printers a 3MF with the G-code inside."""

    name: ClassVar[str] = "bambu"
    program: ClassVar[Program] = Program(
        label="Bambu Studio",
        variable="FABRICATE_BAMBU_STUDIO",
        names=("bambu-studio", "BambuStudio", "bambu-studio.exe"),
        places=(
            "/Applications/BambuStudio.app/Contents/MacOS/BambuStudio",
            "~/Applications/BambuStudio.app/Contents/MacOS/BambuStudio",
            "C:/Program Files/Bambu Studio/bambu-studio.exe",
        ),
        installs={
            "mac": "install it: brew install --cask bambu-studio",
            "windows": "install it: winget install Bambulab.Bambustudio",
            "": "install Bambu Studio (bambulab.com/download/studio)",
        },
    )
