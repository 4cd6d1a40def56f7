"""Printers: one file a kind of server, all with the same face; addresses, the queue, and what they share.

=============  ======================================================================================
``octoprint``  OctoPrint's REST interface
``moonraker``  Moonraker before Klipper
``prusalink``  PrusaLink on MK4, MINI, XL, CORE One and MK3 with a Raspberry Pi
``bambu``      Bambu Lab in LAN mode, MQTT and FTPS; experimental: never run on a real one
``folder``     an SD card or a watched folder: the file is put there whole, starting it is the maker's
=============  ======================================================================================

A server's word is not believed: an upload is compared with what lies there afterwards, a start with what the
printer then says that it does. Upload and start are two requests, never one, so that a power cut between
them leaves a file that nothing has printed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from fabricate.errors import PrinterError, nearest

if TYPE_CHECKING:
    from fabricate.artifacts import Gcode

__all__ = [
    "KINDS",
    "OVER",
    "Address",
    "Busy",
    "Outcome",
    "Printer",
    "Status",
    "Unauthorised",
    "Uncertain",
    "Unreachable",
    "connect",
]

KINDS = {
    "octoprint": "OctoPrint",
    "moonraker": "Moonraker",
    "prusalink": "PrusaLink",
    "bambu": "Bambu",
    "folder": "Folder",
}
"""Kind -> the class in the module of that name."""

EXPERIMENTAL = ("bambu",)

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
State = Literal["idle", "busy", "printing", "paused", "finished", "stopped", "error", "offline"]
Outcome = Literal["finished", "failed", "cancelled", "never", "unknown"]
"""What became of a file that was sent: ``never`` is proof that it was not started, ``unknown`` is none."""
OVER: tuple[Outcome, ...] = ("finished", "failed", "cancelled")
"""Outcomes of a job that was started and has ended."""


class Unreachable(PrinterError):
    """Nobody answers at the printer's address, or not in time; nothing was changed there."""


class Unauthorised(PrinterError):
    """The printer refuses the key, or its certificate is not the one that was trusted."""


class Busy(PrinterError):
    """The printer cannot take a job now: it prints, is paused, or shows an error."""


class Uncertain(PrinterError):
    """A request that changes something was sent and its answer was lost: it may have been carried out."""


class Address(BaseModel):
    """One printer as ``fabricate printers add`` keeps it.

    ``url``: where its server is, or a folder's path. ``key``: API key, password or access code. ``user`` and
    ``serial`` where the kind asks for them. ``fingerprint``: SHA-256 of a certificate that no authority
    vouches for, trusted at first use. ``profile``: the template of its bed and nozzle; ``material`` and
    ``colours``: what is loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    kind: Literal["octoprint", "moonraker", "prusalink", "bambu", "folder"]
    url: str = Field(min_length=1)
    key: SecretStr = SecretStr("")
    user: str = ""
    serial: str = ""
    fingerprint: str = ""
    profile: str = ""
    material: str = ""
    colours: tuple[Colour, ...] = ()

    @field_validator("key")
    @classmethod
    def _one_line(cls, key: SecretStr) -> SecretStr:
        """A line break in a header is refused by a message that shows the key: so it is refused here."""
        if not key.get_secret_value().isprintable():
            raise ValueError("a key is one line of text")
        return key


@dataclass(frozen=True)
class Status:
    """What a printer says of itself.

    ``idle``, ``finished`` and ``stopped`` may be given a job (``stopped``: the last was cancelled, its rest
    lies on the bed); ``busy``: anything else that passes; ``offline``: the server answers, the
    printer does not. ``file``: what is being printed, or was last. ``fraction`` 0..1, ``left_s`` seconds to
    go, None unknown.
    ``job``: the printer's own number of its job, or "". ``nozzle_c``: degrees.
    """

    state: State
    message: str = ""
    file: str = ""
    fraction: float | None = None
    left_s: float | None = None
    job: str = ""
    nozzle_c: float | None = None

    @property
    def free(self) -> bool:
        """Whether it may be given a job."""
        return self.state in ("idle", "finished", "stopped")

    @property
    def at_work(self) -> bool:
        """Whether a job is under way, if only paused."""
        return self.state in ("printing", "paused", "busy")

    def outcome(self, name: str) -> Outcome:
        """What became of a file, as far as the printer still shows it."""
        ends: dict[State, Outcome] = {"finished": "finished", "stopped": "cancelled", "error": "failed"}
        return ends.get(self.state, "unknown") if self.file == name else "unknown"

    def __str__(self) -> str:
        hot = "" if self.nozzle_c is None or self.nozzle_c < 50 else f", its nozzle at {self.nozzle_c:.0f} °C"
        return f"{self.state}{hot}" + (f" ({self.message})" if self.message else "")


class Printer(Protocol):
    """One printer behind its server. Every method may raise PrinterError and its kinds above."""

    address: Address

    def about(self) -> str:
        """What answers there, with its version: proof that address and key are right."""
        ...

    def status(self) -> Status:
        """What it does now."""
        ...

    def takes(self, gcode: Gcode) -> str:
        """Why it cannot print such a file; "" when it can."""
        ...

    def upload(self, path: Path, name: str, sha256: str) -> str:
        """Put a file there without starting it, and compare; the name under which it is known there."""
        ...

    def start(self, name: str) -> None:
        """Print a file that is there, and see that it does. Uncertain when that cannot be told."""
        ...

    def outcome(self, name: str, last: Status | None) -> Outcome:
        """What became of a file, by the printer's own history; ``last`` is what was seen of it last."""
        ...

    def pause(self) -> None:
        """Halt the job."""
        ...

    def resume(self) -> None:
        """Let a halted job go on."""
        ...

    def cancel(self) -> None:
        """End the job."""
        ...


def connect(address: Address, **timing: Any) -> Printer:
    """The printer at an address; nothing is asked yet. ``timing``: ``timeout_s``, for tests."""
    if address.kind not in KINDS:
        raise PrinterError(
            f"there is no kind of printer called {address.kind!r}", nearest(address.kind, KINDS)
        )
    try:
        module = importlib.import_module(f"fabricate.printers.{address.kind}")
    except ImportError as exc:
        raise PrinterError(
            f"printers of kind {address.kind!r} need {exc.name}", "pip install 'fabricate-figures[remote]'"
        ) from exc
    made: Callable[..., Printer] = getattr(module, KINDS[address.kind])
    return made(address, **timing)
