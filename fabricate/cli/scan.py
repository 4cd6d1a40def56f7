"""``fabricate scan``: a phone scan rebuilt as a figure that prepare takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal

if TYPE_CHECKING:
    from fabricate.solid.customs import Units, Up

__all__ = ["scan"]

FILE = click.Path(path_type=Path)
AXES = ("auto", "x", "y", "z", "-x", "-y", "-z")


@click.command(
    epilog="Example: fabricate scan maya.ply -o maya.glb, then fabricate prepare maya.glb -o out/maya"
)
@click.argument("file", type=FILE, metavar="FILE")
@click.option("-o", "--out", type=FILE, metavar="GLB", help="The figure to write; else beside the scan.")
@click.option(
    "--up", type=click.Choice(AXES), default="auto", help="Which axis points up; else the floor tells."
)
@click.option(
    "--units", type=click.Choice(["auto", "mm", "cm", "m", "in"]), default="auto", help="The scan's unit."
)
@click.option(
    "--turn", type=float, default=0.0, metavar="DEG", help="Turn it further, anticlockwise from above."
)
@speaking
def scan(file: Path, out: Path | None, up: Up, units: Units, turn: float, json: bool, quiet: bool) -> int:
    """Rebuild a phone scan (PLY, OBJ, GLB; points or a mesh) as one closed, coloured figure.

    Stray points, the floor and what stands beside the figure are left out; it is set upright and turned to
    face front. Needs the extra scan.
    """
    from fabricate.cli import alone
    from fabricate.events import Progress

    out = out or file.with_name(f"{file.stem}-figure.glb")
    with Terminal(json=json, quiet=quiet) as terminal:
        made = alone.scan(file, out, Progress("scan", terminal.hear), up=up, units=units, turn=turn)
    terminal.say(f"{out}")
    terminal.items(made.notes)
    terminal.say(f"\nTo print it: fabricate prepare {out} -o out/{out.stem}")
    terminal.result({"file": str(out), **made.measures, "notes": list(made.notes)})
    return 0
