"""Which lifter takes a view, and the lift itself: for the stage lift, and for whoever must lift to choose."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fabricate import backends
from fabricate.errors import BackendError
from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import FIGURE_TEMPLATES, HOW, Wants, accessory_files, accessory_names, check_options

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View

__all__ = ["LEARNED", "choose", "lift", "wants", "without_design"]

LEARNED = ("triposg", "triposr")
"""What ``auto`` takes for a picture before ``frontback``, where it can run at once; the finest first."""


def wants(spec: Spec) -> Wants:
    """The lift table, the size and process it must hold at; the view itself counts as an earlier file.

    Raises BackendError for an unknown or unavailable backend, SpecError for an option it does not have.
    """
    name = "kit" if spec.lift.backend == "auto" else spec.lift.backend
    backend = backends.get("lifters", name)
    check_options(spec.lift, "lift", backend.Options)
    options = {
        "lift": spec.lift.model_dump(mode="json", exclude=HOW),
        "accessories": accessory_names(spec),
        "prepare": {
            "height_mm": spec.prepare.height_mm,
            "process": spec.prepare.process,
            "relief": spec.prepare.relief,
        },
    }
    made_by = f"{backend.name}@{backend.version}"
    if spec.lift.backend == "auto":
        also = backends.get("lifters", without_design(spec.stylize.backend))
        made_by += f" or {also.name}@{also.version}"
    return Wants(options, accessory_files(spec), FIGURE_TEMPLATES, made_by)


def choose(backend: str, view: View) -> str:
    """The lifter's name: ``auto`` is the kit's own geometry for an unedited kit view, else a learned one."""
    if backend != "auto":
        return backend
    return "kit" if view.design is not None else without_design(view.backend)


def without_design(stylizer: str) -> str:
    """What ``auto`` takes for a view that has no design of the kit's, by whom it was made.

    A model whose weights are here, where there is a GPU for it; else ``frontback``, as for a kit view that
    was edited by hand.
    """
    if stylizer != "kit":
        from fabricate.learned.weights import ready

        for name in LEARNED:
            with contextlib.suppress(BackendError):
                if ready(name):
                    return str(backends.get("lifters", name).name)
    return "frontback"


def lift(spec: Spec, view: View, progress: Progress) -> Lifted:
    """The solid of a view, by the backend that the spec names. Raises BackendError, MeshError."""
    backend: backends.Lifter = backends.get("lifters", choose(spec.lift.backend, view))
    table, options = spec.prepare, backend.Options.model_validate(spec.lift.model_extra or {})
    return backend.lift(view, backends.Job(options, table.height_mm, table.process, table.relief), progress)
