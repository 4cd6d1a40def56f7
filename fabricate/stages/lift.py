"""Lift: the front view becomes a solid of unit height in the figure frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fabricate import backends
from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import Made, Wants, accessory_files, accessory_names, check_options, read_view

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View

NAME = "lift"
VERSION = "1"

TEMPLATES = ("styles", "poses", "outfits", "hair", "hats", "glasses", "beards", "words", "accessories")


def wants(spec: Spec) -> Wants:
    """The lift table, the size and process it must hold at; the view itself counts as an earlier file.

    Raises BackendError for an unknown or unavailable backend, SpecError for an option it does not have.
    """
    name = "kit" if spec.lift.backend == "auto" else spec.lift.backend
    backend = backends.get("lifters", name)
    check_options(spec.lift, NAME, backend.Options)
    options = {
        "lift": spec.lift.model_dump(mode="json"),
        "accessories": accessory_names(spec),
        "prepare": {
            "height_mm": spec.prepare.height_mm,
            "process": spec.prepare.process,
            "relief": spec.prepare.relief,
        },
    }
    also = backends.get("lifters", "frontback") if spec.lift.backend == "auto" else None
    made_by = f"{backend.name}@{backend.version}" + (f" or {also.name}@{also.version}" if also else "")
    return Wants(options, accessory_files(spec), TEMPLATES, made_by)


def choose(backend: str, view: View) -> str:
    """The lifter's name: ``auto`` is the kit's own geometry for an unedited kit view, else ``frontback``."""
    if backend != "auto":
        return backend
    return "kit" if view.design is not None else "frontback"


def lift(spec: Spec, view: View, progress: Progress) -> Lifted:
    """The solid of a view, by the backend that the spec names. Raises BackendError, MeshError."""
    backend: backends.Lifter = backends.get("lifters", choose(spec.lift.backend, view))
    table, options = spec.prepare, backend.Options.model_validate(spec.lift.model_extra or {})
    return backend.lift(view, backends.Job(options, table.height_mm, table.process, table.relief), progress)


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write ``lifted.glb``: the parts, their union, and the accessories."""
    from fabricate.solid.glb import write_lifted

    lifted = lift(spec, read_view(before["stylize"] / "view.png"), progress)
    write_lifted(lifted, out / "lifted.glb")
    faces = sum(len(part.faces) for part in lifted.parts.values())
    summary = {
        "backend": lifted.backend,
        "parts": sorted(lifted.parts),
        "accessories": sorted(lifted.accessories),
        "faces": faces,
    }
    return Made({}, summary)
