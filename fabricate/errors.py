"""What can go wrong, as a maker meets it.

::

    FabricateError            message + hint: one line each, exit status 1
    ├── SpecError             the spec, a flag or a --set value does not fit
    ├── SubjectError          the photo or picture: no face, several, too small, unreadable
    ├── BackendError          a backend is unknown, unavailable (with the pip line) or failed
    ├── MeshError             a mesh cannot be read or made solid
    ├── NotPrintable          the print gate refused; carries the report, exit status 3
    ├── SliceError            the slicer refused or is missing
    ├── PrinterError          unreachable, unauthorised, busy
    ├── TemplateError         a template file, with its line
    └── RunError              the run folder: not writable, full, edited by hand

A third-party exception is turned into one of these at the edge where it arises, ``raise ... from exc``.
Programmer mistakes stay ``ValueError``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = [
    "BackendError",
    "FabricateError",
    "MeshError",
    "NotPrintable",
    "PrinterError",
    "RunError",
    "SliceError",
    "SpecError",
    "SubjectError",
    "TemplateError",
    "nearest",
]


class FabricateError(Exception):
    """One line of what happened (``message``) and one of what to do (``hint``)."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def to_json(self) -> dict[str, Any]:
        """The error as one JSON-ready object: kind, message, hint."""
        return {"error": type(self).__name__, "message": self.message, "hint": self.hint}


class SpecError(FabricateError):
    """The spec, a flag or a ``--set`` value does not fit."""


class SubjectError(FabricateError):
    """The photo or picture cannot be used: no face, several, too small, unreadable."""


class BackendError(FabricateError):
    """A backend is unknown, unavailable, or failed."""


class MeshError(FabricateError):
    """A mesh cannot be read, or cannot be made solid."""


class SliceError(FabricateError):
    """The slicer refused the figure, or there is none."""


class PrinterError(FabricateError):
    """A printer is unreachable, refuses the key, or is busy."""


class RunError(FabricateError):
    """The run folder cannot be used: a file in the way, not writable, full, or edited by hand."""


class NotPrintable(FabricateError):
    """The print gate refused the figure; ``report`` (a ``PrintReport``) says why."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "", report: Any = None) -> None:
        super().__init__(message, hint)
        self.report = report


class TemplateError(FabricateError):
    """A template file is wrong; ``file`` and ``line`` (1-based, or None) say where."""

    def __init__(
        self, message: str, hint: str = "", file: Path | None = None, line: int | None = None
    ) -> None:
        where = "" if file is None else f"{file}:{line}: " if line else f"{file}: "
        super().__init__(where + message, hint)
        self.file = file
        self.line = line


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown ``name``: the closest known names, else all of them (at most 30)."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    return "known: " + ", ".join(names[:30]) + (" ..." if len(names) > 30 else "")
