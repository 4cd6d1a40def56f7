"""SDXL from the kit's own figure, held to a pose by an OpenPose ControlNet and to a face by IP-Adapter.

SDXL: Podell et al., 2023. ControlNet: Zhang et al., 2023. IP-Adapter: Ye et al., 2023.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from fabricate.learned.diffusion import Order, variant_of

__all__ = ["drawn", "opened", "side"]

ADAPTER = "ip-adapter-plus-face_sdxl_vit-h.safetensors"
STEPS = 30
GUIDANCE = 6.0


def opened(folders: Mapping[str, Path], dtype: torch.dtype) -> Any:
    """The pipeline of ``main``, ``controlnet`` and, where there is a face to keep, ``ip-adapter``."""
    from diffusers import ControlNetModel, StableDiffusionXLControlNetImg2ImgPipeline

    main = folders["main"]
    options: dict[str, Any] = {"torch_dtype": dtype, "local_files_only": True}
    net: Any = ControlNetModel
    control = net.from_pretrained(folders["controlnet"], **options)
    whole: Any = StableDiffusionXLControlNetImg2ImgPipeline
    pipeline = whole.from_pretrained(
        main, controlnet=control, variant=variant_of(main, "unet"), add_watermarker=False, **options
    )
    if "ip-adapter" in folders:
        pipeline.load_ip_adapter(
            str(folders["ip-adapter"]),
            subfolder="sdxl_models",
            weight_name=ADAPTER,
            image_encoder_folder="models/image_encoder",
            local_files_only=True,
        )
    return pipeline


def side(pipeline: Any) -> int:
    """1024 pixels, as published."""
    return int(pipeline.unet.config.sample_size * pipeline.vae_scale_factor)


def drawn(pipeline: Any, order: Order, options: dict[str, Any]) -> Image.Image:
    """From ``start``, with ``skeleton`` as the ControlNet's picture and ``face`` as the adapter's."""
    if order.face is not None:
        pipeline.set_ip_adapter_scale(order.likeness)
        options = {**options, "ip_adapter_image": order.face}
    # only the last ``strength`` of the steps are taken, and one there must be
    steps = max(order.steps or STEPS, math.ceil(1 / order.strength))
    picture: Image.Image = pipeline(
        prompt=order.prompt,
        negative_prompt=order.negative,
        image=order.start,
        control_image=order.skeleton,
        strength=order.strength,
        controlnet_conditioning_scale=order.pose,
        num_inference_steps=steps,
        guidance_scale=GUIDANCE,
        **options,
    ).images[0]
    return picture
