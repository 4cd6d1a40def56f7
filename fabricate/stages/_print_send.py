"""A job on its way to a printer: uploaded and started, each step on the disk before it is done."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Literal

from fabricate.errors import FabricateError, PrinterError
from fabricate.events import Progress
from fabricate.printers import (
    OVER,
    Address,
    Busy,
    Outcome,
    Printer,
    Unauthorised,
    Uncertain,
    Unreachable,
    config,
    connect,
)
from fabricate.printers._locks import held
from fabricate.printers.queue import AT_PRINTER, ENDED, UNDER_WAY, Job, Queue
from fabricate.stages._print_fit import misfit, mismatch
from fabricate.stages._print_watch import ended, settle

__all__ = ["ANY", "holding", "kept", "resume", "send"]

ANY = "any"
LOOK_S = 12.0
"""How long to look whether a start whose answer was lost was carried out."""


def send(queue: Queue, job: Job, progress: Progress) -> Job:
    """A queued job on the first printer that may take it; PrinterError says why none may."""
    choice = list(config.some().values()) if job.wanted == ANY else [config.find(job.wanted)]
    reasons: list[PrinterError] = []
    for address in choice:
        with holding(queue, address, progress):
            job = queue.get(job.id)
            if job.state != "queued":  # another process was faster
                return job
            try:
                printer = connect(address)
                _allowed(queue, printer, job, progress)
                claimed = queue.claim(job, address.name)
                if claimed is None:
                    raise Busy(f"{address.name} was given another job", "wait until it has ended")
                return _deliver(queue, printer, claimed, progress)
            except PrinterError as exc:
                if len(choice) == 1 or queue.get(job.id).state != "queued":
                    raise
                job = queue.get(job.id)
                reasons.append(exc)
    told = "; ".join(reason.message for reason in reasons)
    raise Busy(f"no printer can take job {job.id}: {told}", "it waits in the queue: fabricate jobs")


def resume(queue: Queue, job: Job, progress: Progress) -> Job:
    """A job that a printer has, carried on from where whoever sent it was cut off."""
    if job.state in ENDED:
        return job
    address = config.find(job.printer)
    with holding(queue, address, progress):
        job = queue.get(job.id)
        printer = connect(address)
        if job.state in ("uploading", "uploaded"):
            return _deliver(queue, printer, job, progress)
        if job.state in ("starting", "unsure"):
            job = _cleared_up(queue, printer, job, progress)
            return _deliver(queue, printer, job, progress) if job.state == "uploaded" else job
    return job


def holding(queue: Queue, address: Address, progress: Progress) -> AbstractContextManager[None]:
    """One process at a time sends to a printer, or cancels there; the others wait."""
    return held(
        queue.folder / f".{address.name}.lock",
        lambda: progress.step(f"waiting: another fabricate is sending to {address.name}"),
    )


def _allowed(queue: Queue, printer: Printer, job: Job, progress: Progress) -> None:
    """PrinterError unless the printer fits the job, is free, and its bed was confirmed clear."""
    address = printer.address
    if why := printer.takes(job.gcode) or misfit(job.gcode, address):
        raise PrinterError(f"{address.name} cannot print {job.label}: {why}", "slice it for this printer")
    if job.wanted == ANY and not address.profile:
        raise PrinterError(f"the bed of {address.name} is unknown", f"fabricate printers add {address.name}")
    if why := mismatch(job.gcode, address):
        if job.wanted == ANY:
            raise PrinterError(
                f"{address.name} does not suit {job.label}: {why}", "load it, or name a printer"
            )
        progress.warn(f"{job.label}: {why}")
    other = queue.at(address.name)
    if other is not None and (other := settle(queue, other, printer)).state in AT_PRINTER:
        raise Busy(
            f"{address.name} has job {other.id} ({other.state})",
            f"job {job.id} waits in the queue; once the bed is clear: "
            f"fabricate print --printer {address.name} --bed-clear",
        )
    _ready(queue, printer, job)


def _ready(queue: Queue, printer: Printer, job: Job) -> None:
    """Busy unless the printer is free, or may yet be connected, and its bed was confirmed clear."""
    name = printer.address.name
    now = printer.status()
    if now.state in UNDER_WAY:  # somebody else's job: it will lie on the bed
        queue.bed(name, False)
    if not now.free and now.state != "offline":
        raise Busy(f"{name} is {now}", f"job {job.id} waits in the queue; look at the printer")
    if printer.address.kind != "folder" and not queue.bed(name):
        raise Busy(f"the bed of {name} is not confirmed clear", "look at it, then run again with --bed-clear")


def _deliver(queue: Queue, printer: Printer, job: Job, progress: Progress) -> Job:
    """Upload and start; every step on the disk before it is done."""
    name = printer.address.name
    if job.state == "uploading":
        job = _uploaded(queue, printer, job, progress)
    for _ in range(3):
        try:
            _ready(queue, printer, job)
        except Busy as exc:
            queue.back(job, exc.message)
            raise
        job = kept(queue, queue.move(job, "starting"), job)
        progress.step(f"starting on {name}", 0.0)
        try:
            printer.start(job.remote)
        except (Busy, Unauthorised) as exc:  # refused before anything moved
            queue.bed(name, True)
            queue.back(job, exc.message)
            raise
        except PrinterError as exc:  # the answer was lost, or what came after it
            job = _cleared_up(queue, printer, job, progress)
            if job.state == "uploaded" and isinstance(exc, Uncertain | Unreachable):
                queue.bed(name, True)
                continue  # proof that it was not started: once more
            if job.state == "uploaded":
                queue.back(job, exc.message)
            if job.state in ("uploaded", "queued", "failed"):
                raise
            return job
        started = kept(queue, queue.move(job, "printing", fraction=0.0), job)
        return settle(queue, started, printer)
    queue.back(job, "it would not start")
    raise PrinterError(f"{name} does not start job {job.id}", "look at the printer")


def _uploaded(queue: Queue, printer: Printer, job: Job, progress: Progress) -> Job:
    """The job once its file lies at the printer; back in the queue when that fails: nothing was started."""
    progress.step(f"uploading to {printer.address.name}", 0.0)
    try:
        known = printer.upload(job.gcode.path, job.remote, job.sha256)
    except FabricateError as exc:
        queue.back(job, exc.message)
        raise
    except OSError as exc:
        queue.back(job, "its copy in the queue cannot be read")
        raise PrinterError(
            f"the copy of {job.label} in the queue cannot be read: {exc}", "print it again from its file"
        ) from exc
    return kept(queue, queue.move(job, "uploaded", remote=known), job)


def kept(queue: Queue, moved: Job | None, job: Job) -> Job:
    """The job after a move; when another process moved it, PrinterError."""
    if moved is None:
        other = queue.get(job.id)
        raise PrinterError(f"job {job.id} was {other.state} meanwhile", "fabricate jobs shows it")
    return moved


def _cleared_up(queue: Queue, printer: Printer, job: Job, progress: Progress) -> Job:
    """What became of a start whose answer nobody got: it prints, or it ended, or it never was (``uploaded``),
    or nobody can tell: ``unsure``, and PrinterError. Of the bed nothing is known but to who just asked."""
    name = printer.address.name
    progress.step(f"asking {name} whether job {job.id} was started")
    found = _look(printer, job)
    if found == "never":
        return kept(queue, queue.move(job, "uploaded"), job)
    if found == "unknown":
        if job.state != "unsure":
            queue.move(job, "unsure", message="its start may have been carried out")
        raise PrinterError(
            f"{name} may have printed job {job.id}, and cannot tell",
            f"look at its bed; --again prints it once more, fabricate jobs cancel {job.id} lets it be",
        )
    if found == "printing":
        return kept(queue, queue.move(job, "printing"), job)
    return ended(queue, job, found, "as its printer remembers")


def _look(printer: Printer, job: Job) -> Outcome | Literal["printing"]:
    """``printing``, or the outcome; looked at twice, since a request may still be on its way."""
    end = time.monotonic() + LOOK_S
    nevers = 0
    while time.monotonic() < end:
        now = printer.status()
        if now.file == job.remote and now.at_work:
            return "printing"
        found = printer.outcome(job.remote, None)
        if found in OVER:
            return found
        nevers = nevers + 1 if found == "never" and not now.at_work else 0
        if nevers >= 3:
            return "never"
        time.sleep(0.7)
    return "unknown"
