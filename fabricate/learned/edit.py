"""What the models that edit pictures have in common: what they are shown, and how large they draw."""

from __future__ import annotations

from typing import Any

from PIL import Image

from fabricate.learned.diffusion import Order

__all__ = ["references", "side"]


def side(pipeline: Any) -> int:
    """1024 pixels, as published: of the pipeline, its configuration does not tell."""
    return int(pipeline.default_sample_size * pipeline.vae_scale_factor)


def references(order: Order) -> list[Image.Image]:
    """The photo, when there is one, then the stick figure: in the order in which the prompt counts them."""
    return [order.skeleton] if order.photo is None else [order.photo, order.skeleton]
