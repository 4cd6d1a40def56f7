"""The queue: what is to be printed, where it is, and what became of it, in SQLite so that nothing is lost.

::

    queued -> uploading -> uploaded -> starting -> printing <-> paused -> finished
                                                                       -> cancelled
                                                                       -> failed (once: queued again)
              starting -> unsure      the start may have been carried out: the maker looks
              printing -> unsure      lost sight of, at a printer that keeps no history: the maker looks

Each state is on the disk before the deed that it names is done. Only ``starting`` is ambiguous after a power
cut, and the printer is asked then. What is started or seen at work covers the bed in the same step. A copy of
the moves is kept until the job has ended, so that a run made anew meanwhile changes nothing. Order is that of
the numbers: the clock decides nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fabricate import disk, resources
from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError, RunError

__all__ = ["AT_PRINTER", "ENDED", "UNDER_WAY", "Job", "Queue", "folder"]

AT_PRINTER = ("uploading", "uploaded", "starting", "printing", "paused", "unsure")
"""States in which a printer is taken by the job."""
UNDER_WAY = ("printing", "paused")
"""States in which it was seen at work."""
ENDED = ("finished", "cancelled", "failed")
ATTEMPTS = 2
"""How often a job is printed until it is given up."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL DEFAULT 'queued',
    label TEXT NOT NULL,
    gcode TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    wanted TEXT NOT NULL,
    printer TEXT NOT NULL DEFAULT '',
    remote TEXT NOT NULL DEFAULT '',
    attempt INTEGER NOT NULL DEFAULT 1,
    fraction REAL,
    left_s REAL,
    message TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS one_job_a_printer ON jobs(printer)
    WHERE state IN ({", ".join(f"'{state}'" for state in AT_PRINTER)});
