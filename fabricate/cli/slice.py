"""``fabricate slice``: a finished run, or any mesh file, as a printer's moves."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fabricate.cli.flags import over, shared, speaking
from fabricate.cli.terminal import Terminal
from fabricate.errors import RunError, SubjectError
from fabricate.events import Event, Progress

if TYPE_CHECKING:
    from fabricate.spec import Spec

__all__ = ["slice_"]

FILE = click.Path(path_type=Path)


@click.command(
    "slice", epilog="Example: fabricate slice out/maya --profile prusa-mini; fabricate slice figure.stl"
)
@click.argument("subject", metavar="RUN|FILE", type=FILE)
@click.option("--profile", metavar="NAME", help="Printer profile: fabricate templates list printers.")
@click.option("--slicer", metavar="NAME", help="prusa, orca or bambu; else what is installed and fits.")
@click.option("--program", type=FILE, metavar="PATH", help="The slicer's program, when it is not on PATH.")
@click.option("-o", "--out", type=FILE, metavar="FILE", help="Of a FILE: what to write; else beside it.")
@click.option("--remake", is_flag=True, help="Of a RUN: slice again though nothing changed.")
@shared("--up", "--units")
@speaking
def slice_(
    subject: Path,
    profile: str | None,
    slicer: str | None,
    program: Path | None,
    out: Path | None,
    remake: bool,
    sets: tuple[str, ...],
    json: bool,
    quiet: bool,
    **flags: Any,
) -> int:
    """Slice a RUN (a folder that make filled) or a mesh FILE for a printer, with time, weight and cost.

    What the slicer wrote is looked at before it is believed: it ends where the figure does, leaves no layer
    out and stays on the bed. In a RUN the moves are plates/N.gcode; an unchanged figure is not sliced again.
    """
    if program is not None:
        slicer = _named(program, slicer)
    named = [f"slice.profile={profile!r}"] if profile else []
    named += [f"slice.backend={slicer!r}"] if slicer else []
    tables = over((*sets, *named), flags)
    if subject.is_dir():
        if out is not None:
            raise click.UsageError("-o goes with a FILE; what a RUN is sliced to lies in its plates/")
        return _run(subject, tables, remake, Terminal(json=json, quiet=quiet))
    if not subject.is_file():
        raise SubjectError(f"there is no file or folder {subject}", "check its name and folder")
    return _file(subject, tables, out, Terminal(json=json, quiet=quiet))


def _named(program: Path, slicer: str | None) -> str:
    """Which slicer a program is, by its name unless that is told; from here on it is that slicer's."""
    from fabricate.slicers.bambu import BambuStudio
    from fabricate.slicers.orca import OrcaSlicer
    from fabricate.slicers.prusa import PrusaSlicer

    if not program.is_file():
        raise SubjectError(f"there is no program {program}", "give the path of the slicer's program")
    variables = {each.name: each.program.variable for each in (OrcaSlicer, BambuStudio, PrusaSlicer)}
    name = slicer or next((key for key in variables if key in program.name.lower()), PrusaSlicer.name)
    if name in variables:
        os.environ[variables[name]] = str(program.absolute())
    return name


def _run(folder: Path, tables: dict[str, Any], remake: bool, terminal: Terminal) -> int:
    from fabricate import pipeline
    from fabricate.spec import load
    from fabricate.stages.slice import plates_of

    if not (folder / "spec.toml").is_file():
        raise RunError(f"{folder} is no folder that make filled", "give one, or a mesh file to slice")
    spec = load(folder / "spec.toml", tables)
    with terminal:
        result = pipeline.slice_run(folder, spec, listener=terminal.hear, anew=remake)
    record = next(each for each in result.stages if each.stage == "slice")
    plates = [
        {**each.to_json(), "path": str(folder / "plates" / each.path.name)}
        for each in plates_of(folder / "work" / "slice")
    ]
    terminal.result({**result.to_json(), "plates": plates})
    for note in record.notes:
        terminal.say(note)
    terminal.say()
    for plate in plates:
        terminal.say(f"{plate['path']}")
    return 3 if record.summary.get("refused") else 0


def _file(file: Path, tables: dict[str, Any], out: Path | None, terminal: Terminal) -> int:
    from fabricate import disk, spec
    from fabricate.stages import slice as stage

    wanted: Spec = spec.from_mapping(tables, source="the flags")
    stem = _stem(out or file)
    if stem.parent != Path() and not stem.parent.is_dir():
        raise RunError(f"there is no folder {stem.parent}", "make it first")
    began = time.monotonic()
    with terminal:
        terminal.hear(Event("start", "slice"))
        try:
            made = stage.slice_alone(file, wanted, stem.absolute(), Progress("slice", terminal.hear))
        except OSError as exc:
            raise disk.complaint(exc, stem.parent) or exc from exc
        terminal.hear(Event("done", "slice", seconds=time.monotonic() - began))
    terminal.result({"plates": [{**each.to_json(), "path": str(each.path)} for each in made]})
    for each in made:
        terminal.say(f"{each.path}: {stage.told(each)}")
    return 0


def _stem(path: Path) -> Path:
    """A file's path without its suffix (``.gcode.3mf`` is one); the kind's own is put there."""
    name = path.name
    for ending in (".gcode.3mf", ".project.3mf", path.suffix):
        if ending and name.lower().endswith(ending.lower()):
            return path.with_name(name[: -len(ending)])
    return path
