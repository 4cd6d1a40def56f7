"""The command line that OrcaSlicer and Bambu Studio share: presets and a 3MF in, a sliced 3MF out."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

from fabricate.artifacts import Gcode
from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.events import Progress
from fabricate.slicers._archive import rewrite
from fabricate.slicers._moves import read_moves
from fabricate.slicers._picture import pictures
from fabricate.slicers._plate import check_extents, looked_at, of_moves, write_moves
from fabricate.slicers._presets import trio
from fabricate.slicers._program import Installed, needed, run
from fabricate.solid.limits import Profile

__all__ = ["Studio", "arguments"]

MOVES = "Metadata/plate_1.gcode"
SHOWN = {"Metadata/plate_1.png": (512, 512), "Metadata/plate_1_small.png": (128, 128)}
"""The pictures in a sliced 3MF, which a program without a display leaves out."""
BY_HAND = "open the 3MF in it and slice there, or choose another slicer: --slicer"


def arguments(plate: Plate, folder: Path, tool: str, out: str) -> list[str]:
    """The command that slices a plate to ``folder/out``; its presets are written into ``folder``.

    Nothing is turned or moved. ``--outputdir`` is put before ``out`` as text, so ``out`` is a bare name.
    """
    files: dict[str, str] = {}
    for kind, preset in trio(plate, tool).items():
        count = len(plate.colours) if kind == "filament" else 1
        names = []
        for number in range(count):
            more = {"default_filament_colour": [plate.colours[number]]} if kind == "filament" else {}
            path = folder / (f"{kind}-{number + 1}.json" if kind == "filament" else f"{kind}.json")
            path.write_text(json.dumps(preset | more, indent=1), encoding="utf-8")
            names.append(str(path))
        files[kind] = ";".join(names)
    return [
        tool,
        *("--slice", "1"),
        *("--load-settings", f"{files['machine']};{files['process']}"),
        *("--load-filaments", files["filament"]),
        *("--arrange", "0", "--orient", "0"),
        "--allow-newer-file",
        *("--outputdir", str(folder)),
        *("--export-3mf", out),
        str(plate.model.resolve()),
    ]


class Studio(Installed):
    """A slicer of that command line."""

    def slice(self, plate: Plate, stem: Path, progress: Progress) -> Gcode:
        """The plate as ``stem.gcode``; for a printer that takes sliced projects as ``stem.gcode.3mf``.

        Raises SliceError when the program is not here, when it refuses or takes longer than the plate's
        ``limit_s``, or when what it wrote is not the plate.
        """
        profile: Profile = plate.profile
        label = self.program.label
        if profile.process == "resin":
            raise SliceError(f"{label} slices no resin", "use --slicer prusa")
        check_extents(plate)
        tool = needed(self.program)
        progress.step(f"plate {plate.number}: {label} slices", 0.1)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            out = folder / "sliced.gcode.3mf"
            ended = run(arguments(plate, folder, tool, out.name), label, plate.limit_s, cwd=folder)
            if ended.status < 0 or ended.status in (134, 139):
                raise SliceError(f"{label} broke down", BY_HAND)
            if ended.status or not out.is_file():
                why = _reason(folder) or ended.complaint or f"status {ended.status}"
                raise SliceError(f"{label} refused it: {why}", "check the file: fabricate check")
            return _taken(label, plate, stem, out)


def _reason(folder: Path) -> str:
    """What the program says of its failure in ``result.json``."""
    try:
        return str(json.loads((folder / "result.json").read_text(encoding="utf-8")).get("error_string", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _taken(label: str, plate: Plate, stem: Path, sliced: Path) -> Gcode:
    """The moves looked at, and put at their place: alone, or in the sliced 3MF where the printer takes it."""
    try:
        with zipfile.ZipFile(sliced) as archive:
            data, names = archive.read(MOVES), archive.namelist()
    except (zipfile.BadZipFile, KeyError) as exc:
        raise SliceError(f"{label} wrote no moves", BY_HAND) from exc
    moves = read_moves(data)
    layers = looked_at(moves, plate, label)
    around = moves.skin or moves.box
    if plate.profile.machine.output != "project":
        target = write_moves(plate, stem, data)
        return of_moves(plate, target, moves, kind="gcode", label=label, layers=layers, around=around)
    target = stem.with_name(f"{stem.name}.gcode.3mf")
    missing = {name: size for name, size in SHOWN.items() if name not in names}
    drawn = pictures(plate.model, list(missing.values()))
    shown = {name: png for name, (_, _, png) in zip(missing, drawn, strict=True)}
    rewrite(sliced, target, shown, method=zipfile.ZIP_DEFLATED)
    return of_moves(plate, target, moves, kind="gcode.3mf", label=label, layers=layers, around=around)
