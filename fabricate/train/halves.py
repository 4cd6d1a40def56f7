"""Networks on disk in half precision: half as large, and to the eye the same."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["HALF", "halve"]

HALF = "_half"
"""What the names of tensors in half precision end in."""
SMALL = 4096
"""Numbers in a tensor that is not worth halving."""


def halve(graph: Any) -> None:
    """Keep the weights of an ONNX graph in half precision; onnxruntime widens them as it loads."""
    from onnx import TensorProto, helper, numpy_helper

    for tensor in list(graph.initializer):
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size >= SMALL:
            narrow = numpy_helper.from_array(value.astype(np.float16), tensor.name + HALF)
            graph.node.insert(0, helper.make_node("Cast", [narrow.name], [tensor.name], to=TensorProto.FLOAT))
            graph.initializer.remove(tensor)
            graph.initializer.append(narrow)
