"""Lift: the front view becomes a solid of unit height in the figure frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fabricate import backends
from fabricate.errors import BackendError
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
        "prepare": {"height_mm": spec.prepare.height_mm, "process": spec.prepare.process},
    }
    return Wants(options, accessory_files(spec), TEMPLATES, f"{backend.name}@{backend.version}")


def choose(backend: str, view: View) -> str:
    """The lifter's name: ``auto`` means the kit's own geometry for an unedited kit view.

    Raises BackendError when ``auto`` finds nothing here that can lift the view.
    """
    if backend != "auto":
        return backend
    if view.design is not None:
        return "kit"
    known = [name for name in backends.names("lifters") if name != "kit"]
    made = "an edited view or a picture" if view.backend == "kit" else f"a view made by {view.backend!r}"
    if known:
        raise BackendError(
            f"lift = auto knows no lifter for {made}", f"choose one with --lift: {', '.join(known)}"
        )
    raise BackendError(
        f"{made} has no kit design, and no lifter that works from the picture alone is installed",
        "--remake stylize brings the kit's own view back; or install a plugin that lifts pictures",
    )


def lift(spec: Spec, view: View, progress: Progress) -> Lifted:
    """The solid of a view, by the backend that the spec names. Raises BackendError, MeshError."""
    backend: backends.Lifter = backends.get("lifters", choose(spec.lift.backend, view))
    return backend.lift(
        view, height_mm=spec.prepare.height_mm, process=spec.prepare.process, progress=progress
    )


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
