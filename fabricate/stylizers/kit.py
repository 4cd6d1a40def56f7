"""Stylize = kit: the figure kit's own front view, from the spec and from what the photo shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness, View
    from fabricate.spec import Spec

__all__ = ["KitStylizer"]


class Options(BaseModel):
    """The kit's own keys in ``[stylize]``."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(default=896, ge=256, le=4096)
    """Height of the front view in pixels."""


class KitStylizer:
    """Chooses a design and renders it: nothing is downloaded, no model is run."""

    name: ClassVar[str] = "kit"
    version: ClassVar[str] = "2"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The front view with its design; TemplateError or SpecError for a choice that does not exist."""
        from fabricate.artifacts import View
        from fabricate.kit.choose import choose
        from fabricate.kit.views import front_view

        options = Options.model_validate(spec.stylize.model_extra or {})
        design, said = choose(spec, likeness)
        image = front_view(
            design,
            height_mm=spec.prepare.height_mm,
            process=spec.prepare.process,
            size=options.size,
            step=progress.step,
        )
        return View(image, self.name, design.to_json(), said)
