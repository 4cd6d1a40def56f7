"""The packaging card: typst sets it, pikepdf gives it its boxes, Pillow its resolution."""

from __future__ import annotations

from fabricate.card.content import AccessoryPicture, CardContent
from fabricate.card.render import render_card

__all__ = ["AccessoryPicture", "CardContent", "render_card"]
