"""Begin a training at weights that were exported, so that what ships can be trained on by anyone.

An ONNX file keeps no batch normalisation: it is folded into the convolution before it. So that training can
go on, it is unfolded at the statistics of a real batch: the network then says the same as the file, and its
layers are as well scaled as those of one that was never exported.
"""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fabricate.errors import BackendError
from fabricate.train.halves import HALF
from fabricate.train.network import Network, Size

__all__ = ["exported", "mixed", "unfolded"]


@torch.no_grad()
def exported(path: Path) -> Network:
    """The network of an exported file, in evaluation: it says what the file says, and its normalisations only
    add what was folded into the convolutions.

    Raises BackendError for a file that cannot be read or is no export of this network.
    """
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
    except Exception as exc:  # protobuf's own errors, and the system's
        raise BackendError(f"{path.name} cannot be read as ONNX", "name a whole .onnx file") from exc
    # Layers keep their names; the bias of a convolution is what its normalisation added.
    own = {
        item.name.removesuffix(HALF).replace(".0.weight_bias", ".1.bias"): torch.from_numpy(
            np.array(numpy_helper.to_array(item))
        )
        for item in graph.initializer
    }
    try:
        downs = takewhile(own.__contains__, (f"down.{k}.0.0.weight" for k in count()))
        network = Network(Size(tuple(len(own[name]) for name in ("first.0.0.weight", *downs))))
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight.fill_((1 + layer.eps) ** 0.5)
        for name, value in network.named_parameters():
            if name.endswith("bias"):  # one of nothing but zeros is left out of the file
                value.zero_()
            elif value.ndim > 1 and name not in own:
                raise KeyError(name)
        network.load_state_dict(own, strict=False)
    except (KeyError, RuntimeError) as exc:
        raise BackendError(
            f"{path.name} is not an export of this network", "begin with a frontback.onnx that trained here"
        ) from exc
    return network.eval()


@torch.no_grad()
def mixed(first: Network, second: Network, share: float) -> Network:
    """The mean of two exported networks' weights, ``share`` (0..1) of it the first one's, put into the first.

    Weights trained on from others, drawn back a little towards them, do better on what neither saw (WiSE-FT,
    Wortsman et al., CVPR 2022). Raises BackendError for networks of two sizes.
    """
    if first.size != second.size:
        raise BackendError(
            "networks of two sizes cannot be mixed", "mix one with what it was trained on from"
        )
    other = second.state_dict()
    for name, value in first.state_dict().items():
        if value.dtype.is_floating_point:
            value.mul_(share).add_(other[name], alpha=1 - share)
    return first


@torch.no_grad()
def unfolded(network: Network, seen: Tensor) -> Network:
    """The same network saying the same, its normalisations at the statistics of a batch.

    ``seen`` (n, 5, h, w): pictures as training sees them, n at least some dozens.
    """

    def settled(norm: nn.BatchNorm2d, given: tuple[Tensor]) -> None:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        mean, spread = given[0].mean((0, 2, 3)), given[0].var((0, 2, 3), unbiased=False)
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        norm.bias.add_((mean - norm.running_mean) * scale)
        norm.weight.copy_(scale * torch.sqrt(spread + norm.eps))
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(spread)

    hooks = [
        layer.register_forward_pre_hook(settled)
        for layer in network.modules()
        if isinstance(layer, nn.BatchNorm2d)
    ]
    network.eval()(seen)
    for hook in hooks:
        hook.remove()
    return network
