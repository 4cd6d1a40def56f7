"""``fabricate train``: render the training data, train the network of the lift, export it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal

__all__ = ["train"]

FOLDER = click.Path(path_type=Path, file_okay=False)


@contextmanager
def _needing_gpu_extra(what: str) -> Iterator[None]:
    """Around imports that only an extra brings: what is missing becomes a BackendError that names it."""
    from fabricate.errors import BackendError

    try:
        yield
    except ImportError as exc:
        raise BackendError(f"{what} needs {exc.name}", "pip install 'fabricate-figures[gpu]'") from exc


@click.group()
def train() -> None:
    """Train what ships with fabricate (needs the extra gpu, which also trains on a CPU)."""


@train.command(
    epilog="Example: fabricate train frontback out/train --shapes 20000 --steps 40000 --every 2 "
    "--begin fabricate/lifters/frontback-coarse.onnx. The same command goes on where it was stopped."
)
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--shapes", default=8000, show_default=True, help="Shapes to render before training.")
@click.option("--views", default=3, show_default=True, help="Views of each shape.")
@click.option("--side", default=128, show_default=True, help="Pixels of a view's side.")
@click.option("--steps", default=20_000, show_default=True, help="Steps of training in all.")
@click.option("--batch", default=16, show_default=True, help="Views a step.")
@click.option("--rate", default=2e-3, show_default=True, help="The highest learning rate.")
@click.option(
    "--every",
    default=1,
    show_default=True,
    help="2 sees every second pixel, as the coarse network: four times as fast.",
)
@click.option(
    "--look", default=500, show_default=True, help="Steps between validations, pictures and checkpoints."
)
@click.option(
    "--frozen", is_flag=True, help="Batch normalisations keep their statistics: faster, for training on."
)
@click.option("--workers", default=0, help="Processes that render and dress pictures; 0: one a processor.")
@click.option("--seed", default=0, show_default=True, help="Of the weights and of the order of the views.")
@click.option("--device", default="", help="cpu or cuda; else the GPU if there is one.")
@click.option(
    "--begin",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An exported network to start from, such as the one that ships; its size is kept.",
)
@click.option(
    "--export", "out", type=click.Path(path_type=Path), help="Where the ONNX file goes; else into DIR."
)
@speaking
def frontback(
    folder: Path,
    shapes: int,
    views: int,
    side: int,
    steps: int,
    batch: int,
    rate: float,
    every: int,
    frozen: bool,
    look: int,
    workers: int,
    seed: int,
    device: str,
    begin: Path | None,
    out: Path | None,
    json: bool,
    quiet: bool,
) -> int:
    """Render shapes into DIR/data, train on them in DIR/run, write DIR/frontback.onnx."""
    import os

    from fabricate.errors import SpecError

    if side % 64 or every not in (1, 2):
        raise SpecError("a view's side must be a multiple of 64, --every 1 or 2", "try --side 128 --every 1")
    with _needing_gpu_extra("training"):
        from fabricate.train.begin import exported
        from fabricate.train.export import export_checkpoint
        from fabricate.train.loop import Plan
        from fabricate.train.loop import train as run
        from fabricate.train.render import render
    # Read before hours of rendering: what is no network is told now.
    start = exported(begin) if begin else None
    terminal = Terminal(json=json, quiet=quiet)
    workers = workers or (os.cpu_count() or 1)
    render(folder / "data", shapes, side, views, workers, terminal.say)
    plan = Plan(steps, batch, rate, seed, look, workers - 1, device=device, every=every, frozen=frozen)
    state = run(folder / "data", folder / "run", plan, say=terminal.say, begin=start)
    target = out or folder / "frontback.onnx"
    worst = export_checkpoint(folder / "run" / "checkpoint.pt", target)
    terminal.say(f"{target}: {state.step} steps, differs from torch by {worst:.1e}")
    terminal.result({"file": str(target), "steps": state.step, "parity": worst})
    return 0


@train.command(epilog="Example: fabricate train export out/train/run/checkpoint.pt frontback.onnx")
@click.argument("checkpoint", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@speaking
def export(checkpoint: Path, out: Path, json: bool, quiet: bool) -> int:
    """Write the network of a CHECKPOINT as an ONNX file, checked against torch."""
    with _needing_gpu_extra("exporting"):
        from fabricate.train.export import export_checkpoint
    worst = export_checkpoint(checkpoint, out)
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"{out}: differs from torch by {worst:.1e}")
    terminal.result({"file": str(out), "parity": worst})
    return 0


@train.command(epilog="Example: fabricate train mix trained.onnx fabricate/lifters/frontback.onnx mixed.onnx")
@click.argument("first", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("second", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=0.85,
    show_default=True,
    help="Of FIRST in the mean; the rest is SECOND.",
)
@speaking
def mix(first: Path, second: Path, out: Path, share: float, json: bool, quiet: bool) -> int:
    """Write the mean of two exported networks' weights: FIRST, and what it was trained on from."""
    with _needing_gpu_extra("mixing"):
        from fabricate.train.begin import exported, mixed
        from fabricate.train.export import export as write
    worst = write(mixed(exported(first), exported(second), share), out)
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"{out}: {share:.0%} of {first.name}, differs from torch by {worst:.1e}")
    terminal.result({"file": str(out), "share": share, "parity": worst})
    return 0
