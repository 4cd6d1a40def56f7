"""Stylize = qwen-edit: Qwen-Image-Edit is shown the photo and the pose's stick figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from fabricate.stylizers._diffusion import EditStylizer

if TYPE_CHECKING:
    from fabricate.learned.diffusion import Model

__all__ = ["QwenEditStylizer"]


class QwenEditStylizer(EditStylizer):
    """The largest: it keeps a face best, and wants the most memory."""

    name: ClassVar[str] = "qwen-edit"
    licence: ClassVar[str] = "Apache-2.0"

    def model(self) -> Model:
        """Qwen-Image-Edit's functions."""
        from fabricate.learned import qwen

        return qwen
