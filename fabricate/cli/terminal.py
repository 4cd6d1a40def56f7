"""What a run looks like: progress on stderr, results on stdout, or one JSON object there and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from fabricate.errors import FabricateError
from fabricate.events import Event

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["Terminal", "tell_error"]


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a terminal of another age: show what it can show
        known = stream.encoding or "ascii"
        stream.write(text.encode(known, "replace").decode(known))


def _object(data: Any, indent: int | None = None) -> str:
    utf8 = (sys.stdout.encoding or "").lower().startswith("utf")  # elsewhere \\u keeps every letter
    return json.dumps(data, ensure_ascii=not utf8, indent=indent, default=str) + "\n"


class Terminal:
    """Where a command speaks. ``json``: results as one JSON object; ``quiet``: neither progress nor text."""

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        self.json = json
        self.quiet = quiet
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_bar()

    def say(self, text: str = "") -> None:
        """A line of results for people, on stdout."""
        if not self.json and not self.quiet:
            _write(sys.stdout, text + "\n")

    def table(self, rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> None:
        """Rows in columns, on stdout."""
        lines = [list(head), *map(list, rows)] if head else [list(row) for row in rows]
        widths = [max((len(line[i]) for line in lines if i < len(line) - 1), default=0) for i in range(12)]
        for line in lines:
            self.say("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(line)).rstrip())

    def items(self, rows: Iterable[str]) -> None:
        """A line for each of some things, on stdout."""
        for row in rows:
            self.say(f"  - {row}")

    def result(self, data: Any) -> None:
        """The one JSON object, on stdout; nothing without ``--json``."""
        if self.json:
            _write(sys.stdout, _object(data, indent=1))

    def hear(self, event: Event) -> None:
        """A listener: shows an event as progress on stderr."""
        if event.kind == "warn":
            self._line(event.stage, f"warning: {event.message}")
        if self.quiet or event.stage == "make":
            return
        if event.kind == "edited":
            self._line(event.stage, event.message)
        elif event.kind == "skip":
            self._line(event.stage, event.message, 0.0)
        elif event.kind == "start":
            self._start(event)
        elif event.kind == "step":
            self._step(event)
        elif event.kind == "done":
            self._end_bar()
            self._line(event.stage, event.kind, event.seconds)
        elif event.kind == "failed":  # the error itself follows
            self._end_bar()

    def _line(self, stage: str, text: str, seconds: float | None = None) -> None:
        time = "" if seconds is None else f"{seconds:6.1f} s  "
        line = f"{stage:<9}{time}{text}\n"
        if self._bar is not None:
            self._bar.console.print(line.rstrip("\n"), markup=False, highlight=False)
        else:
            _write(sys.stderr, line)
            sys.stderr.flush()

    def _start(self, event: Event) -> None:
        if event.message:
            self._line(event.stage, event.message)
        if not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.fields[stage]:<7}"),
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=None, stage=event.stage)
        self._bar.start()

    def _step(self, event: Event) -> None:
        if self._bar is not None and self._task is not None:
            known = event.fraction is not None
            new = event.message != self._bar.tasks[0].description
            self._bar.update(
                self._task,
                description=event.message,
                total=1.0 if known else None,
                completed=event.fraction or 0.0,
                refresh=new,  # a step's name is seen, however short the step
            )

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def tell_error(error: FabricateError, *, json_wanted: bool) -> None:
    """One line of what happened and one of what to do on stderr, or the JSON object on stdout."""
    if json_wanted:
        _write(sys.stdout, _object(error.to_json()))
        return
    message, hint = (" ".join(text.split()) for text in (error.message, error.hint))
    _write(sys.stderr, f"error: {message}\n")
    if hint:
        _write(sys.stderr, f"       {hint}\n")
