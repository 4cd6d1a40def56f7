"""What can be printed: the plates of a run folder as they were sliced, or a file of moves from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError

__all__ = ["plates_of"]

KINDS: dict[str, Literal["gcode", "sl1", "gcode.3mf"]] = {
    ".gcode": "gcode",
    ".gco": "gcode",
    ".g": "gcode",
    ".sl1": "sl1",
    ".sl1s": "sl1",
}


def plates_of(subject: Path) -> list[tuple[str, Gcode]]:
    """A label and the moves of every plate in a run folder, or of one file. Raises PrinterError."""
    if subject.is_dir():
        return _of_run(subject)
    if not subject.is_file():
        raise PrinterError(f"there is nothing at {subject}", "give a run folder, or a sliced file")
    try:
        return [(subject.name, _of_file(subject))]
    except OSError as exc:
        raise PrinterError(f"{subject} cannot be read: {exc.strerror}", "is it yours to read?") from exc


def _of_run(folder: Path) -> list[tuple[str, Gcode]]:
    found = []
    name = folder.resolve().name
    if _outdated(folder / "work"):
        raise PrinterError(
            f"the plates in {folder} were sliced from the figure as it was before",
            f"fabricate slice {folder}",
        )
    for record in sorted((folder / "work" / "slice").glob("*.json")):
        try:
            rows = _rows(json.loads(record.read_text(encoding="utf-8")))
            found += [Gcode.from_json(row, _beside(record.parent, row)) for row in rows]
        except (OSError, ValueError) as exc:
            raise PrinterError(f"{record} cannot be read: {exc}", f"fabricate slice {folder}") from exc
    if not found:
        loose = sorted((folder / "plates").glob("*.gcode"))
        if not loose:
            raise PrinterError(f"{folder} holds nothing that is sliced", f"fabricate slice {folder}")
        return [(f"{name} plate {path.stem}", _of_file(path)) for path in loose]
    found.sort(key=lambda plate: plate.plate)
    for plate in found:
        if plate.kind == "project":
            raise PrinterError(
                f"{plate.path.name} is a project, not yet sliced",
                "open it in the printer's own program and print it from there",
            )
    several = len(found) > 1
    return [(f"{name} plate {plate.plate}" if several else name, plate) for plate in found]


def _outdated(work: Path) -> bool:
    """Whether another figure was prepared since the plates were sliced, by the stages' own records."""
    try:
        sliced, prepared = (
            json.loads((work / stage / ".made.json").read_text(encoding="utf-8"))
            for stage in ("slice", "prepare")
        )
        return bool(sliced["inputs"]["before"]["prepare"] != prepared["outputs"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _rows(data: Any) -> list[Any]:
    if isinstance(data, dict) and isinstance(data.get("plates"), list):
        return list(data["plates"])
    if isinstance(data, list):
        return data
    return [data] if isinstance(data, dict) and "sha256" in data else []


def _beside(folder: Path, row: Any) -> Path:
    """The folder in which a record's file lies: its own, or ``plates`` below."""
    name = str(row.get("path", "")) if isinstance(row, dict) else ""
    below = folder / "plates"
    return below if (below / name).is_file() and not (folder / name).is_file() else folder


def _of_file(path: Path) -> Gcode:
    """What a sliced file tells of itself; its profile is unknown."""
    from fabricate.slicers._moves import read_moves

    kind = "gcode.3mf" if path.name.lower().endswith(".gcode.3mf") else KINDS.get(path.suffix.lower())
    if kind is None:
        raise PrinterError(f"{path} is not sliced", f"fabricate slice {path}")
    sha256 = disk.digest(path)
    if kind != "gcode":
        return Gcode(path, sha256, "", kind=kind, process="resin" if kind == "sl1" else "fdm")
    data = path.read_bytes()
    if b"\nG1" not in data and b"\nG0" not in data and not data.startswith((b"G1", b"G0")):
        raise PrinterError(f"{path} holds no moves", "slice it again")
    moves = read_moves(data)
    head = _settings(data)
    left, front, right, back = moves.box or (0.0, 0.0, 0.0, 0.0)
    top = max(moves.levels, default=0.0)
    material = head.get("filament_type", "").split(";")[0].split(",")[0].strip('" ')
    nozzle = head.get("nozzle_diameter", "").split(",")[0].strip()
    return Gcode(
        path,
        sha256,
        "",
        material=material,
        nozzle_mm=float(nozzle) if nozzle.replace(".", "", 1).isdecimal() else 0.0,
        layers=len(moves.levels),
        height_mm=top,
        size_mm=(right - left, back - front, top),
        seconds=moves.seconds,
        filament_grams=moves.grams,
        filament_metres=moves.metres,
        slicer=moves.slicer,
    )


def _settings(data: bytes) -> dict[str, str]:
    """The settings that slicers write as comments, ``; key = value``."""
    rows = (
        line[1:].partition(b"=") for line in data.splitlines() if line.startswith(b"; ") and b" = " in line
    )
    return {
        key.strip().decode("utf-8", "replace"): v.strip().decode("utf-8", "replace") for key, _, v in rows
    }
