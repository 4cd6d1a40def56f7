"""What a run tells while it works: plain events, so that a terminal, a web page and a log share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Event", "Kind", "Listener", "Progress", "silent"]

Kind = Literal["run", "start", "step", "note", "warn", "skip", "edited", "done", "failed"]


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    ``fraction`` is 0..1 inside the stage, or None; ``seconds`` is wall time since the stage began.
    """

    kind: Kind
    stage: str
    message: str = ""
    fraction: float | None = None
    seconds: float | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The event as a JSON-ready object without its empty fields."""
        out: dict[str, Any] = {"kind": self.kind, "stage": self.stage}
        if self.message:
            out["message"] = self.message
        if self.fraction is not None:
            out["fraction"] = round(self.fraction, 4)
        if self.seconds is not None:
            out["seconds"] = round(self.seconds, 3)
        if self.data:
            out["data"] = self.data
        return out


Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Progress:
    """What a stage or backend gets to speak through; ``listener`` hears every event."""

    stage: str
    listener: Listener

    def step(self, message: str, fraction: float | None = None) -> None:
        """Work goes on: what is being done, and how far (0..1) when that is known."""
        self.listener(Event("step", self.stage, message, fraction))

    def note(self, message: str, **data: Any) -> None:
        """Something the maker should read: a choice made, and how to change it."""
        self.listener(Event("note", self.stage, message, data=data))

    def warn(self, message: str, **data: Any) -> None:
        """Something that may disappoint, though the work goes on."""
        self.listener(Event("warn", self.stage, message, data=data))


def silent(stage: str = "") -> Progress:
    """A ``Progress`` that nobody hears."""
    return Progress(stage, lambda _event: None)
