"""Stylize = sdxl-pose: SDXL from the kit's figure, held to pose (OpenPose) and face (IP-Adapter)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, Field

from fabricate.events import Progress
from fabricate.stylizers._diffusion import DiffusionOptions, stylized

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness, View
    from fabricate.spec import Spec

__all__ = ["SDXLPoseStylizer"]


class Options(DiffusionOptions):
    """The keys of sdxl-pose in ``[stylize]``."""

    strength: float = Field(default=0.85, ge=0.05, le=1.0)
    """How far it may go from the kit's own figure: 1 sees nothing of it."""
    hold_pose: float = Field(default=0.8, ge=0.0, le=2.0)
    hold_face: float = Field(default=0.6, ge=0.0, le=1.0)
    """How strictly pose and face are kept."""


class SDXLPoseStylizer:
    """The strictest pose on the smallest card; the likeness is weaker than with reference pictures."""

    name: ClassVar[str] = "sdxl-pose"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "CreativeML Open RAIL++-M; Apache-2.0"
    extra: ClassVar[str] = "gpu"
    Options: ClassVar[type[BaseModel]] = Options

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The front view. Raises BackendError, SubjectError for a photo that cannot be used."""
        from fabricate.learned import sdxl

        options = Options.model_validate(spec.stylize.model_extra or {})
        return stylized(
            spec,
            likeness,
            progress,
            name=self.name,
            model=sdxl,
            options=options,
            parts=lambda face: ("main", "controlnet", "ip-adapter") if face else ("main", "controlnet"),
            shown=False,
            told={"strength": options.strength, "pose": options.hold_pose, "likeness": options.hold_face},
        )
