"""Qwen-Image-Edit: the photo and the pose's stick figure as pictures to edit (Alibaba, 2025)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import Qwen2VLProcessor

from fabricate.learned.diffusion import Order
from fabricate.learned.edit import references, side

__all__ = ["Processor", "drawn", "opened", "references", "side"]

STEPS = 40
GUIDANCE = 4.0
PAD = "<|image_pad|>"


class Processor(Qwen2VLProcessor):  # type: ignore[misc, unused-ignore]
    """Text and pictures -> tokens and patches, as Qwen2-VL's own processor makes them of still pictures.

    That one cannot be built without torchvision, for the sake of videos; this one needs only Pillow.
    """

    def __init__(self, pictures: Any, tokenizer: Any):
        self.image_processor = pictures
        self.tokenizer = tokenizer
        self.chat_template = None

    @classmethod
    def of(cls, folder: Path) -> Processor:
        """The processor of a model's folder."""
        from transformers import AutoTokenizer
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

        pictures: Any = Qwen2VLImageProcessorPil
        words: Any = AutoTokenizer
        return cls(
            pictures.from_pretrained(folder / "processor", local_files_only=True),
            words.from_pretrained(folder / "tokenizer", local_files_only=True),
        )

    def __call__(self, text: list[str], images: Any = None, **options: Any) -> Any:
        """One ``PAD`` in the text becomes as many as its picture has patches, after merging."""
        from transformers import BatchFeature

        seen: dict[str, Any] = {}
        texts = list(text)
        if images is not None:
            seen = dict(self.image_processor(images=images, return_tensors="pt"))
            merged = self.image_processor.merge_size**2
            counts = iter(int(grid.prod()) // merged for grid in seen["image_grid_thw"])
            for i, each in enumerate(texts):
                first, *rest = each.split(PAD)
                texts[i] = first + "".join(PAD * next(counts) + piece for piece in rest)
        words = self.tokenizer(texts, padding=options.get("padding", True), return_tensors="pt")
        return BatchFeature(data={**words, **seen}, tensor_type="pt")


def opened(folders: Mapping[str, Path], dtype: torch.dtype) -> Any:
    """The pipeline of ``main``."""
    from diffusers import QwenImageEditPlusPipeline

    whole: Any = QwenImageEditPlusPipeline
    main = folders["main"]
    return whole.from_pretrained(main, processor=Processor.of(main), torch_dtype=dtype, local_files_only=True)


def drawn(pipeline: Any, order: Order, options: dict[str, Any]) -> Image.Image:
    """The picture."""
    width, height = order.size
    picture: Image.Image = pipeline(
        image=references(order),
        prompt=order.prompt,
        negative_prompt=order.negative or " ",
        true_cfg_scale=GUIDANCE,
        width=width,
        height=height,
        num_inference_steps=order.steps or STEPS,
        **options,
    ).images[0]
    return picture
