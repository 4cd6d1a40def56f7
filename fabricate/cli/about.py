"""The commands beside the line: start a spec, and measure what is promised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fabricate.cli.flags import speaking
from fabricate.cli.subject import slug
from fabricate.cli.terminal import Terminal

if TYPE_CHECKING:
    from fabricate.events import Listener

__all__ = ["bench", "new"]

FILE = click.Path(path_type=Path)


@click.command(
    epilog="Example: fabricate new maya, then edit maya/maya.toml, then fabricate make maya/maya.toml"
)
@click.argument("folder", type=FILE, metavar="DIR")
@click.option("--name", metavar="TEXT", help="Name of the figure; else the folder's.")
@speaking
def new(folder: Path, name: str | None, json: bool, quiet: bool) -> int:
    """Write a commented spec into DIR, ready for make."""
    import tomli_w

    from fabricate import disk, resources
    from fabricate.errors import RunError

    name = name or folder.resolve().name.replace("-", " ").title()
    line = tomli_w.dumps({"name": name})
    text = resources.find("specs", "starter").read_text(encoding="utf-8").replace('name = ""\n', line, 1)
    path = folder / f"{slug(folder.resolve().name)}.toml"
    if path.exists():
        raise RunError(f"{path} is there already", "edit it, or choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disk.write(path, text.encode(), folder / f".{path.name}.part")
    except OSError as exc:
        raise disk.complaint(exc, folder) or exc from exc
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"{path}\n\nEdit it, then: fabricate make {path}")
    terminal.result({"file": str(path)})
    return 0


@click.command(epilog="Example: fabricate bench kit preview; or fabricate bench prepare broken-meshes/")
@click.argument("what", nargs=-1, metavar="[WHAT]... | prepare DIR | lift [DIR]")
@speaking
def bench(what: tuple[str, ...], json: bool, quiet: bool) -> int:
    """Measure on this machine the numbers that we promise: all of them, or those named.

    With "prepare DIR", mend every mesh of a folder beside other programs that mend. With "lift", lift
    figures that the network never saw, or the pictures of a folder with their meshes, beside inflation.
    """
    from fabricate import bench as benches

    with Terminal(json=json, quiet=quiet) as terminal:
        if what[:1] == ("prepare",):
            text, data = _prepare_bench(what[1:], terminal.hear)
        elif what[:1] == ("lift",):
            text, data = _lift_bench(what[1:], terminal.hear)
        else:
            numbers = benches.measure(what, listener=terminal.hear)
            on = benches.machine()
            text, data = benches.to_text(numbers, on), benches.to_json(numbers, on)
    terminal.say(text)
    terminal.result(data)
    return 0


def _prepare_bench(folders: tuple[str, ...], hear: Listener) -> tuple[str, dict[str, Any]]:
    """Every mesh of a folder, mended by us and by each peer that is installed; what comes after mending."""
    import dataclasses

    from fabricate import thicken_bench
    from fabricate.corpus_bench import measure_prepare, to_markdown
    from fabricate.events import Event, Progress

    if len(folders) != 1 or not Path(folders[0]).is_dir():
        raise click.UsageError("bench prepare wants one folder of meshes: fabricate bench prepare DIR")
    hear(Event("start", "prepare", f"every mesh of {folders[0]}"))
    progress = Progress("prepare", hear)
    rows = measure_prepare(Path(folders[0]), progress)
    thick = thicken_bench.measure_thickening(Path(folders[0]), progress)
    chain = thicken_bench.measure_chain(progress)
    data = {
        "rows": [dataclasses.asdict(row) for row in rows],
        "thickening": [dataclasses.asdict(row) for row in thick],
        "chain": dataclasses.asdict(chain),
    }
    return f"{to_markdown(rows)}\n\n{thicken_bench.to_markdown(thick, chain)}", data


def _lift_bench(folders: tuple[str, ...], hear: Listener) -> tuple[str, dict[str, Any]]:
    """The lift beside inflation, on a folder's pictures or on figures held out from training."""
    from fabricate.events import Event, Progress
    from fabricate.lift_bench import bench_folder, to_json, to_text
    from fabricate.train.unseen import bench_unseen

    if len(folders) > 1:
        raise click.UsageError("bench lift wants one folder at the most: fabricate bench lift [DIR]")
    hear(Event("start", "lift", folders[0] if folders else "figures held out from training"))
    said = Progress("lift", hear).step
    table = bench_folder(Path(folders[0]), said=said) if folders else bench_unseen(said=said)
    return to_text(table), dict(to_json(table))
