"""``fabricate jobs``: what is to be printed, where it is, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal
from fabricate.errors import PrinterError
from fabricate.events import Event, Progress

if TYPE_CHECKING:
    from fabricate.printers.queue import Job

__all__ = ["jobs"]

MOST = 10
"""How many ended jobs are listed."""


@click.group(
    invoke_without_command=True,
    epilog="Example: fabricate jobs; fabricate jobs cancel 3",
)
@click.option("--all", "everything", is_flag=True, help=f"All that ended too, not just the last {MOST}.")
@click.option("--ask/--no-ask", "asking", default=True, help="Ask the printers how far they are.")
@speaking
@click.pass_context
def jobs(ctx: click.Context, everything: bool, asking: bool, json: bool, quiet: bool) -> int:
    """List the print jobs; pause, resume, cancel or watch one of them."""
    if ctx.invoked_subcommand is not None:
        return 0
    from fabricate.printers import config, connect
    from fabricate.printers.queue import ENDED, UNDER_WAY, Queue
    from fabricate.stages import print as stage

    terminal = Terminal(json=json, quiet=quiet)
    queue = Queue()
    silent: dict[int, str] = {}
    for job in queue.jobs(*UNDER_WAY) if asking else ():
        try:
            stage.settle(queue, job, connect(config.find(job.printer), timeout_s=4.0))
        except PrinterError as exc:
            silent[job.id] = exc.message
    found = queue.jobs()
    ended = [job for job in found if job.state in ENDED]
    shown = [job for job in found if everything or job.state not in ENDED or job in ended[-MOST:]]
    rows = [
        (
            str(job.id),
            job.state,
            "" if job.fraction is None else f"{job.fraction * 100:.0f} %",
            job.printer or job.wanted,
            job.label,
            silent.get(job.id) or job.message,
        )
        for job in shown
    ]
    if rows:
        terminal.table(rows, ("job", "state", "done", "printer", "what", ""))
    else:
        terminal.say("no jobs: fabricate print RUN --printer NAME")
    terminal.result({"jobs": [{**job.to_json(), "silent": silent.get(job.id, "")} for job in shown]})
    return 0


@jobs.command(epilog="Example: fabricate jobs pause 3")
@click.argument("number", type=int)
@speaking
def pause(number: int, json: bool, quiet: bool) -> int:
    """Pause a job."""
    return _halt(number, "pause", Terminal(json=json, quiet=quiet))


@jobs.command(epilog="Example: fabricate jobs resume 3")
@click.argument("number", type=int)
@speaking
def resume(number: int, json: bool, quiet: bool) -> int:
    """Let a paused job go on."""
    return _halt(number, "resume", Terminal(json=json, quiet=quiet))


@jobs.command(epilog="Example: fabricate jobs cancel 3")
@click.argument("number", type=int)
@speaking
def cancel(number: int, json: bool, quiet: bool) -> int:
    """Cancel a job, whether it waits or prints."""
    from fabricate.printers.queue import Queue
    from fabricate.stages import print as stage

    queue = Queue()
    return _told(stage.cancel(queue, queue.get(number)), Terminal(json=json, quiet=quiet))


@jobs.command(epilog="Example: fabricate jobs watch 3")
@click.argument("number", type=int)
@speaking
def watch(number: int, json: bool, quiet: bool) -> int:
    """Watch a job to its end; ^C leaves it printing."""
    from fabricate.cli.print import leave
    from fabricate.printers.queue import AT_PRINTER, Queue
    from fabricate.stages import print as stage

    queue = Queue()
    job = queue.get(number)
    if job.state not in AT_PRINTER:
        raise PrinterError(
            f"job {job.id} is {job.state}: there is nothing to watch", "fabricate jobs shows all"
        )
    with Terminal(json=json, quiet=quiet) as terminal:
        terminal.hear(Event("start", "print"))
        try:
            job = stage.carry(queue, job, Progress("print", terminal.hear))
        except KeyboardInterrupt:
            leave(queue.get(number))
        terminal.hear(Event("done", "print"))
    _told(job, terminal)
    return 0 if job.state == "finished" else 1


def _halt(number: int, wanted: str, terminal: Terminal) -> int:
    from fabricate.printers.queue import Queue
    from fabricate.stages import print as stage

    queue = Queue()
    return _told(stage.halt(queue, queue.get(number), wanted), terminal)


def _told(job: Job, terminal: Terminal) -> int:
    """Say how a job stands now."""
    terminal.say(f"job {job.id}: {job.state}" + (f": {job.message}" if job.message else ""))
    terminal.result({"job": job.to_json()})
    return 0
