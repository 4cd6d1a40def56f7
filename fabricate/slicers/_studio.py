"""The command line that OrcaSlicer and Bambu Studio share: presets and a 3MF in, a sliced 3MF out."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.events import Progress
from fabricate.slicers._moves import believed, read_moves, signed, with_thumbnails
from fabricate.slicers._picture import pictures
from fabricate.slicers._plate import check_extents, head_of, weighed
from fabricate.slicers._presets import trio
from fabricate.slicers._program import Program, absence, found, run
from fabricate.solid.limits import Profile

__all__ = ["arguments", "slice_plate"]

MOVES = "Metadata/plate_1.gcode"
SHOWN = {"Metadata/plate_1.png": (512, 512), "Metadata/plate_1_small.png": (128, 128)}
"""The pictures in a sliced 3MF, which a program without a display leaves out."""
WHEN = (2020, 1, 1, 0, 0, 0)


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


def slice_plate(program: Program, plate: Plate, stem: Path, progress: Progress) -> Gcode:
    """The plate as ``stem.gcode``; for a printer that takes sliced projects (Bambu) as ``stem.gcode.3mf``.

    Raises SliceError when the program is not here, refuses, or wrote something else than the plate.
    """
    profile: Profile = plate.profile
    if profile.process == "resin":
        raise SliceError(f"{program.label} slices no resin", "use --slicer prusa")
    check_extents(plate)
    tool = found(program)
    if tool is None:
        raise absence(program)
    progress.step(f"plate {plate.number}: {program.label} slices", 0.1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = arguments(plate, folder, tool, "sliced.gcode.3mf")
        ended = run(command, program.label, plate.limit_s, cwd=folder)
        out = folder / "sliced.gcode.3mf"
        if ended.status < 0 or ended.status in (134, 139):
            raise SliceError(f"{program.label} broke down", "slice the plate by hand: models/N.3mf")
        if ended.status or not out.is_file():
            why = _reason(folder) or ended.complaint or f"status {ended.status}"
            raise SliceError(f"{program.label} refused it: {why}", "check the file: fabricate check")
        return _taken(program, plate, stem, out)


def _reason(folder: Path) -> str:
    """What the program says of its failure in ``result.json``."""
    try:
        return str(json.loads((folder / "result.json").read_text(encoding="utf-8")).get("error_string", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _taken(program: Program, plate: Plate, stem: Path, sliced: Path) -> Gcode:
    profile: Profile = plate.profile
    try:
        with zipfile.ZipFile(sliced) as archive:
            data = archive.read(MOVES)
    except (zipfile.BadZipFile, KeyError) as exc:
        raise SliceError(f"{program.label} wrote no moves", "slice the plate by hand: models/N.3mf") from exc
    moves = read_moves(data)
    layer = plate.layer_mm or profile.layer_mm
    height = plate.high[2] - plate.low[2]
    box = (plate.low, plate.high)
    layers = believed(moves, profile, height, program.label, layer_mm=layer, box=box)
    whole = profile.machine.output == "project"
    if whole:
        target = stem.with_name(f"{stem.name}.gcode.3mf")
        _with_pictures(sliced, target, pictures(plate.model, list(SHOWN.values())))
    else:
        target = stem.with_name(f"{stem.name}.gcode")
        shown = pictures(plate.model, profile.machine.sizes())
        text = with_thumbnails(signed(data, head_of(plate)), shown)
        disk.write(target, text, target.with_name(f".{target.name}.part"))
    left, front, right, back = moves.skin or moves.box or (0.0, 0.0, 0.0, 0.0)
    return weighed(
        plate,
        target,
        kind="gcode.3mf" if whole else "gcode",
        slicer=moves.slicer or program.label,
        layers=layers,
        height_mm=max(moves.levels),
        size_mm=(right - left, back - front, max(moves.levels)),
        seconds=moves.seconds,
        grams=moves.grams,
        metres=moves.metres,
    )


def _with_pictures(source: Path, target: Path, shown: Sequence[tuple[int, int, bytes]]) -> None:
    """The sliced 3MF with a picture of the plate where its program made none; all else as it is."""
    by_size = {(width, height): png for width, height, png in shown}
    aside = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as new:
        names = set(old.namelist())
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename, WHEN), old.read(info), zipfile.ZIP_DEFLATED)
        for name, size in SHOWN.items():
            if name not in names:
                new.writestr(zipfile.ZipInfo(name, WHEN), by_size[size], zipfile.ZIP_STORED)
    aside.replace(target)
