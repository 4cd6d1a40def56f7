"""The trained network as an ONNX file, checked against torch before it is put in place."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import torch

from fabricate.errors import BackendError
from fabricate.lift.sheets import session
from fabricate.train.halves import halve
from fabricate.train.loop import State
from fabricate.train.network import Network

__all__ = ["LARGEST_MB", "export", "export_checkpoint", "parity"]

LARGEST_MB = 7.5
"""Two networks ship, 15 MB together."""
TOLERANCE = 2e-3
"""Half-frames, on noise: a fifth of a millimetre on a figure of 200. Half precision takes most of it."""
DIRECTIONS = slice(2, 8)
"""Which of ``lift.inputs.OUTPUTS`` are directions."""


def export_checkpoint(checkpoint: Path, out: Path) -> float:
    """Write the running mean of a checkpoint as ``out``; gives the largest difference from torch."""
    return export(State.load(checkpoint, torch.device("cpu")).mean, out)


def export(network: Network, out: Path) -> float:
    """Write ``out`` (input ``seen``, output ``sheets``, batch and sides free); gives the largest difference
    between its outputs and torch's.

    Raises BackendError when they differ or the file is larger than ``LARGEST_MB``; ``out`` is then as it was.
    """
    network = network.eval().to("cpu", memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    aside = out.with_name(out.name + ".part")
    unit = 2 ** len(network.size.channels)
    sample = torch.zeros(2, 5, 2 * unit, 2 * unit)
    n, h, w = (torch.export.Dim(name, min=1) for name in ("n", "h", "w"))
    # The exporter warns of libraries that this network does not use.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (sample,),
            input_names=["seen"],
            output_names=["sheets"],
            dynamic_shapes={"x": {0: n, 2: unit * h, 3: unit * w}},
            dynamo=True,
            verbose=False,
        )
        assert program is not None
        program.save(str(aside), external_data=False)
    _packed(aside)
    worst = parity(network, aside)
    size = aside.stat().st_size / 1e6
    if worst > TOLERANCE or size > LARGEST_MB:
        aside.unlink()
        raise BackendError(
            f"the exported network differs by {worst:.4f} or is too large ({size:.1f} MB)",
            "export with other versions of torch and onnx",
        )
    aside.replace(out)
    return worst


def _packed(path: Path) -> None:
    """Weights in half precision, and none of what the exporter notes of the machine: each node's source."""
    import onnx

    model = onnx.load(str(path))
    graph = model.graph
    for item in (
        model,
        graph,
        *graph.node,
        *graph.value_info,
        *graph.input,
        *graph.output,
        *graph.initializer,
    ):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    halve(graph)
    onnx.save(model, str(path))


def parity(network: Network, path: Path) -> float:
    """The largest difference between torch and onnxruntime on pictures of two sizes.

    Directions count by their mean difference: made of length one where hardly any is told, they magnify
    rounding without bound.
    """
    exported = session(path, "CPUExecutionProvider")
    dice = np.random.default_rng(0)
    unit = 2 ** len(network.size.channels)
    worst = 0.0
    for n, side in ((1, 4 * unit), (3, 2 * unit)):
        seen = dice.normal(size=(n, 5, side, side)).astype(np.float32) * 0.4
        with torch.no_grad():
            true = network(torch.from_numpy(seen)).numpy()
        off = np.abs(exported.run(None, {"seen": seen})[0] - true)
        turned = off[:, DIRECTIONS].mean(axis=(0, 2, 3)).max()
        off[:, DIRECTIONS] = 0
        worst = max(worst, float(off.max()), float(turned))
    return worst
