"""``fabricate print``: sliced plates to a printer, each once, and watched to their end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal
from fabricate.errors import FabricateError, PrinterError
from fabricate.events import Event, Progress

if TYPE_CHECKING:
    from fabricate.printers.queue import Job, Queue

__all__ = ["Left", "known", "leave", "print_", "printed"]

FILE = click.Path(path_type=Path)


@click.command(name="print", epilog="Example: fabricate print out/maya --printer workshop --bed-clear")
@click.argument("subject", type=FILE, required=False)
@click.option("--printer", metavar="NAME", help="A printer that was added, or any: a free one that fits.")
@click.option("--bed-clear", is_flag=True, help="You looked: nothing lies on the bed.")
@click.option("--again", is_flag=True, help="Print it though it was printed before.")
@click.option("--watch/--no-watch", "watching", default=True, help="Stay until it has ended.")
@speaking
def print_(
    subject: Path | None,
    printer: str | None,
    bed_clear: bool,
    again: bool,
    watching: bool,
    json: bool,
    quiet: bool,
) -> int:
    """Print SUBJECT (a run folder with sliced plates, or a G-code file); without it, what waits in the queue.

    The same command again after a power cut goes on where it was; nothing is printed twice without --again.
    ^C leaves the printer printing.
    """
    with Terminal(json=json, quiet=quiet) as terminal:
        return printed(terminal, subject, printer, bed_clear=bed_clear, again=again, watching=watching)


def printed(
    terminal: Terminal,
    subject: Path | None,
    printer: str | None,
    *,
    bed_clear: bool,
    again: bool = False,
    watching: bool = True,
    extra: dict[str, object] | None = None,
) -> int:
    """Send, watch and tell; the exit status. ``extra`` stands beside the jobs in the JSON object."""
    from fabricate.printers.queue import ENDED, Queue
    from fabricate.stages import print as stage

    queue = Queue()
    name = known(printer or _own(subject))
    if bed_clear:
        stage.confirm(queue, name)
    if subject is None:
        jobs = [
            job
            for job in queue.jobs()
            if job.state not in ENDED
            and (stage.ANY in (name, job.wanted) or name in (job.wanted, job.printer))
        ]
        if not jobs:
            raise PrinterError(f"nothing waits for {name}", "fabricate print RUN --printer NAME")
        refused: Sequence[PrinterError] = ()
    else:
        jobs, refused = stage.submit(queue, subject, name, again=again)
    progress = Progress("print", terminal.hear)
    terminal.hear(Event("start", "print"))
    for refusal in refused:
        progress.warn(f"{refusal.message}; {refusal.hint}")
    ended, first = _carried(queue, jobs, progress, watching)
    terminal.hear(Event("done", "print"))
    _say(terminal, ended)
    if first is not None and all(job.state == "queued" for job in ended):
        raise first
    terminal.result({**(extra or {}), "jobs": [job.to_json() for job in ended]})
    return 1 if any(job.state in ("failed", "cancelled", "unsure") for job in ended) else 0


def _own(subject: Path | None) -> str | None:
    """The printer of the run's own spec."""
    if subject is None or not (subject / "spec.toml").is_file():
        return None
    from fabricate.spec import load

    return load(subject / "spec.toml").print.printer


def known(name: str | None) -> str:
    """The name, when there is such a printer (or it is ``any``); without one, the only printer there is.

    Raises PrinterError.
    """
    from fabricate.printers import config
    from fabricate.stages.print import ANY

    if name not in (None, ANY):
        return config.find(str(name)).name
    there = list(config.some())
    if name == ANY:
        return ANY
    if len(there) > 1:
        raise PrinterError("which printer?", f"--printer any, or one of {', '.join(there)}")
    return there[0]


def _carried(
    queue: Queue, jobs: Sequence[Job], progress: Progress, watching: bool
) -> tuple[list[Job], PrinterError | None]:
    """The jobs as they stand in the end, and the first refusal: all are started before one is watched."""
    from fabricate.printers.queue import UNDER_WAY
    from fabricate.stages import print as stage

    first: PrinterError | None = None
    several = len(jobs) > 1
    for job in jobs:
        try:
            stage.carry(queue, job, progress, watching=watching and not several)
        except PrinterError as exc:
            first = first or exc
            if not several:
                raise
        except KeyboardInterrupt:
            leave(queue.get(job.id))
    for job in jobs if several and watching else ():
        if queue.get(job.id).state in UNDER_WAY:
            try:
                stage.carry(queue, queue.get(job.id), progress)
            except PrinterError as exc:
                progress.warn(f"{exc.message}; {exc.hint}")
            except KeyboardInterrupt:
                leave(queue.get(job.id))
    return [queue.get(job.id) for job in jobs], first


def leave(job: Job) -> None:
    """^C: what goes on, and how to end it."""
    from fabricate.cli import Stopped
    from fabricate.printers.queue import UNDER_WAY

    if job.state in ("starting", *UNDER_WAY):
        raise Left(
            f"no longer watching: job {job.id} goes on on {job.printer}",
            f"fabricate jobs watch {job.id}; to end it: fabricate jobs cancel {job.id}",
        )
    raise Stopped(f"stopped: job {job.id} is {job.state}", "run the same command again to go on")


class Left(FabricateError):
    """^C while a printer works: it goes on."""

    exit_code = 130


def _say(terminal: Terminal, jobs: Sequence[Job]) -> None:
    for job in jobs:
        where = f" on {job.printer}" if job.printer else ""
        why = f": {job.message}" if job.message else ""
        terminal.say(f"job {job.id}: {job.label} {job.state}{where}{why}")
        if job.state == "printing":
            terminal.say(f"  fabricate jobs watch {job.id}, fabricate jobs cancel {job.id}")
        elif job.state == "queued":
            terminal.say("  once a bed is clear: fabricate print --printer NAME --bed-clear")
        elif job.state == "unsure":
            terminal.say(
                f"  look at its bed: --again prints it once more, else fabricate jobs cancel {job.id}"
            )