CREATE TABLE IF NOT EXISTS beds (printer TEXT PRIMARY KEY, clear INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Job:
    """One plate to be printed once.

    ``wanted``: a printer's name, or ``any``; ``printer``: the one that has it, or "". ``remote``: the file's
    name there, one for each attempt. ``fraction`` 0..1 and ``left_s`` as last seen; ``message``: why it
    stands where it stands.
    """

    id: int
    state: str
    label: str
    gcode: Gcode
    sha256: str
    wanted: str
    printer: str
    remote: str
    attempt: int
    fraction: float | None
    left_s: float | None
    message: str
    created: str
    changed: str

    def to_json(self) -> dict[str, Any]:
        """The job as a JSON-ready object."""
        left = {key: value for key, value in vars(self).items() if key != "gcode"}
        return {
            **left,
            "seconds": self.gcode.seconds,
            "grams": self.gcode.grams,
            "path": str(self.gcode.path),
        }


def folder() -> Path:
    """Where the queue and the copies of its files lie."""
    return resources.config_dir() / "queue"


class Queue:
    """The jobs of this user on this machine; any number of processes may hold it at once.

    Raises RunError when the folder cannot be written, PrinterError when the database is broken.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.folder = path or folder()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._connection() as base:
                base.execute("PRAGMA journal_mode = WAL")
                base.executescript(_SCHEMA)
        except OSError as exc:
            raise disk.complaint(exc, self.folder) or exc from exc

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        path = self.folder / "jobs.sqlite"
        try:
            base = sqlite3.connect(path, timeout=30.0, isolation_level=None)
            with contextlib.closing(base):
                base.row_factory = sqlite3.Row
                base.execute("PRAGMA synchronous = FULL")
                yield base
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as exc:
            if "full" in str(exc):
                raise RunError(f"the disk that holds {path} is full", "make room there") from exc
            raise PrinterError(f"{path}: {exc}", "move it elsewhere; its jobs are lost then") from exc

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                if base.in_transaction:  # a full disk has rolled it back already
                    base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")

    def _job(self, row: sqlite3.Row) -> Job:
        values = dict(row)
        kept = Gcode.from_json(json.loads(values.pop("gcode")), self.folder)
        return Job(gcode=kept, **values)

    def submit(self, gcode: Gcode, wanted: str, label: str, *, again: bool = False) -> tuple[Job, bool]:
        """A job for these moves, and whether it is new.

        One that is under way is returned as it is; PrinterError when the same moves were printed, given up or
        cancelled before, unless ``again``. What is asked and what is written is one step: two processes that
        ask at once get one job.
        """
        kept = self._keep(gcode)
        try:
            return self._submitted(gcode, wanted, label, again)
        except PrinterError:
            self._drop(kept)
            raise

    def _submitted(self, gcode: Gcode, wanted: str, label: str, again: bool) -> tuple[Job, bool]:
        now = _now()
        with self._writing() as base:
            gcode = self._keep(gcode)  # again: the end of an earlier job may have dropped it meanwhile
            rows = base.execute(
                "SELECT * FROM jobs WHERE sha256 = ? ORDER BY id DESC", (gcode.sha256,)
            ).fetchall()
            open_ = [row for row in rows if row["state"] not in ENDED]
            if open_ and not (again and open_[0]["state"] != "queued"):
                number = open_[0]["id"]
                base.execute("UPDATE jobs SET wanted = ? WHERE id = ? AND state = 'queued'", (wanted, number))
                return self._read(base, number), False
            base.execute(
                "UPDATE jobs SET state = 'cancelled', message = 'printed once more instead', changed = ?"
                " WHERE sha256 = ? AND state = 'unsure'",
                (now, gcode.sha256),
            )
            if rows and not again:
                last = self._job(rows[0])
                where = f" on {last.printer}" if last.printer else ""
                raise PrinterError(
                    f"{label} was sent before: job {last.id}, {last.state}{where}",
                    "print it once more: --again",
                )
            made = base.execute(
                "INSERT INTO jobs (label, gcode, sha256, wanted, created, changed) VALUES (?, ?, ?, ?, ?, ?)",
                (label, json.dumps(gcode.to_json()), gcode.sha256, wanted, now, now),
            )
            return self._read(base, int(made.lastrowid or 0)), True

    def _keep(self, gcode: Gcode) -> Gcode:
        """A copy of the moves that nobody else changes; PrinterError when they are not what was sliced."""
        suffix = ".gcode.3mf" if gcode.kind == "gcode.3mf" else gcode.path.suffix.lower()
        target = self.folder / f"{gcode.sha256}{suffix}"
        if not target.is_file():
            aside = self.folder / f".{secrets.token_hex(4)}.part"
            try:
                shutil.copyfile(gcode.path, aside)
                if disk.digest(aside) != gcode.sha256:
                    raise PrinterError(
                        f"{gcode.path} is not what was sliced: it was changed since", "slice it again"
                    )
                disk.sync(aside)
                os.replace(aside, target)
            except FileNotFoundError as exc:
                raise PrinterError(f"there is no file at {gcode.path}", "slice it again") from exc
            except OSError as exc:
                raise disk.complaint(exc, self.folder) or exc from exc
            finally:
                aside.unlink(missing_ok=True)
        return dataclasses.replace(gcode, path=target)

    def get(self, number: int) -> Job:
        """The job of that number; PrinterError when there is none."""
        with self._connection() as base:
            return self._read(base, number)

    def _read(self, base: sqlite3.Connection, number: int) -> Job:
        row = base.execute("SELECT * FROM jobs WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise PrinterError(f"there is no job {number}", "fabricate jobs lists them")
        return self._job(row)

    def jobs(self, *states: str) -> list[Job]:
        """All jobs, or those in these states, the oldest first."""
        with self._connection() as base:
            rows = base.execute("SELECT * FROM jobs ORDER BY id").fetchall()
        return [self._job(row) for row in rows if not states or row["state"] in states]

    def at(self, printer: str) -> Job | None:
        """The job that a printer is taken by."""
        return next((job for job in self.jobs(*AT_PRINTER) if job.printer == printer), None)

    def move(self, job: Job, state: str, **changes: Any) -> Job | None:
        """The job in a new state, on the disk; None when another process moved it first, or took the printer.

        ``changes``: other columns to set. The bed of a printer that starts or prints is no longer clear.
        """
        fresh = {"message": "", **changes, "state": state, "changed": _now()}
        columns = ", ".join(f"{key} = ?" for key in fresh)
        try:
            with self._writing() as base:
                done = base.execute(
                    f"UPDATE jobs SET {columns} WHERE id = ? AND state = ? AND attempt = ?",
                    (*fresh.values(), job.id, job.state, job.attempt),
                )
                if not done.rowcount:
                    return None
                if state in ("starting", *UNDER_WAY):
                    base.execute("UPDATE beds SET clear = 0 WHERE printer = ?", (job.printer,))
                moved = self._read(base, job.id)
        except sqlite3.IntegrityError:
            return None
        if state in ENDED:
            self._drop(moved.gcode)
        return moved

    def claim(self, job: Job, printer: str) -> Job | None:
        """A queued job given to a printer, with a name for its file that no other attempt had."""
        stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in job.label).strip("-")[:30] or "job"
        suffix = ".gcode.3mf" if job.gcode.kind == "gcode.3mf" else job.gcode.path.suffix
        remote = f"{stem}-{job.id}-{job.attempt}-{secrets.token_hex(3)}{suffix}"
        return self.move(job, "uploading", printer=printer, remote=remote)

    def back(self, job: Job, why: str, **changes: Any) -> Job | None:
        """A job taken from its printer, and queued again."""
        nowhere: dict[str, Any] = {"printer": "", "remote": "", "fraction": None, "left_s": None}
        return self.move(job, "queued", message=why, **nowhere, **changes)

    def failed(self, job: Job, why: str) -> Job | None:
        """A job that did not come out: queued once more, or given up after the second time."""
        if job.attempt < ATTEMPTS:
            return self.back(job, why, attempt=job.attempt + 1)
        return self.move(job, "failed", message=f"{why}; given up after {job.attempt} attempts")

    def bed(self, printer: str, clear: bool | None = None) -> bool:
        """Whether a printer's bed was confirmed clear; ``clear`` says so, or that it is no longer."""
        with self._writing() as base:
            if clear is not None:
                base.execute(
                    "INSERT OR REPLACE INTO beds (printer, clear) VALUES (?, ?)",
                    (printer, int(clear)),
                )
            row = base.execute("SELECT clear FROM beds WHERE printer = ?", (printer,)).fetchone()
        return bool(row and row["clear"])

    def _drop(self, gcode: Gcode) -> None:
        """Remove the copy of a file when no job needs it any more."""
        with self._writing() as base:
            marks = ", ".join("?" for _ in ENDED)
            left = base.execute(
                f"SELECT 1 FROM jobs WHERE sha256 = ? AND state NOT IN ({marks})", (gcode.sha256, *ENDED)
            ).fetchone()
            if left is None:
                gcode.path.unlink(missing_ok=True)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
