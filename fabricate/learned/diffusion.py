"""Diffusion models on diffusers' own pipelines: where their weights lie, where they run, one picture drawn.

A model is three things: how its pipeline is opened (``Model.opened``), how many pixels it was trained on
(``Model.side``), and how a picture is ordered from it (``Model.drawn``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from PIL import Image

from fabricate.events import Progress
from fabricate.learned.device import free_gb
from fabricate.learned.reading import present, quiet, reading
from fabricate.learned.weights import Card, located

__all__ = [
    "Model",
    "Offload",
    "Order",
    "Place",
    "draw",
    "folders_of",
    "opened",
    "placement",
    "settled",
    "sizes_gb",
    "variant_of",
]

Place = Literal["whole", "models", "layers"]
Offload = Literal["auto", "whole", "models", "layers"]
"""What lies on the card at once: the whole pipeline, one of its models, or one layer."""
ROOM_GB = 3.0
"""What a picture of a megapixel needs beside the weights."""

Heard = Callable[[float], None]


@dataclass(frozen=True)
class Order:
    """A picture to draw.

    ``size``: width and height in pixels. ``skeleton``: the pose's stick figure on black, RGB, ``size``.
    ``start``: the kit's figure on plain ground, RGB, ``size``. ``photo``: who it is, RGB, or None;
    ``face``: the same cropped to the face. ``steps``: of denoising, 0 the model's own number.
    ``strength``, ``pose``, ``likeness``: 0..1, how far it may go from ``start``, how strictly it keeps to
    ``skeleton`` and to ``face``, for the models that can be told.
    """

    prompt: str
    negative: str
    size: tuple[int, int]
    seed: int
    skeleton: Image.Image
    start: Image.Image
    photo: Image.Image | None = None
    face: Image.Image | None = None
    steps: int = 0
    strength: float = 0.85
    pose: float = 0.8
    likeness: float = 0.6


class Model(Protocol):
    """One kind of model: a module of functions, or anything shaped like it."""

    def opened(self, folders: Mapping[str, Path], dtype: torch.dtype) -> Any:
        """The diffusers pipeline of these folders (``weights`` of the card, by name) in memory."""
        ...

    def side(self, pipeline: Any) -> int:
        """The side in pixels of the squares that it was trained on."""
        ...

    def drawn(self, pipeline: Any, order: Order, options: dict[str, Any]) -> Image.Image:
        """The picture; ``options`` holds the generator and the callback for the pipeline's call."""
        ...


def folders_of(
    card: Card, progress: Progress, parts: tuple[str, ...], *, own: str = "", download: bool = False
) -> dict[str, Path]:
    """Each part's folder. ``own`` stands for the main weights, and for a part that it has a folder of.

    Raises BackendError, naming licence and size, when weights are not here and ``download`` is off.
    """
    found = {}
    for part in parts:
        inside = part == "main" or (Path(own).expanduser() / part).is_dir()
        found[part] = located(card, progress, part=part, own=own if own and inside else "", download=download)
    return found


def opened(model: Model, card: Card, folders: Mapping[str, Path], dtype: torch.dtype) -> Any:
    """The pipeline, still in the computer's memory; BackendError when the folders do not hold its parts."""
    main = folders["main"]
    with reading(main, card.label, "model_index.json and the parts that it names"), quiet():
        present(main / "model_index.json")
        pipeline = model.opened(folders, dtype)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def settled(pipeline: Any, device: torch.device, wanted: Offload = "auto") -> Place:
    """Put a pipeline on its device, as much of it at once as there is room for; says how."""
    place = wanted
    if place == "auto":
        turns = str(pipeline.model_cpu_offload_seq).split("->")
        place = placement(sizes_gb(pipeline), free_gb(device), turns)
    if device.type == "cpu" or (device.type == "mps" and wanted == "auto"):
        place = "whole"
    if place == "whole":
        pipeline.to(device)
    elif place == "models":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.enable_sequential_cpu_offload(device=device)
    return place


def placement(sizes: Mapping[str, float], room: float | None, turns: Collection[str]) -> Place:
    """What fits ``room`` GB (None: unknown, taken as enough) beside the picture itself; sizes in GB.

    Run in pieces, the networks named in ``turns`` take turns on the card; the others stay beside them.
    """
    if room is None or sum(sizes.values()) + ROOM_GB <= room:
        return "whole"
    stay = sum(size for name, size in sizes.items() if name not in turns)
    largest = max((size for name, size in sizes.items() if name in turns), default=0.0)
    return "models" if largest + stay + ROOM_GB <= room else "layers"


def sizes_gb(pipeline: Any) -> dict[str, float]:
    """The weights of each network of a pipeline in GB (10^9 bytes)."""
    return {
        name: sum(p.numel() * p.element_size() for p in part.parameters()) / 1e9
        for name, part in pipeline.components.items()
        if isinstance(part, torch.nn.Module)
    }


def draw(model: Model, pipeline: Any, order: Order, heard: Heard = lambda _f: None) -> Image.Image:
    """One picture, RGB; the same order on the same machine gives the same bytes.

    ``heard`` is told the share of the steps that is done.
    """

    def step(_pipeline: Any, at: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        heard(min(1.0, (at + 1) / max(1, int(_pipeline.num_timesteps))))
        return kept

    # drawn on the processor, noise is the same whatever the card
    options = {
        "generator": torch.Generator("cpu").manual_seed(order.seed),
        "callback_on_step_end": step,
    }
    with quiet(), torch.inference_mode():
        return model.drawn(pipeline, order, options).convert("RGB")


def variant_of(folder: Path, part: str) -> str | None:
    """``fp16`` where a folder holds half precision weights only, as they are downloaded; else None."""
    whole = (folder / part / "diffusion_pytorch_model.safetensors").is_file()
    half = any((folder / part).glob("*.fp16*.safetensors"))
    return "fp16" if half and not whole else None
