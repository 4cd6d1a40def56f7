"""The network at work: a framed picture becomes two depth sheets, by onnxruntime on the CPU or GPU."""

from __future__ import annotations

from collections.abc import Mapping
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
from fabricate.lift.normals import embossed

__all__ = ["SIDE", "Sheets", "balloon_sheets", "predicted", "session"]

F32 = NDArray[np.float32]
SIDE = 128
"""The resolution at which depth is judged."""
CAUTION = 1.0
"""How much the network's doubt weighs against what it says of the middle; chosen on shapes it never saw."""
FOLLOWED = 0.9
"""How far its factor of the thickness is followed, as a power; chosen on the same."""
CALM = 1.5
"""Pixels over which the corrections are calmed."""


@dataclass(frozen=True)
class Sheets:
    """What is known of the depth at the network's resolution, as corrections to the inflation.

    ``middle`` (s, s): where the middle of the body lies, towards the viewer, in half-frames; ``factor`` (s,
    s): the thickness over the inflation's; ``raised`` (s, s): what the front alone stands out more, in
    half-frames; ``known`` (s, s): where the network saw the figure.
    """

    middle: F32
    factor: F32
    raised: F32
    known: NDArray[np.bool_]


def balloon_sheets() -> Sheets:
    """Plain inflation: a flat middle, the balloon's own thickness."""
    zero = np.zeros((SIDE, SIDE), np.float32)
    return Sheets(zero, zero + 1, zero, zero == 0)


def predicted(framed: Framed, weights: Mapping[int, Path]) -> Sheets:
    """The sheets of a picture: the mean of what several networks say of it and of its mirror image.

    ``weights``: a network's file by the step at which it sees pixels; the first one's normals are believed.
    Two that see at different scales err apart. Raises BackendError without onnxruntime or the weights.
    """
    rgb, alpha = framed.at(SIDE)
    cut = alpha > 0.5
    balloon = inflated(cut)
    seen = stacked(rgb[None], cut[None], balloon[None])
    said = np.stack([_said(_network(path), seen, step) for step, path in weights.items()])
    front, back, doubt = (said[:, OUTPUTS.index(name)] for name in ("front", "back", "doubt"))
    middle = (np.float32(0.5) * (front + back)).mean(0)
    thin = np.maximum(balloon, FLOOR)
    log_factor = np.log(np.where(cut, np.float32(0.5) * (front - back) / thin, np.float32(1))).mean(0)
    middle = _calmed(middle - np.median(middle[cut]), cut)
    factor = np.exp(np.float32(FOLLOWED) * _calmed(log_factor, cut))
    middle = middle * _trust(middle[cut], np.exp(doubt.mean(0)[cut]))
    return Sheets(middle, factor, embossed(middle + thin * factor, said[0, 2:5], cut), cut)


def _said(network: Any, seen: F32, step: int) -> F32:
    """The network's outputs (9, h, w) for one picture (1, 5, h, w) and its mirror image, averaged.

    It sees ``step`` x ``step`` thinned pictures, each begun at another pixel; together they give every pixel.
    """
    both = np.concatenate([seen, seen[..., ::-1]])
    out = np.zeros((2, len(OUTPUTS), *seen.shape[2:]), np.float32)
    for y in range(step):
        for x in range(step):
            thinned = np.ascontiguousarray(both[..., y::step, x::step])
            out[..., y::step, x::step] = network.run(None, {"seen": thinned})[0]
    signs = np.array([-1 if name.endswith("_x") else 1 for name in OUTPUTS], np.float32)
    return np.asarray((out[0] + out[1, ..., ::-1] * signs[:, None, None]) / 2, np.float32)


def _trust(middle: F32, doubt: F32) -> np.float32:
    """How far the predicted middle is followed, 0..1: little where it says less than it doubts (Wiener)."""
    said, unsure = float(middle.var()), CAUTION * float(doubt.mean()) ** 2
    return np.float32(said / max(said + unsure, 1e-9))


def _calmed(grid: F32, cut: NDArray[np.bool_]) -> F32:
    """Blurred within the silhouette: the network draws in squares."""
    from scipy import ndimage

    weight = ndimage.gaussian_filter(cut.astype(np.float32), CALM)
    smooth = ndimage.gaussian_filter(np.where(cut, grid, 0).astype(np.float32), CALM)
    return np.asarray(np.where(cut, smooth / np.maximum(weight, 1e-3), 0), np.float32)


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
