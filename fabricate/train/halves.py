"""Networks on disk in half precision: half as large, and to the eye the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["HALF", "halved"]

HALF = "_half"
"""What the names of tensors in half precision end in."""
SMALL = 4096
"""Numbers in a tensor that is not worth halving."""


def halved(path: Path) -> None:
    """Keep a file's weights in half precision, half as large; onnxruntime widens them as it loads."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    for tensor in list(graph.initializer):
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size >= SMALL:
            narrow = numpy_helper.from_array(value.astype(np.float16), tensor.name + HALF)
            graph.node.insert(0, helper.make_node("Cast", [narrow.name], [tensor.name], to=TensorProto.FLOAT))
            graph.initializer.remove(tensor)
            graph.initializer.append(narrow)
    onnx.save(model, str(path))
