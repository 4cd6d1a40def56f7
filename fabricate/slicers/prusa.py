"""PrusaSlicer: slices a plate for real, for filament or for resin.

It ends with 0 though the model is too tall or beside the bed, and prints each part of a 3MF on the plate
though it belongs above another: so the extents are looked at before, and the moves it wrote after.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from fabricate.artifacts import Gcode, clock
from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.events import Progress
from fabricate.slicers._moves import believed, read_moves
from fabricate.slicers._picture import pictures
from fabricate.slicers._plate import check_extents, looked_at, of_moves, weighed, write_moves
from fabricate.slicers._program import Installed, Program, found, needed, run
from fabricate.slicers._prusa_ini import settings
from fabricate.slicers._resin import read_sl1, rewrite_sl1
from fabricate.solid.limits import Profile

__all__ = ["PROGRAM", "PrusaSlicer", "Sliced", "program", "settings", "slice_file"]

PROGRAM = Program(
    label="PrusaSlicer",
    variable="FABRICATE_PRUSA_SLICER",
    names=("prusa-slicer", "PrusaSlicer", "prusa-slicer-console", "prusa-slicer-console.exe"),
    places=(
        "/Applications/PrusaSlicer.app/Contents/MacOS/PrusaSlicer",
        "~/Applications/PrusaSlicer.app/Contents/MacOS/PrusaSlicer",
        "C:/Program Files/Prusa3D/PrusaSlicer/prusa-slicer-console.exe",
    ),
    installs={
        "debian": "install it: sudo apt install prusa-slicer",
        "fedora": "install it: sudo dnf install prusa-slicer",
        "arch": "install it: sudo pacman -S prusa-slicer",
        "mac": "install it: brew install --cask prusaslicer",
        "windows": "install it: winget install Prusa3D.PrusaSlicer",
        "": "install PrusaSlicer (prusa3d.com)",
    },
)
PERCENT = re.compile(r"^(\d{1,3}) => (.*?)(?: to .*)?$")


@dataclass(frozen=True)
class Sliced:
    """A slice that was looked at: layers, seconds to print, grams of material, height in mm."""

    slicer: str
    layers: int
    seconds: float
    grams: float
    height_mm: float

    def __str__(self) -> str:
        return f"{self.slicer} slices it: {self.layers:,} layers, {self.clock}, {self.grams:.0f} g"

    @property
    def clock(self) -> str:
        """The time in hours and minutes."""
        return clock(self.seconds)


class PrusaSlicer(Installed):
    """The slicer ``prusa``: G-code for filament, SL1 for resin."""

    name: ClassVar[str] = "prusa"
    program: ClassVar[Program] = PROGRAM

    def slice(self, plate: Plate, stem: Path, progress: Progress) -> Gcode:
        """The plate as ``stem.gcode``, or ``stem.sl1`` for resin, with pictures of it inside.

        Raises SliceError when there is no PrusaSlicer, when it refuses or takes longer than the plate's
        ``limit_s``, or when what it wrote is not the plate.
        """
        check_extents(plate)
        profile: Profile = plate.profile
        far = 0.0

        def heard(line: str) -> None:
            nonlocal far
            if told := PERCENT.match(line):
                far = max(far, int(told[1]) / 100)  # it tells of things done side by side
                progress.step(f"plate {plate.number}: {told[2].lower()}", far)

        ini = settings(profile, plate=plate)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / ("moves.sl1" if profile.process == "resin" else "moves.gcode")
            _run(plate.model, ini, out, profile, plate.limit_s, in_place=True, heard=heard)
            return _cured(plate, stem, out) if profile.process == "resin" else _printed(plate, stem, out)


def _printed(plate: Plate, stem: Path, out: Path) -> Gcode:
    """G-code looked at, its pictures put in, at its place."""
    data = out.read_bytes()
    moves = read_moves(data)
    layers, wanted = looked_at(moves, plate, PROGRAM.label), len(plate.colours)
    if wanted > 1 and len(moves.tools) < wanted:
        raise SliceError(
            f"PrusaSlicer prints {len(moves.tools)} of {wanted} colours", "check the 3MF's colours first"
        )
    target = write_moves(plate, stem, data)
    return of_moves(plate, target, moves, kind="gcode", label=PROGRAM.label, layers=layers, around=moves.box)


def _cured(plate: Plate, stem: Path, out: Path) -> Gcode:
    """An SL1 looked at, its pictures put in, at its place."""
    made = read_sl1(out, plate.profile, plate.high[2], layer_mm=plate.layer_mm)
    target = stem.with_name(f"{stem.name}.sl1")
    rewrite_sl1(out, target, pictures(plate.model, plate.profile.machine.sizes()))
    wide, deep = (plate.high[k] - plate.low[k] for k in (0, 1))
    return weighed(
        plate,
        target,
        kind="sl1",
        slicer=made.slicer,
        layers=made.layers,
        height_mm=made.height_mm,
        size_mm=(wide, deep, made.height_mm),
        seconds=made.seconds,
        grams=(made.grams,),
        metres=(0.0,),
    )


def program() -> str | None:
    """The path of PrusaSlicer; None where there is none. ``FABRICATE_PRUSA_SLICER`` names another."""
    return found(PROGRAM)


def slice_file(
    path: Path,
    profile: Profile,
    *,
    height_mm: float,
    supports: bool = True,
    extruders: int = 1,
    limit_s: float = 180.0,
    keep: Path | None = None,
) -> Sliced:
    """The file sliced for a printer in the middle of its bed, standing as it lies; ``height_mm`` is how tall
    its solid is.

    ``keep``: where the moves are put (G-code, or SL1 for resin); else they are thrown away. Raises
    SliceError when there is no slicer, it refuses or takes longer than ``limit_s``, or what it wrote is not
    the solid on the bed.
    """
    resin = profile.process == "resin"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / ("moves.sl1" if resin else "moves.gcode")
        _run(path, settings(profile, supports=supports, extruders=extruders), out, profile, limit_s)
        if resin:
            cured = read_sl1(out, profile, height_mm)
            made = Sliced(cured.slicer, cured.layers, cured.seconds, cured.grams, cured.height_mm)
        else:
            moves = read_moves(out.read_bytes())
            layers = believed(moves, profile, height_mm, PROGRAM.label, layer_mm=profile.layer_mm)
            top, grams = max(moves.levels), sum(moves.grams)
            made = Sliced(moves.slicer or PROGRAM.label, layers, moves.seconds, grams, top)
        if keep is not None:
            shutil.move(str(out), keep)
    return made


def _run(
    path: Path,
    ini: str,
    out: Path,
    profile: Profile,
    limit_s: float,
    *,
    in_place: bool = False,
    heard: Callable[[str], None] | None = None,
) -> None:
    """PrusaSlicer on one file, ``out`` written; SliceError when it did not, or said no."""
    tool = needed(PROGRAM)
    table = out.with_suffix(".ini")
    table.write_text(ini, encoding="utf-8")
    kind = "sla" if profile.process == "resin" else "gcode"
    command = [tool, "--config-compatibility", "disable", "--load", str(table), f"--export-{kind}"]
    command += ["--dont-arrange"] if in_place else []
    ended = run([*command, str(path.resolve()), "-o", str(out)], PROGRAM.label, limit_s, heard=heard)
    if ended.status < 0 or ended.status == 134:
        raise SliceError(
            "PrusaSlicer broke down: the model is too large for the bed", "scale it down, or split it"
        )
    if ended.status:
        raise SliceError(
            f"PrusaSlicer refused it: {ended.complaint or ended.status}", "check the file: fabricate check"
        )
    if not out.is_file():
        why = ended.complaint or "it did not say why"
        raise SliceError(f"PrusaSlicer wrote nothing: {why}", "check the file: fabricate check")
