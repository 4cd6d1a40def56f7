"""The commands of the line: make, and each stage alone on a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fabricate.cli.flags import modelled, modelling, over, shared, speaking
from fabricate.cli.print import known, printed
from fabricate.cli.subject import resolve
from fabricate.cli.terminal import Terminal
from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.pipeline import Result

__all__ = ["card", "lift", "make", "prepare", "stylize"]

PURPOSE = {
    "figure.stl": "the whole figure, one solid, for any slicer",
    "figure.3mf": "the same in parts and colours",
    "figure.glb": "to turn around on a screen",
    "accessories.3mf": "the accessories, each by itself",
    "card.pdf": "the card, ready for a print shop",
    "card.png": "the card at 300 dpi",
    "card.svg": "the card for a cutter or for editing",
    "preview.png": "front, three-quarter and back",
    "report.html": "what the print gate measured",
    "report.json": "the same, for programs",
}

MOVES = {
    ".gcode": "a plate's moves, for the printer",
    ".sl1": "a plate's layers, for a resin printer",
    ".gcode.3mf": "a plate's moves, for a Bambu printer",
    ".project.3mf": "a plate to open in Bambu Studio and slice there",
}
"""What a plate is for, by how its name ends."""

FILE = click.Path(path_type=Path)
STAGES = ("stylize", "lift", "prepare", "card", "slice")


@click.command(
    epilog="Example: fabricate make selfie.jpg --name Maya --title 'Ceramics teacher' --accessory mug"
)
@click.argument("subject", type=FILE, required=False)
@click.option("-o", "--out", type=FILE, metavar="DIR", help="Where to; else out/NAME.")
@click.option("--as", "wanted", type=click.Choice(["photo", "picture"]), help="What SUBJECT is.")
@click.option(
    "--remake",
    multiple=True,
    type=click.Choice(STAGES),
    help="Make this stage anew, dropping hand edits; repeatable.",
)
@click.option("--strict", is_flag=True, help="Warnings of the print gate count as a refusal.")
@click.option("--slice", "slicing", is_flag=True, help="Slice it too, for slice.profile: plates/N.gcode.")
@click.option("--print", "printing", is_flag=True, help="Slice and print it too, and watch it to its end.")
@click.option("--printer", metavar="NAME", help="Where to print: fabricate printers list; or any.")
@click.option("--bed-clear", is_flag=True, help="You looked: nothing lies on the printer's bed.")
@click.option("--again", is_flag=True, help="Print it though it was printed before.")
@modelling("--model", "--download", "--accept-licence", "--seeds", "--tries")
@shared()
@speaking
def make(
    subject: Path | None,
    out: Path | None,
    wanted: str | None,
    remake: tuple[str, ...],
    strict: bool,
    slicing: bool,
    printing: bool,
    printer: str | None,
    bed_clear: bool,
    again: bool,
    sets: tuple[str, ...],
    json: bool,
    quiet: bool,
    **flags: Any,
) -> int:
    """Make a figure and its card from SUBJECT: a spec (.toml), a photo, or words alone.

    Run it again after a change and only what changed is made anew. A file in the folder that you edited by
    hand is kept, and what follows from it is remade.
    """
    sets = (*sets, f"print.printer={printer!r}") if printer else sets
    spec, folder = resolve(subject, wanted, over(sets, flags), out)
    spec = modelled(spec, flags, strict=strict)
    from fabricate import pipeline

    if printing:
        printer = known(spec.print.printer)
    stages = pipeline.SLICED if slicing or printing or "slice" in remake else pipeline.STAGES
    with Terminal(json=json, quiet=quiet) as terminal:
        result = pipeline.make(spec, folder, listener=terminal.hear, remake=remake, stages=stages)
        status, told = _tell(terminal, result, strict), result.to_json()
        if printing and status == 0:
            return printed(terminal, folder, printer, bed_clear=bed_clear, again=again, extra=told)
    terminal.result(told)
    return status


@click.command(epilog="Example: fabricate card out/maya --card classic --title 'Potter'")
@click.argument("folder", type=FILE)
@shared("--card", "--name", "--title")
@speaking
def card(folder: Path, sets: tuple[str, ...], json: bool, quiet: bool, **flags: Any) -> int:
    """Make only the card anew, in a FOLDER that make has filled; the figure stays as it is."""
    from fabricate import pipeline
    from fabricate.spec import load

    spec = load(folder / "spec.toml", over(sets, flags))
    with Terminal(json=json, quiet=quiet) as terminal:
        result = pipeline.make(spec, folder, listener=terminal.hear, only=("card",))
    return _finish(terminal, result, False)


@click.command(epilog="Example: fabricate stylize --describe 'red curly hair, green dungarees' -o view.png")
@click.argument("subject", type=FILE, required=False)
@click.option("-o", "--out", type=FILE, required=True, metavar="PNG", help="The front view to write.")
@click.option("--as", "wanted", type=click.Choice(["photo", "picture"]), help="What SUBJECT is.")
@modelling()
@shared()
@speaking
def stylize(
    subject: Path | None,
    out: Path,
    wanted: str | None,
    sets: tuple[str, ...],
    json: bool,
    quiet: bool,
    **flags: Any,
) -> int:
    """Make the front view alone: a PNG, and beside it a .json that lift reads."""
    spec, _folder = resolve(subject, wanted, over(sets, flags), out)
    spec = modelled(spec, flags, ("stylize",))
    from fabricate.cli import alone

    with Terminal(json=json, quiet=quiet) as terminal:
        view = alone.stylize(spec, out, Progress("stylize", terminal.hear))
    terminal.say(f"{out}")
    _tell_notes(terminal, view.understood, "Taken from photo and words:")
    terminal.result({"file": str(out), "size_px": list(view.image.size), "notes": list(view.understood)})
    return 0


@click.command(epilog="Example: fabricate lift view.png -o figure.glb")
@click.argument("picture", type=FILE)
@click.option("-o", "--out", type=FILE, metavar="GLB", help="The solid to write; else beside the picture.")
@modelling("--model", "--download", "--accept-licence")
@shared("--lift", "--height", "--process")
@speaking
def lift(
    picture: Path, out: Path | None, sets: tuple[str, ...], json: bool, quiet: bool, **flags: Any
) -> int:
    """Lift a front view (PNG) to a coloured solid (GLB)."""
    from fabricate import spec
    from fabricate.cli import alone

    out = out or picture.with_suffix(".glb")
    wanted = modelled(spec.from_mapping(over(sets, flags), source="the flags"), flags, ("lift",))
    with Terminal(json=json, quiet=quiet) as terminal:
        lifted = alone.lift(wanted, picture, out, Progress("lift", terminal.hear))
    terminal.say(f"{out}")
    terminal.result({"file": str(out), "backend": lifted.backend, "parts": sorted(lifted.parts)})
    return 0


@click.command(epilog="Example: fabricate prepare scan.ply -o out/scan --height 120 --base none")
@click.argument("mesh", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, metavar="DIR", help="The folder to fill.")
@click.option("--strict", is_flag=True, help="Warnings of the print gate count as a refusal.")
@shared(
    *(
        "--height",
        "--process",
        "--base",
        "--base-mm",
        "--colours",
        "--palette",
        "--name",
        "--parts",
        "--split",
    ),
    *("--hollow", "--orient", "--up", "--units"),
)
@speaking
def prepare(
    mesh: Path, out: Path, strict: bool, sets: tuple[str, ...], json: bool, quiet: bool, **flags: Any
) -> int:
    """Make any MESH (STL, OBJ, GLB, PLY, 3MF) printable: size, base, name, print gate."""
    from fabricate import pipeline, spec

    wanted = spec.from_mapping(over(sets, flags), source="the flags")
    with Terminal(json=json, quiet=quiet) as terminal:
        result = pipeline.prepare_file(mesh, out, wanted, listener=terminal.hear)
    return _finish(terminal, result, strict)


def _tell_notes(terminal: Terminal, notes: Sequence[str], heading: str) -> None:
    if notes:
        terminal.say()
        terminal.say(heading)
        terminal.items(notes)


def _purpose(name: str) -> str:
    if name.startswith("plates/"):
        return MOVES.get("".join(Path(name).suffixes), "")
    return PURPOSE.get(name, "")


def _finish(terminal: Terminal, result: Result, strict: bool) -> int:
    """What came of a run, for people and as JSON; the exit status."""
    terminal.result(result.to_json())
    return _tell(terminal, result, strict)


def _tell(terminal: Terminal, result: Result, strict: bool) -> int:
    """What came of a run, for people alone; the exit status: 3 when the gate refused it.

    ``strict``: the gate's warnings are a refusal too.
    """
    terminal.say(f"{result.folder}  ({result.seconds:.1f} s)")
    terminal.say()
    terminal.table([(f"  {name}", _purpose(name)) for name in result.files])
    for record in result.stages:
        heading = "Taken from photo and words:" if record.stage == "stylize" else f"About {record.stage}:"
        _tell_notes(terminal, record.notes, heading)
    terminal.say()
    if result.printable is False or (strict and result.warnings):
        terminal.say("Not printable:")
        terminal.items((*result.failed, *(result.warnings if strict else ())))
        return 3
    if result.printable:
        size = result.summary.get("prepare", {})
        sides = " x ".join(f"{side:.0f}" for side in size.get("size_mm", ()) if side is not None)
        terminal.say(f"Printable: {sides} mm, about {size.get('grams', 0):.0f} g")
        terminal.items(result.warnings)
    return 0
