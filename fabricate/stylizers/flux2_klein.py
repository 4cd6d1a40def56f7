"""Stylize = flux2-klein: FLUX.2 klein is shown the photo and the pose's stick figure, draws in 4 steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import accelerate  # type: ignore[import-untyped]  # noqa: F401  (missing? found here, not amid the work)
import diffusers  # noqa: F401
from pydantic import BaseModel

from fabricate.events import Progress
from fabricate.stylizers._diffusion import DiffusionOptions

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness, View
    from fabricate.spec import Spec

__all__ = ["Flux2KleinStylizer"]


class Flux2KleinStylizer:
    """Recommended with a GPU: several reference pictures, few steps, a licence that lets figures be sold."""

    name: ClassVar[str] = "flux2-klein"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = "gpu"
    Options: ClassVar[type[BaseModel]] = DiffusionOptions

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The front view. Raises BackendError, SubjectError for a photo that cannot be used."""
        from fabricate.learned import flux2
        from fabricate.stylizers._diffusion import stylized

        options = DiffusionOptions.model_validate(spec.stylize.model_extra or {})
        return stylized(spec, likeness, progress, name=self.name, model=flux2, options=options)
