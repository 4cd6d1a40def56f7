"""A job under way, followed to its end. No clock is believed: only durations, and the printer's word."""

from __future__ import annotations

import time

from fabricate.errors import PrinterError
from fabricate.events import Progress
from fabricate.printers import OVER, Outcome, Printer, Status, Unauthorised, config, connect
from fabricate.printers.queue import UNDER_WAY, Job, Queue

__all__ = ["EVERY_S", "ended", "settle", "watch"]

EVERY_S = 2.0
"""Between two looks at a printer."""
PATIENCE_S = 600.0
"""How long a printer may be away while it is watched: a server restarts, a router is reset."""
GRACE_S = 15.0
"""How long a job may be missing at its printer before it is given up there."""
MISSING = "not seen at the printer"


def settle(queue: Queue, job: Job, printer: Printer | None = None, gone_s: float = 0.0) -> Job:
    """One look at the printer that has a job, and the job as it now stands.

    ``gone_s``: for how long it has been missing there; past ``GRACE_S`` it failed, or is ``unsure`` where the
    printer keeps no history: it may lie there finished. Raises PrinterError when the printer does not answer.
    """
    if job.state not in UNDER_WAY:
        return job
    printer = printer or connect(config.find(job.printer))
    now = printer.status()
    if now.file == job.remote and now.state in ("printing", "busy", "paused"):
        state = "paused" if now.state == "paused" else "printing"
        told = {"fraction": now.fraction, "left_s": now.left_s, "message": now.message}
        return queue.move(job, state, **told) or queue.get(job.id)
    if now.file == job.remote and now.state == "finished":
        return ended(queue, job, "finished", "")
    given_up = gone_s > GRACE_S
    seen = now.state if now.state in ("error", "offline") else "idle" if given_up else "printing"
    found = printer.outcome(job.remote, Status(seen, fraction=job.fraction, left_s=job.left_s))
    if found in OVER:
        return ended(queue, job, found, f"the printer stopped{_at(job)} ({now})")
    if given_up and found == "never":  # a history that holds no end of it
        return ended(queue, job, "failed", f"the printer stopped{_at(job)} without a word ({now})")
    state = "unsure" if given_up else job.state
    return queue.move(job, state, message=f"{MISSING}, which is {now}") or queue.get(job.id)


def _at(job: Job) -> str:
    return "" if job.fraction is None else f" at {job.fraction * 100:.0f} %"


def ended(queue: Queue, job: Job, outcome: Outcome, why: str) -> Job:
    """The job once its printer is done with it; one that failed is queued once more, or given up."""
    if outcome == "finished":
        moved = queue.move(job, "finished", fraction=1.0, left_s=0.0)
    elif outcome == "cancelled":
        moved = queue.move(job, "cancelled", message="cancelled at the printer")
    else:
        moved = queue.failed(job, why)
    return moved or queue.get(job.id)


def watch(queue: Queue, job: Job, progress: Progress, *, every_s: float = EVERY_S) -> Job:
    """Follow a job until it has ended, is back in the queue, or is ``unsure``; stopping changes nothing.

    A printer that does not answer is asked again for ``PATIENCE_S``. Raises PrinterError after that.
    """
    printer = connect(config.find(job.printer))
    away: float | None = None
    gone: float | None = None
    while job.state in UNDER_WAY:
        try:
            job = settle(queue, job, printer, 0.0 if gone is None else time.monotonic() - gone)
            away = None
        except Unauthorised:
            raise
        except PrinterError as exc:
            away = time.monotonic() if away is None else away
            if time.monotonic() - away > PATIENCE_S:
                raise PrinterError(
                    f"{exc.message}; job {job.id} may go on printing", f"later: fabricate jobs watch {job.id}"
                ) from exc
            progress.step(f"{job.printer} does not answer: asking again", job.fraction)
        else:
            missing = job.message.startswith(MISSING)
            gone = (gone or time.monotonic()) if missing else None
            progress.step(_told(job), job.fraction)
        if job.state in UNDER_WAY:
            time.sleep(every_s)
    return job


def _told(job: Job) -> str:
    left = "" if not job.left_s else f", {_clock(job.left_s)} left"
    share = "" if job.fraction is None else f" {job.fraction * 100:.0f} %"
    return f"{job.printer}: {job.state}{share}{left}" + (f" ({job.message})" if job.message else "")


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min" if rest else f"{seconds:.0f} s"
