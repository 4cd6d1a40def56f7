"""Stylize = flux2-klein: FLUX.2 klein is shown the photo and the pose's stick figure, draws in 4 steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from fabricate.stylizers._diffusion import EditStylizer

if TYPE_CHECKING:
    from fabricate.learned.diffusion import Model

__all__ = ["Flux2KleinStylizer"]


class Flux2KleinStylizer(EditStylizer):
    """Recommended with a GPU: several reference pictures, few steps, a licence that lets figures be sold."""

    name: ClassVar[str] = "flux2-klein"
    licence: ClassVar[str] = "Apache-2.0"

    def model(self) -> Model:
        """FLUX.2 klein's functions."""
        from fabricate.learned import flux2

        return flux2
