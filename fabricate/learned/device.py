"""Where a network runs and in which precision; one warm model at a time; what to do when memory runs out."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from fabricate.errors import BackendError

__all__ = [
    "DEVICES",
    "PRECISIONS",
    "asked",
    "device_of",
    "enough_memory",
    "free_gb",
    "out_of_memory",
    "precision_of",
    "release",
    "warm",
]

Model = TypeVar("Model")
DEVICES = ("auto", "cuda", "mps", "cpu")
PRECISIONS = ("auto", "float32", "float16", "bfloat16")
Device = Literal["auto", "cuda", "mps", "cpu"]
Precision = Literal["auto", "float32", "float16", "bfloat16"]

_kept: dict[Hashable, Any] = {}


def device_of(wanted: Device = "auto") -> torch.device:
    """CUDA, else Apple's MPS, else the processor; BackendError when the one asked for is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, found in there.items() if found))
    if not there.get(wanted, False):
        raise BackendError(
            f"torch finds no {wanted} device here", "use device = auto, or install the torch build for it"
        )
    return torch.device(wanted)


def precision_of(device: torch.device, wanted: Precision = "auto") -> torch.dtype:
    """Half precision on a GPU (bfloat16 where the card has it), single on the processor."""
    if wanted != "auto":
        return {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def free_gb(device: torch.device) -> float | None:
    """Free memory of a CUDA card in GB (10^9 bytes); None where it cannot be told."""
    if device.type != "cuda":
        return None
    return float(torch.cuda.mem_get_info(device)[0]) / 1e9


def out_of_memory(exc: Exception) -> bool:
    """Whether an exception says that the memory of the GPU or of the computer is full."""
    if isinstance(exc, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(exc).lower()
    return isinstance(exc, RuntimeError | OSError) and ("out of memory" in said or "can't allocate" in said)


@contextlib.contextmanager
def enough_memory(what: str, smaller: str) -> Iterator[None]:
    """Turn running out of memory into a BackendError that names three things to try.

    ``smaller``: how this network is made to need less, e.g. ``lift.resolution = 192``.
    """
    try:
        yield
        return
    except Exception as exc:
        if not out_of_memory(exc):
            raise
        fault = exc
    release()
    raise BackendError(
        f"{what} ran out of memory",
        f"try one of: close what else uses the GPU; {smaller}; the processor instead: device = cpu",
    ) from fault


def warm(key: Hashable, made: Callable[[], Model]) -> Model:
    """The model of a key, made once and kept for the next figure; another key's model is let go first."""
    if key not in _kept:
        release()
        _kept[key] = made()
    found: Model = _kept[key]
    return found


def release() -> None:
    """Let go of the warm model and of what the GPU holds for it."""
    _kept.clear()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def asked(
    ask: Callable[[torch.Tensor], torch.Tensor],
    points: NDArray[np.float32],
    device: torch.device,
    chunk: int,
) -> NDArray[np.float32]:
    """What a network says of points (n, 3), n > 0, asked of it ``chunk`` at a time: (n, ...) float32."""
    told = [
        ask(torch.from_numpy(points[start : start + chunk]).to(device)).float().cpu().numpy()
        for start in range(0, len(points), chunk)
    ]
    return np.concatenate(told)
