"""The network at work: a framed picture becomes two depth sheets, by onnxruntime on the CPU or GPU."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import BackendError
from fabricate.lift.frame import Framed
from fabricate.lift.inflation import inflated
from fabricate.lift.inputs import FLOOR, OUTPUTS, stacked

__all__ = ["SIDE", "Sheets", "balloon_sheets", "predicted", "session"]

F32 = NDArray[np.float32]
SIDE = 128
"""The resolution at which depth is judged."""
STEP = 2
"""The network was trained on every second pixel each way."""
CAUTION = 0.3
"""How much the network's doubt weighs against what it says of the middle; chosen on shapes it never saw."""
CALM = 1.8
"""Pixels over which the corrections are calmed."""


@dataclass(frozen=True)
class Sheets:
    """What is known of the depth at the network's resolution, as corrections to the inflation.

    ``middle`` (s, s): where the middle of the body lies, towards the viewer, in half-frames; ``factor`` (s,
    s): the thickness over the inflation's; ``known`` (s, s): where the network saw the figure.
    """

    middle: F32
    factor: F32
    known: NDArray[np.bool_]


def balloon_sheets() -> Sheets:
    """Plain inflation: a flat middle, the balloon's own thickness."""
    zero = np.zeros((SIDE, SIDE), np.float32)
    return Sheets(zero, zero + 1, zero == 0)


def predicted(framed: Framed, weights: Path) -> Sheets:
    """The sheets of a picture, averaged over it and its mirror image.

    The network sees ``STEP`` x ``STEP`` thinned pictures, each begun at another pixel, as in training;
    together they give every pixel. Raises BackendError without onnxruntime or the weights.
    """
    rgb, alpha = framed.at(SIDE)
    cut = alpha > 0.5
    balloon = inflated(cut)
    seen = stacked(rgb[None], cut[None], balloon[None])
    network = _network(weights)
    front, back, doubt = (_every_pixel(network, seen) + _every_pixel(network, seen[..., ::-1])[..., ::-1]) / 2
    middle, half = (front + back) / 2, (front - back) / 2
    factor = np.where(cut, half / np.maximum(balloon, FLOOR), 1)
    middle, log_factor = _calmed(middle - np.median(middle[cut]), cut), _calmed(np.log(factor), cut)
    middle = middle * _trust(middle[cut], np.exp(doubt[cut]))
    return Sheets(middle, np.exp(log_factor), cut)


def _trust(middle: F32, doubt: F32) -> np.float32:
    """How far the predicted middle is followed, 0..1: little where it says less than it doubts (Wiener)."""
    said, unsure = float(middle.var()), CAUTION * float(doubt.mean()) ** 2
    return np.float32(said / max(said + unsure, 1e-9))


def _calmed(grid: F32, cut: NDArray[np.bool_]) -> F32:
    """Blurred within the silhouette: the thinned pictures differ, and the network draws in squares."""
    from scipy import ndimage

    weight = ndimage.gaussian_filter(cut.astype(np.float32), CALM)
    smooth = ndimage.gaussian_filter(np.where(cut, grid, 0).astype(np.float32), CALM)
    return np.asarray(np.where(cut, smooth / np.maximum(weight, 1e-3), 0), np.float32)


def _every_pixel(network: Any, seen: F32) -> F32:
    """Depths and doubt (3, h, w) for one picture (1, 5, h, w), put together from its thinned ones."""
    wanted = [OUTPUTS.index(name) for name in ("front", "back", "doubt")]
    out = np.zeros((len(wanted), *seen.shape[2:]), np.float32)
    for y in range(STEP):
        for x in range(STEP):
            thinned = np.ascontiguousarray(seen[:, :, y::STEP, x::STEP], np.float32)
            out[:, y::STEP, x::STEP] = network.run(None, {"seen": thinned})[0][0, wanted]
    return out


@lru_cache(maxsize=2)
def _network(weights: Path) -> Any:
    return session(weights, "CUDAExecutionProvider", "CPUExecutionProvider")


def session(weights: Path, *providers: str) -> Any:
    """onnxruntime with a network, on the first of ``providers`` that is here. Raises BackendError."""
    try:
        import onnxruntime
    except ImportError as exc:
        raise BackendError("the lift frontback needs onnxruntime", "pip install onnxruntime") from exc
    if not weights.is_file():
        raise BackendError(f"the network's weights are not there: {weights.name}", "install fabricate anew")
    known = onnxruntime.get_available_providers()
    wanted = [p for p in providers if p in known]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights), options, providers=wanted)
