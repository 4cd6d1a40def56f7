"""A start, as every printer is given it: only when it is seen free, and believed once the job is seen."""

from __future__ import annotations

import time

from fabricate.errors import PrinterError
from fabricate.printers import OVER, Busy, Printer, Status, Uncertain

__all__ = ["free", "seen"]


def free(now: Status, who: str) -> None:
    """Raise Busy unless a printer may be given a job."""
    if not now.free:
        raise Busy(f"{who} is {now}", "wait until it is free, or look at it")


def seen(printer: Printer, who: str, name: str, limit_s: float) -> None:
    """Wait until a job that was ordered is seen at work, or has ended already.

    Raises PrinterError when the printer shows an error instead, Uncertain when nothing is seen in time.
    """
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        now = printer.status()
        if now.file == name and (now.at_work or now.state == "finished"):
            return
        if now.state in ("error", "offline"):
            raise PrinterError(f"{who} did not start: {now}", "look at the printer")
        if printer.outcome(name, None) in OVER:
            return
        time.sleep(0.3)
    raise Uncertain(f"{who} was told to start but shows no job", "look at the printer")
