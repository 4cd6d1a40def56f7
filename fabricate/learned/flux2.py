"""FLUX.2 klein (Black Forest Labs, 2026): the photo and the pose's stick figure as reference pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from fabricate.learned.diffusion import Order
from fabricate.learned.edit import references, side

__all__ = ["drawn", "opened", "references", "side"]

SHORT, LONG = 4, 28
"""Steps of the distilled model, and of the base model."""
GUIDANCE = 4.0
"""Of the base model; the distilled one needs none."""


def opened(folders: Mapping[str, Path], dtype: torch.dtype) -> Any:
    """The pipeline of ``main``."""
    from diffusers import Flux2KleinPipeline

    whole: Any = Flux2KleinPipeline
    return whole.from_pretrained(folders["main"], torch_dtype=dtype, local_files_only=True)


def drawn(pipeline: Any, order: Order, options: dict[str, Any]) -> Image.Image:
    """The picture; there is no negative prompt to give to this one, so it is not used."""
    # the prompt is read at a quarter, a half and three quarters of the text encoder's depth (9, 18, 27 of 36)
    depth = int(pipeline.text_encoder.config.num_hidden_layers)
    width, height = order.size
    distilled = bool(pipeline.config.is_distilled)
    picture: Image.Image = pipeline(
        image=references(order),
        prompt=order.prompt,
        width=width,
        height=height,
        num_inference_steps=order.steps or (SHORT if distilled else LONG),
        guidance_scale=1.0 if distilled else GUIDANCE,
        text_encoder_out_layers=(depth // 4, depth // 2, depth * 3 // 4),
        **options,
    ).images[0]
    return picture
