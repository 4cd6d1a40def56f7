"""TripoSG's five folders: read strictly by name, in the precision that they are to run in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fabricate.errors import BackendError
from fabricate.learned.reading import present, quiet, reading
from fabricate.learned.triposg import Field, Flow, field_sizes, flow_sizes

__all__ = ["WEIGHTS", "Eye", "Parts", "read"]

WEIGHTS = "diffusion_pytorch_model.safetensors"
FOLDERS = ("transformer", "vae", "image_encoder_dinov2", "feature_extractor_dinov2", "scheduler")
UNUSED = ("encoder.", "quant.")
"""The autoencoder's way from a mesh to latent tokens: needed in training only."""


@dataclass(frozen=True)
class Eye:
    """How a picture is seen: made ``whole`` px wide, its middle ``crop`` px taken, then normed."""

    whole: int = 256
    crop: int = 224
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)

    def seen(self, picture: Tensor) -> Tensor:
        """(3, whole, whole) in 0..1 -> (1, 3, crop, crop), normed."""
        at = (self.whole - self.crop) // 2
        middle = picture[:, at : at + self.crop, at : at + self.crop]
        mean, std = (torch.tensor(each).view(3, 1, 1) for each in (self.mean, self.std))
        return torch.as_tensor((middle - mean) / std)[None]


@dataclass(frozen=True)
class Parts:
    """The networks of one TripoSG: ``image`` is DINOv2; ``shift``: the flow's steps lean towards noise."""

    image: nn.Module
    flow: Flow
    field: Field
    eye: Eye
    shift: float


def read(folder: Path, dtype: torch.dtype) -> Parts:
    """The parts in a folder, on the processor; BackendError when one is missing, foreign or cut off."""
    with reading(folder, "TripoSG", ", ".join(FOLDERS)):
        eye = _eye(_json(folder / "feature_extractor_dinov2" / "preprocessor_config.json"))
        shift = float(_json(folder / "scheduler" / "scheduler_config.json").get("shift", 1.0))
        with torch.device("meta"):
            flow = Flow(flow_sizes(_json(folder / "transformer" / "config.json")))
            field = Field(field_sizes(_json(folder / "vae" / "config.json")))
        for network, part in ((flow, "transformer"), (field, "vae")):
            network.load_state_dict(_tensors(folder / part / WEIGHTS, dtype), strict=True, assign=True)
        image = _dino(folder / "image_encoder_dinov2", dtype)
    return Parts(image, flow.eval(), field.eval(), eye, shift)


def _json(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _eye(config: Mapping[str, Any]) -> Eye:
    return Eye(
        config["size"]["shortest_edge"],
        config["crop_size"]["height"],
        tuple(config["image_mean"]),
        tuple(config["image_std"]),
    )


def _tensors(path: Path, dtype: torch.dtype) -> dict[str, Tensor]:
    """A file's tensors, each turned to the precision asked as it is read: the whole is never held in two."""
    from safetensors import safe_open

    with safe_open(present(path), "pt") as file:
        names = [name for name in file.keys() if not name.startswith(UNUSED)]  # noqa: SIM118 (no mapping)
        return {name: file.get_tensor(name).to(dtype) for name in names}


def _dino(folder: Path, dtype: torch.dtype) -> nn.Module:
    from transformers import Dinov2Model

    present(folder / "config.json")
    with quiet():
        answer: Any = Dinov2Model.from_pretrained(
            folder, dtype=dtype, local_files_only=True, output_loading_info=True
        )
    model: nn.Module = answer[0].eval()
    # the mask token is for training, and some savers leave it out
    lost = sorted(name for name in answer[1]["missing_keys"] if not name.endswith("mask_token"))
    if lost:
        raise BackendError(f"{folder} lacks {lost[0]} and {len(lost) - 1} more", "fetch it anew")
    return model
