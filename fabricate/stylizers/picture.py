"""Stylize = picture: one that the maker has already; the figure is cut from its background or its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from fabricate.errors import SubjectError
from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness, View
    from fabricate.spec import Spec

__all__ = ["PictureStylizer"]


class Options(BaseModel):
    """The picture has no options."""

    model_config = ConfigDict(extra="forbid")


class PictureStylizer:
    """Takes ``subject.picture`` as it is: nothing is drawn, only cut out and framed."""

    name: ClassVar[str] = "picture"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The figure of the picture.

        Raises SubjectError when there is no picture, it cannot be read, or no figure can be told from its
        background; BackendError for a HEIC picture without the extra ``photo``.
        """
        from fabricate.artifacts import View
        from fabricate.lift.cutout import cut_out
        from fabricate.photo import open_picture
        from fabricate.stylizers._framed import framed

        del likeness
        if spec.subject.picture is None:
            raise SubjectError(
                "stylize = picture needs a picture", "name one: fabricate make PICTURE --as picture"
            )
        progress.step("cutting the figure out", 0.0)
        cut = cut_out(open_picture(spec.subject.picture))
        for warning in cut.warnings:
            progress.warn(warning)
        return View(framed(cut.image), self.name, None, cut.notes)
