"""The network: a U-Net that corrects the inflation by bounded steps.

Where the middle of the body lies and how thick it is there are predicted apart: front and back are middle
plus and minus half the thickness, so that neither sheet can pass the other. Both are corrections to the
inflation: the middle to a flat one, the thickness by a factor. Both are scaled by a learned trust between 0
and 1, so that what it does not know stays as the inflation had it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from fabricate.lift.inputs import CHANNELS, FLOOR, OUTPUTS

__all__ = ["TINY", "Network", "Size"]

REACH = 1.2
"""Most that the middle moves, in half-frames."""
STRETCH = 1.6
"""Most that the thickness changes, as the logarithm of a factor."""
INNER = len(("middle", "thickness", "trust", *OUTPUTS[2:8], "doubt"))


@dataclass(frozen=True)
class Size:
    """Channels at half, a quarter, ... of the picture's resolution."""

    channels: tuple[int, ...] = (20, 48, 96, 160, 256)


TINY = Size((4, 6, 8))
"""For tests."""


def _layer(inner: int, outer: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(inplace=True)
    )


class Network(nn.Module):
    """Input (n, 5, h, w) as ``lift.inputs.stacked``, sides divisible by ``2 ** len(channels)``; output
    (n, 9, h, w) as ``lift.inputs.OUTPUTS``."""

    def __init__(self, size: Size = Size()) -> None:
        super().__init__()
        c = size.channels
        self.size = size
        self.first = nn.Sequential(_layer(CHANNELS * 4 + 2, c[0]), _layer(c[0], c[0]))
        self.down = nn.ModuleList(nn.Sequential(_layer(a, b, 2), _layer(b, b)) for a, b in pairwise(c))
        self.middle = _layer(c[-1], c[-1])
        self.whole = nn.Linear(c[-1], c[-1])
        self.up = nn.ModuleList(
            nn.Sequential(_layer(a + b, b), _layer(b, b)) for a, b in zip(c[:0:-1], c[-2::-1], strict=True)
        )
        self.last = nn.Conv2d(c[0], INNER * 4, 1)
        # Training begins at the inflation itself: noise in the depth would teach the trust to shut for good.
        with torch.no_grad():
            self.last.weight[: 2 * 4].zero_()
            self.last.weight[2 * 4 : 3 * 4].mul_(0.1)
            assert self.last.bias is not None
            self.last.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Depths, normals and doubt of a batch."""
        half = functional.pixel_unshuffle(x, 2)
        t = self.first(torch.cat([half, _places(half)], dim=1))
        kept = [t]
        for down in self.down:
            t = down(t)
            kept.append(t)
        t = self.middle(t)
        t = t + functional.relu(self.whole(t.mean(dim=(2, 3))))[:, :, None, None]
        kept.pop()
        for up in self.up:
            t = up(
                torch.cat([functional.interpolate(t, scale_factor=2.0, mode="nearest"), kept.pop()], dim=1)
            )
        return _sheets(x[:, 4:5], functional.pixel_shuffle(self.last(t), 2))


def _places(like: Tensor) -> Tensor:
    """Each pixel's place in the picture (n, 2, h, w), -1..1.

    By sums, so that an exported network takes any size.
    """
    one = torch.ones_like(like[:, :1])
    places = [
        (torch.cumsum(one, dim) - 1) / (one.sum(dim=dim, keepdim=True) - 1).clamp(min=1) * 2 - 1
        for dim in (3, 2)
    ]
    return torch.cat(places, dim=1)


def _bounded(value: Tensor, most: float) -> Tensor:
    """``value`` kept between -most and most; its slope dies slowly, so that no output is ever stuck."""
    return value / torch.sqrt(1 + (value / most) ** 2)


def _unit(ways: Tensor) -> Tensor:
    """Directions (n, 3, h, w) of length 1; torch's own norm over three channels is a tenth of a step."""
    x, y, z = ways[:, 0:1], ways[:, 1:2], ways[:, 2:3]
    return ways / torch.sqrt(x * x + y * y + z * z + 1e-6)


def _sheets(balloon: Tensor, raw: Tensor) -> Tensor:
    trust = torch.sigmoid(raw[:, 2:3] + 2)
    middle = _bounded(raw[:, 0:1], REACH) * trust
    factor = torch.exp(_bounded(raw[:, 1:2], STRETCH) * trust)
    half = torch.clamp(balloon, min=FLOOR) * factor
    front, back = _unit(raw[:, 3:6]), _unit(raw[:, 6:9])
    doubt = torch.clamp(raw[:, 9:10] - 3, -7, 2)
    return torch.cat([middle + half, middle - half, front, back, doubt], dim=1)
