"""Printing: a plate to a printer, once, and watched until it has ended.

This stage changes the world and not a folder, so it is none of the pipeline's: what it did stands in the
queue (``fabricate.printers.queue``). A job is carried on from wherever it stands, so that running the same
command again after a power cut goes on.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fabricate.errors import PrinterError
from fabricate.events import Progress, silent
from fabricate.printers import Busy, Printer, Status, config, connect
from fabricate.printers.queue import ENDED, UNDER_WAY, Job, Queue
from fabricate.stages._print_files import plates_of
from fabricate.stages._print_send import ANY, holding, kept, resume, send
from fabricate.stages._print_watch import EVERY_S, settle, watch

__all__ = ["ANY", "cancel", "carry", "confirm", "halt", "settle", "submit", "watch"]

NAME = "print"


def submit(
    queue: Queue, subject: Path, wanted: str, *, again: bool = False
) -> tuple[list[Job], Sequence[PrinterError]]:
    """A job for every plate of a run folder or a file, and the refusals of plates that were sent before.

    Raises the first refusal when all plates were.
    """
    if wanted != ANY:
        config.find(wanted)
    jobs: list[Job] = []
    refused: list[PrinterError] = []
    for label, gcode in plates_of(subject):
        try:
            jobs.append(queue.submit(gcode, wanted, label, again=again)[0])
        except PrinterError as exc:
            refused.append(exc)
    if not jobs:
        raise refused[0]
    return jobs, refused


def confirm(queue: Queue, wanted: str) -> None:
    """The maker's word that the bed is clear: of one printer, or (``any``) of all.

    It does not count where a job of ours is at work, whose figure lies there when it has ended; nor, with
    ``any``, where one is unsure.
    """
    for name in config.every() if wanted == ANY else [config.find(wanted).name]:
        job = queue.at(name)
        if job is not None and wanted != ANY:
            with contextlib.suppress(PrinterError):
                job = settle(queue, job)
        if job is None or job.state not in (UNDER_WAY if wanted != ANY else (*UNDER_WAY, "unsure")):
            queue.bed(name, True)


def carry(
    queue: Queue, job: Job, progress: Progress, *, watching: bool = True, every_s: float = EVERY_S
) -> Job:
    """Bring a job as far as it goes: to a printer, started, and (``watching``) to its end.

    Raises PrinterError; the job then stands in the queue, or where it was lost sight of. A job that failed is
    sent once more when another printer may take it at once.
    """
    while True:
        before = job
        job = send(queue, job, progress) if job.state == "queued" else resume(queue, job, progress)
        printer = job.printer or before.printer
        if watching and job.state in UNDER_WAY:
            job = watch(queue, job, progress, every_s=every_s)
        if not watching or job.state != "queued":
            return job
        told = f"job {job.id} failed on {printer}: {job.message}; it is back in the queue"
        progress.warn(told)
        if job.wanted != ANY:
            raise PrinterError(
                told, f"look at the printer, then: fabricate print --printer {printer} --bed-clear"
            )


def halt(queue: Queue, job: Job, wanted: str) -> Job:
    """Pause or resume a job, and wait until the printer says so. Raises PrinterError."""
    printer = _with(job)
    before, after = ("printing", "paused") if wanted == "pause" else ("paused", "printing")
    now = printer.status()
    if now.file != job.remote or now.state != before:
        raise Busy(f"job {job.id} is not {before}: {job.printer} is {now}", "fabricate jobs shows all")
    (printer.pause if wanted == "pause" else printer.resume)()
    if not _until(printer, lambda now: now.state in (after, "finished")):
        raise PrinterError(f"{job.printer} was told to {wanted} but does not", "look at the printer")
    return settle(queue, queue.get(job.id), printer)


def cancel(queue: Queue, job: Job) -> Job:
    """End a job wherever it stands; another's job on the same printer is never touched."""
    address = config.every().get(job.printer)
    if address is None:  # it waits, or its printer was removed since
        return _cancelled(queue, job, None)
    with holding(queue, address, silent()):  # whoever is starting it now is waited for
        return _cancelled(queue, queue.get(job.id), connect(address))


def _cancelled(queue: Queue, job: Job, printer: Printer | None) -> Job:
    if job.state in ENDED:
        raise PrinterError(f"job {job.id} is {job.state} already", "fabricate jobs shows all")
    if printer is None or job.state in ("queued", "uploading", "uploaded"):
        return kept(queue, queue.move(job, "cancelled", message="cancelled before it started"), job)
    if (now := printer.status()).file == job.remote and now.at_work:
        printer.cancel()
        if not _until(printer, lambda now: not now.at_work or now.file != job.remote):
            raise PrinterError(f"{job.printer} was told to cancel but goes on", "look at the printer")
    elif job.state in UNDER_WAY:
        job = settle(queue, job, printer)
        if job.state in ENDED:
            return job
    moved = queue.move(job, "cancelled", message="cancelled by fabricate")
    if moved is None:  # whoever watches it saw the end first, and may have put it back into the queue
        job = queue.get(job.id)
        moved = job if job.state in ENDED else queue.move(job, "cancelled", message="cancelled by fabricate")
    return moved or queue.get(job.id)


def _with(job: Job) -> Printer:
    if not job.printer:
        raise PrinterError(f"job {job.id} is {job.state}: no printer has it", "fabricate jobs shows all")
    return connect(config.find(job.printer))


def _until(printer: Printer, holds: Callable[[Status], bool], limit_s: float = 40.0) -> bool:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if holds(printer.status()):
            return True
        time.sleep(0.3)
    return False
