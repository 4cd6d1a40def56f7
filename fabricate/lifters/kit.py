"""Lift = kit: the exact solid of the view's own design, part by part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from fabricate.errors import BackendError, MeshError
from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View
    from fabricate.backends import Job

__all__ = ["KitLifter"]


class Options(BaseModel):
    """The kit's lift has no options of its own."""

    model_config = ConfigDict(extra="forbid")


class KitLifter:
    """Sculpts the design that a kit view carries; nothing is guessed from the picture."""

    name: ClassVar[str] = "kit"
    version: ClassVar[str] = "2"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The solid at unit height in the figure frame; the relief is the design's own.

        Raises BackendError for a view that has no kit design or that of another version, MeshError when the
        file of an accessory has moved since the view was made.
        """
        from fabricate.artifacts import Lifted
        from fabricate.kit.design import Design, is_path
        from fabricate.kit.solid import sculpture

        if view.design is None:
            raise BackendError(
                "the kit can only lift a view that it made itself, unedited",
                "run stylize with the kit again, or choose another lift",
            )
        try:
            design = Design.from_json(view.design)
        except TypeError as exc:
            raise BackendError(
                f"the view's design is not one of this version: {exc}", "make it again: --remake stylize"
            ) from exc
        for path in (Path(name) for name in design.props if is_path(name)):
            if not path.is_file():
                raise MeshError(f"the view was made with {path}, which is gone", "--remake stylize")
        parts, solid, accessories = sculpture(design, job.height_mm, job.process, progress.step)
        return Lifted(parts, solid, accessories, backend=self.name)
