"""Of several front views that passed their check, the one to keep: the best match that also prints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fabricate.errors import FabricateError
from fabricate.events import Progress, silent
from fabricate.spec import Spec

if TYPE_CHECKING:
    from fabricate.artifacts import View

__all__ = ["printing"]


def printing(spec: Spec, views: tuple[View, ...], progress: Progress) -> View:
    """The first of the views (best match first) whose figure passes the print gate, lifted and prepared as
    the spec says; the first of all, with a warning, when none does.

    Of those that a better one spared, nothing is lifted. Each verdict is told as a note.
    """
    for number, view in enumerate(views):
        which = f"picture {number + 1} of {len(views)}"
        progress.step(f"does it print? {which}", 0.95 + 0.05 * number / len(views))
        why = _refused(spec, view)
        if not why:
            if number:
                progress.note(f"{which} is kept: the best match of those that print")
            return replace(view, others=())
        progress.note(f"{which} would not print: {why}")
    progress.warn(f"none of {len(views)} pictures gives a figure that prints: the best match is kept")
    return replace(views[0], others=())


def _refused(spec: Spec, view: View) -> str:
    """Why the figure of a view does not pass the gate; nothing when it does."""
    from fabricate.solid.trial import tried
    from fabricate.stages._lifting import lift

    try:
        _, found = tried(lift(spec, view, silent("lift")), spec, deep=True)
    except FabricateError as exc:
        return exc.message
    failed = [f"{check.name}: {check.value}" for check in found.report.checks if check.level == "fail"]
    return "; ".join(failed)
