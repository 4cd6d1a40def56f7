"""Begin a training at weights that were exported, so that what ships can be trained on by anyone.

An ONNX file keeps no batch normalisation: it is folded into the convolution before it. So that training can
go on, it is unfolded at the statistics of a real batch: the network then says the same as the file, and its
layers are as well scaled as those of one that was never exported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fabricate.errors import BackendError
from fabricate.train.network import Network, Size

__all__ = ["begun", "kernels"]


@torch.no_grad()
def begun(path: Path, seen: Tensor) -> Network:
    """The network of an exported file, ready for training.

    ``seen`` (n, 5, h, w): a batch as training sees it, n at least some dozens; the normalisations start at
    its statistics. Raises BackendError for a file that is no export of this network.
    """
    given = kernels(path)
    try:
        depth = next(i for i, (weight, _) in enumerate(given) if weight.ndim == 2)
        network = Network(Size(tuple(len(weight) for weight, _ in given[: depth - 1 : 2])))
        layers = _in_order(network, seen[:1])
        folded: dict[nn.Module, Tensor] = {}
        for layer, (weight, bias) in zip(layers, given, strict=True):
            layer.weight.copy_(torch.from_numpy(weight.copy()).view_as(layer.weight))
            if layer.bias is not None:
                layer.bias.copy_(torch.from_numpy(bias.copy()))
            else:
                folded[layer] = torch.from_numpy(bias.copy())
    except (StopIteration, RuntimeError, ValueError) as exc:
        raise BackendError(
            f"{path.name} is not an export of this network", "begin with a frontback.onnx that trained here"
        ) from exc
    _unfold(network, folded, seen)
    return network


def kernels(path: Path) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weight and bias of each convolution and of the linear layer, in the order of a file's computation.

    Raises BackendError for a file that cannot be read or holds no weights of its own.
    """
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
    except Exception as exc:  # protobuf's own errors, and the system's
        raise BackendError(f"{path.name} cannot be read as ONNX", "name a whole .onnx file") from exc
    own = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    found = []
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            if any(name not in own for name in node.input[1:3]):
                raise BackendError(f"{path.name} holds no weights of its own", "name a whole .onnx file")
            weight = own[node.input[1]]
            if node.op_type == "Gemm" and not any(a.name == "transB" and a.i for a in node.attribute):
                weight = weight.T
            # A bias of nothing but zeros is left out of the file.
            bias = own[node.input[2]] if len(node.input) > 2 else np.zeros(len(weight), np.float32)
            found.append((weight, bias))
    return found


def _in_order(network: Network, seen: Tensor) -> list[Any]:
    """The convolutions and the linear layer, in the order in which they are used."""
    order: list[nn.Module] = []
    hooks = [
        layer.register_forward_hook(lambda layer, _seen, _said: order.append(layer))
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    network.eval()(seen)
    for hook in hooks:
        hook.remove()
    return order


def _pairs(network: Network) -> Iterator[tuple[nn.Module, nn.BatchNorm2d]]:
    for group in network.modules():
        if isinstance(group, nn.Sequential) and len(group) > 1 and isinstance(group[1], nn.BatchNorm2d):
            yield group[0], group[1]


def _unfold(network: Network, folded: dict[nn.Module, Tensor], seen: Tensor) -> None:
    """Give every normalisation the batch's statistics, and a scale and shift that undo them."""

    def measured(bias: Tensor) -> Any:
        def hook(norm: nn.BatchNorm2d, given: tuple[Tensor, ...]) -> None:
            assert norm.running_mean is not None
            assert norm.running_var is not None
            mean, spread = given[0].mean((0, 2, 3)), given[0].var((0, 2, 3), unbiased=False)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(spread)
            norm.weight.copy_(torch.sqrt(spread + norm.eps))
            norm.bias.copy_(mean + bias)

        return hook

    hooks = [norm.register_forward_pre_hook(measured(folded[conv])) for conv, norm in _pairs(network)]
    network.eval()(seen)
    for hook in hooks:
        hook.remove()
