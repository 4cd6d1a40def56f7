"""Lift = kit: the exact solid of the view's own design, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from fabricate.errors import BackendError
from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View

__all__ = ["KitLifter"]


class Options(BaseModel):
    """The kit's lift has no options of its own."""

    model_config = ConfigDict(extra="forbid")


class KitLifter:
    """Sculpts the design that a kit view carries; nothing is guessed from the picture."""

    name: ClassVar[str] = "kit"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, *, height_mm: float, process: str, progress: Progress) -> Lifted:
        """The solid at unit height in the figure frame; BackendError for a view that has no kit design."""
        from fabricate.artifacts import Lifted
        from fabricate.kit.design import Design
        from fabricate.kit.solid import sculpture

        if view.design is None:
            raise BackendError(
                "the kit can only lift a view that it made itself, unedited",
                "run stylize with the kit again, or choose another lift",
            )
        parts, solid, accessories = sculpture(
            Design.from_json(view.design), height_mm, process, progress.step
        )
        return Lifted(parts, solid, accessories, backend=self.name)
