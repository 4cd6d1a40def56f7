"""A folder: an SD card, or one that a printer's own program watches. A file is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.printers import Address, Outcome, Status, Unreachable

__all__ = ["Folder"]

_SPARE_BYTES = 1 << 20


class Folder:
    """Puts files into a folder; starting them is the maker's, on the printer."""

    def __init__(self, address: Address, timeout_s: float = 0.0) -> None:
        self.address = address
        self.folder = Path(address.url).expanduser()

    def about(self) -> str:
        """The folder and its room."""
        self._there()
        free = shutil.disk_usage(self.folder).free
        if not os.access(self.folder, os.W_OK):
            raise PrinterError(f"cannot write in {self.folder}", "check whether the card is locked")
        return f"folder {self.folder}, {free / 1e9:.1f} GB free"

    def status(self) -> Status:
        """Always free, as long as it is there."""
        self._there()
        return Status("idle")

    def takes(self, gcode: Gcode) -> str:
        """Anything that is sliced."""
        return "it is a project that must be sliced first" if gcode.kind == "project" else ""

    def upload(self, path: Path, name: str, sha256: str) -> str:
        """Copy it aside, compare, rename: whoever watches the folder never sees half a file."""
        self._there()
        target, aside = self.folder / name, self.folder / f".{name}.part"
        size = path.stat().st_size
        if shutil.disk_usage(self.folder).free < size + _SPARE_BYTES:
            raise PrinterError(f"the disk that holds {self.folder} is full", "make room there")
        try:
            shutil.copyfile(path, aside)
            disk.sync(aside)
            if disk.digest(aside) != sha256:
                raise PrinterError(
                    f"what {self.folder} holds differs from what was written", "try another card"
                )
            os.replace(aside, target)
            disk.sync(self.folder)
        except OSError as exc:
            raise disk.complaint(exc, self.folder) or exc from exc
        finally:
            aside.unlink(missing_ok=True)
        return name

    def start(self, name: str) -> None:
        """Nothing to ask for: whoever watches the folder takes it, or the maker carries the card."""
        if not (self.folder / name).is_file():
            raise PrinterError(f"{self.folder / name} has gone", "send it again: --again")

    def outcome(self, name: str, last: Status | None) -> Outcome:
        """Delivered is all that can be known."""
        return "finished"

    def pause(self) -> None:
        """There is nobody to ask."""
        raise PrinterError(f"{self.address.name} is a folder", "pause it on the printer itself")

    resume = pause
    cancel = pause

    def _there(self) -> None:
        if not self.folder.is_dir():
            raise Unreachable(f"there is no folder at {self.folder}", "put the card in, or mend its address")
