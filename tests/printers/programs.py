"""OctoPrint and Moonraker from the package index, each in an environment of its own, kept between runs.

They are copyleft and stay apart: run as programs, never imported, no dependency of ours. ``make test`` makes
the environments (``python -m tests.printers.programs``); where they cannot be made the tests are skipped with
the reason, and on a CI machine they fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("FABRICATE_TEST_PROGRAMS") or ROOT / ".cache" / "printers")
WANTED = {"octoprint": "OctoPrint==1.11.8", "moonraker": "moonraker==0.11.0"}


def program(name: str) -> Path:
    """The program, installed when it was not yet; skips where that fails, or fails on a CI machine."""
    try:
        return install(name)
    except (OSError, subprocess.SubprocessError) as exc:
        told = f"{WANTED[name]} cannot be installed: {getattr(exc, 'stderr', '') or exc}"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)


def install(name: str) -> Path:
    """The program in its own environment below ``CACHE``; one process at a time installs it."""
    folder = CACHE / WANTED[name].lower()
    stamp = folder / ".installed"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file():
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                [str(folder / "bin" / "pip"), "-q", "--disable-pip-version-check", "install", WANTED[name]],
            ):
                subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
            stamp.touch()
    return folder / "bin" / name


def until(holds: Callable[[], bool], limit_s: float = 40.0) -> None:
    """Wait until something holds; AssertionError when it does not come to that in time."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def launched(
    command: Sequence[str], log: Path, answers: Callable[[], bool], limit_s: float
) -> subprocess.Popen[bytes]:
    """A program that runs and answers; RuntimeError with the end of its log when it does not in time.

    It leads a group of its own, which ``killed`` ends.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
    try:
        until(answers, limit_s)
    except BaseException as exc:
        killed(process)
        if isinstance(exc, AssertionError):
            raise RuntimeError(log.read_text(errors="replace")[-3000:]) from exc
        raise
    return process


def killed(process: subprocess.Popen[bytes] | None) -> None:
    """End a program at once, and what it started: a power cut."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    for each in WANTED:
        install(each)
