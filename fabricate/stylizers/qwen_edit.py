"""Stylize = qwen-edit: Qwen-Image-Edit is shown the photo and the pose's stick figure."""

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

__all__ = ["QwenEditStylizer"]


class QwenEditStylizer:
    """The largest: it keeps a face best, and wants the most memory."""

    name: ClassVar[str] = "qwen-edit"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = "gpu"
    Options: ClassVar[type[BaseModel]] = DiffusionOptions

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The front view. Raises BackendError, SubjectError for a photo that cannot be used."""
        from fabricate.learned import qwen
        from fabricate.stylizers._diffusion import stylized

        options = DiffusionOptions.model_validate(spec.stylize.model_extra or {})
        return stylized(spec, likeness, progress, name=self.name, model=qwen, options=options)
