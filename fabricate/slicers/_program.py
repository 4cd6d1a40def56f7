"""Slicers as programs: where they lie, how each system installs one, how one is run, what all declare."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from fabricate.errors import SliceError

__all__ = ["Ended", "Installed", "Program", "found", "needed", "run"]


@dataclass(frozen=True)
class Program:
    """A slicer's program. ``variable`` of the environment names another; ``names`` are looked for on PATH,
    ``places`` are where installers put it, ``installs`` tells how to get it: system -> command."""

    label: str
    variable: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    installs: Mapping[str, str]


@dataclass(frozen=True)
class Ended:
    """How a program ended: its status, and the last line that it complained with."""

    status: int
    complaint: str


def found(program: Program) -> str | None:
    """The program's path; None where it is not. What the environment's variable names beats all else."""
    if own := os.environ.get(program.variable):
        return shutil.which(own)
    on_path = (shutil.which(name) for name in program.names)
    installed = (shutil.which(str(Path(place).expanduser())) for place in program.places)
    return next((path for path in (*on_path, *installed) if path), None)


def needed(program: Program) -> str:
    """The program's path. Raises SliceError, with the command that installs it, where it is not."""
    path = found(program)
    if path is None:
        raise _absence(program)
    return path


def _absence(program: Program) -> SliceError:
    """That the program is not here, and the command that installs it on this system."""
    if own := os.environ.get(program.variable):
        return SliceError(
            f"there is no {program.label} at {own}", f"mend {program.variable}, which names it, or unset it"
        )
    command = program.installs.get(_system()) or program.installs[""]
    return SliceError(
        f"there is no {program.label} here", f"{command}; or name its program in {program.variable}"
    )


def _system() -> str:
    """``debian``, ``fedora``, ``arch``, ``linux``, ``mac`` or ``windows``."""
    if sys.platform == "darwin":
        return "mac"
    if sys.platform == "win32":
        return "windows"
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        return "linux"
    kin = {about.get("ID", ""), *about.get("ID_LIKE", "").split()}
    kinds = {"debian": "debian", "ubuntu": "debian", "fedora": "fedora", "rhel": "fedora", "arch": "arch"}
    return next((kinds[name] for name in kinds if name in kin), "linux")


class Options(BaseModel):
    """None of its own: the keys of ``[slice]`` are every slicer's."""

    model_config = ConfigDict(extra="forbid")


class Installed:
    """What every slicer of ours declares beside its ``name``: a ``program``, installed or not."""

    program: ClassVar[Program]
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "AGPL-3.0: the program; what it writes is yours"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def absent(self) -> str:
        """Why the program cannot slice here, and how to get it; empty when it can."""
        return "" if found(self.program) else str(_absence(self.program)).replace("\n", ": ")


def run(
    command: Sequence[str],
    label: str,
    limit_s: float,
    *,
    cwd: Path | None = None,
    heard: Callable[[str], None] | None = None,
) -> Ended:
    """Run a slicer to its end, or after ``limit_s`` seconds end it and all that it started.

    ``heard`` gets every line that it prints. Raises SliceError when it takes longer, or cannot be started.
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                errors="replace",
                cwd=cwd,
                start_new_session=os.name == "posix",
            )
        except OSError as exc:
            raise SliceError(f"{label} cannot be started: {exc.strerror}", f"check {command[0]}") from exc
        reader = threading.Thread(target=_listen, args=(process, heard), daemon=True)
        reader.start()
        try:
            process.wait(limit_s)
        except BaseException as exc:
            _end(process)
            if not isinstance(exc, subprocess.TimeoutExpired):
                raise
            hint = "simplify the mesh, or slice with coarser layers: --set slice.layer_mm=0.3"
            raise SliceError(f"{label} was not done after {limit_s:.0f} s", hint) from exc
        finally:
            reader.join(5.0)
            if process.stdout is not None and not reader.is_alive():
                process.stdout.close()
        complaints.seek(0)
        told = complaints.read().decode("utf-8", "replace")
    lines = [line.strip() for line in told.splitlines() if line.strip() and "[trace]" not in line]
    return Ended(process.returncode, lines[-1][:200] if lines else "")


def _listen(process: subprocess.Popen[str], heard: Callable[[str], None] | None) -> None:
    for line in process.stdout or ():
        if heard is not None:
            heard(line.strip())


def _end(process: subprocess.Popen[str]) -> None:
    """End it and all that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
