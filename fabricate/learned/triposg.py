"""TripoSG: a picture -> latent tokens by rectified flow -> a signed distance field (Li et al., 2025).

Our own implementation on diffusers' blocks. Module names are those of the published checkpoint, so that it
loads strictly. The field is positive inside; its native axes are x to the right, y up, z to the viewer, and
it fills a cube of half width ``REACH``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from diffusers.models.normalization import FP32LayerNorm, RMSNorm
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's usual name)

from fabricate.errors import BackendError

__all__ = ["REACH", "Field", "FieldSizes", "Flow", "FlowSizes", "field_sizes", "flow_sizes", "sampled"]

REACH = 1.005
"""The half width of the cube that the field was trained to fill."""
MOMENTS = 1000.0
"""What the network calls the time of pure noise."""

Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class FlowSizes:
    """The sizes of the transformer from noise to latent tokens; the defaults are the published ones."""

    latent: int = 64
    width: int = 2048
    layers: int = 21
    heads: int = 16
    context: int = 1024


@dataclass(frozen=True)
class FieldSizes:
    """The sizes of the autoencoder's decoder; the defaults are the published ones."""

    latent: int = 64
    width: int = 1024
    layers: int = 16
    heads: int = 8
    frequencies: int = 8


def flow_sizes(config: Mapping[str, Any]) -> FlowSizes:
    """Sizes from the published ``transformer/config.json``; BackendError for another network's."""
    try:
        return FlowSizes(
            config["in_channels"],
            config["width"],
            config["num_layers"],
            config["num_attention_heads"],
            config["cross_attention_dim"],
        )
    except (KeyError, TypeError) as exc:
        raise _foreign("transformer", exc) from exc


def field_sizes(config: Mapping[str, Any]) -> FieldSizes:
    """Sizes from the published ``vae/config.json``; BackendError for another network's."""
    try:
        known = config["embedding_type"] == "frequency" and not config["embed_include_pi"]
        if not known or config["in_channels"] != 3:
            raise KeyError("another embedding of points")
        return FieldSizes(
            config["latent_channels"],
            config["width_decoder"],
            config["num_layers_decoder"],
            config["num_attention_heads"],
            config["embed_frequency"],
        )
    except (KeyError, TypeError) as exc:
        raise _foreign("vae", exc) from exc


def _foreign(part: str, exc: Exception) -> BackendError:
    return BackendError(
        f"{part}/config.json describes no TripoSG network ({exc})", "take all of the model's folders together"
    )


class Attention(nn.Module):
    """Multi-head attention to itself, or to a context of ``context`` channels.

    The published weights were trained with the channels of queries, keys and values laid side by side
    before they were dealt out to the heads: a head's share of them is cut from the whole row.
    """

    def __init__(self, width: int, heads: int, context: int = 0, *, rms: bool = False, calm: bool = False):
        """``rms``: queries and keys are brought to unit length; ``calm``: the context is normed first."""
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context or width, width, bias=False)
        self.to_v = nn.Linear(context or width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])
        self.norm_q = RMSNorm(width // heads, eps=1e-6) if rms else nn.Identity()
        self.norm_k = RMSNorm(width // heads, eps=1e-6) if rms else nn.Identity()
        self.norm_cross = nn.LayerNorm(context) if calm else nn.Identity()

    def memory(self, context: Tensor) -> Pair:
        """Keys and values (b, heads, m, width / heads) of a context (b, m, channels)."""
        given = self.norm_cross(context)
        key, value = self._dealt(self.to_k(given), self.to_v(given))
        return self.norm_k(key), value

    def forward(self, x: Tensor, memory: Pair | None = None) -> Tensor:
        """(b, n, width) attending to a context's memory, or to itself -> (b, n, width)."""
        if memory is None:
            query, key, value = self._dealt(self.to_q(x), self.to_k(x), self.to_v(x))
            key = self.norm_k(key)
        else:
            (query,), (key, value) = self._dealt(self.to_q(x)), memory
        mixed = F.scaled_dot_product_attention(self.norm_q(query), key, value)
        return torch.as_tensor(self.to_out[0](mixed.transpose(1, 2).flatten(2)))

    def _dealt(self, *rows: Tensor) -> tuple[Tensor, ...]:
        row = torch.cat(rows, dim=-1)
        shares = row.view(*row.shape[:2], self.heads, -1).transpose(1, 2)
        return tuple(shares.chunk(len(rows), dim=-1))


class Block(nn.Module):
    """Attention to itself, attention to a context, feed-forward: each after a norm, added to its input."""

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        own: bool = True,
        context: int = 0,
        flow: bool = False,
        skips: bool = False,
    ):
        """``flow``: as the flow's blocks have it, else as the field's; ``skips``: takes an earlier block's
        output too."""
        super().__init__()
        if skips:
            self.skip_linear = nn.Linear(2 * width, width)
            self.skip_norm = FP32LayerNorm(width, eps=1e-5)
        if own:
            self.norm1 = FP32LayerNorm(width, eps=1e-5)
            self.attn1 = Attention(width, heads, rms=flow)
        if context:
            self.norm2 = FP32LayerNorm(width, eps=1e-5)
            self.attn2 = Attention(width, heads, context, rms=flow, calm=not flow)
        self.norm3 = FP32LayerNorm(width, eps=1e-5)
        self.ff = FeedForward(width, activation_fn="gelu")
        self.own, self.skips = own, skips

    def forward(self, x: Tensor, memory: Pair | None = None, earlier: Tensor | None = None) -> Tensor:
        """(b, n, width), the context's memory, an earlier block's output -> (b, n, width)."""
        if earlier is not None:
            x = self.skip_norm(self.skip_linear(torch.cat([earlier, x], dim=-1)))
        if self.own:
            x = x + self.attn1(self.norm1(x))
        if memory is not None:
            x = x + self.attn2(self.norm2(x), memory)
        return torch.as_tensor(x + self.ff(self.norm3(x)))


class Flow(nn.Module):
    """The rectified flow's velocity: noisy tokens, a time and a picture's tokens -> towards clean tokens.

    The time is one more token. The second half of the blocks takes the first half's outputs too, last first.
    """

    def __init__(self, size: FlowSizes | None = None):
        super().__init__()
        self.size = size = size or FlowSizes()
        self.time_embed = Timesteps(size.width, flip_sin_to_cos=False, downscale_freq_shift=0)
        self.time_proj = TimestepEmbedding(size.width, 4 * size.width, act_fn="gelu", out_dim=size.width)
        self.proj_in = nn.Linear(size.latent, size.width)
        half = size.layers // 2
        self.blocks = nn.ModuleList(
            Block(size.width, size.heads, context=size.context, flow=True, skips=layer > half)
            for layer in range(size.layers)
        )
        self.norm_out = nn.LayerNorm(size.width)
        self.proj_out = nn.Linear(size.width, size.latent)

    def memories(self, context: Tensor) -> list[Pair]:
        """What every block keeps of a picture's tokens (b, m, context): the same at all times."""
        return [block.attn2.memory(context) for block in self.blocks]  # type: ignore[operator, union-attr]

    def forward(self, tokens: Tensor, time: Tensor, memories: list[Pair]) -> Tensor:
        """(b, n, latent) at times (b,) in 0..1000 -> velocity (b, n, latent)."""
        moment = self.time_proj(self.time_embed(time).to(tokens.dtype))
        x = torch.cat([moment[:, None], self.proj_in(tokens)], dim=1)
        kept: list[Tensor] = []
        for layer, (block, memory) in enumerate(zip(self.blocks, memories, strict=True)):
            x = block(x, memory, kept.pop() if block.skips else None)
            if layer < len(self.blocks) // 2:
                kept.append(x)
        return torch.as_tensor(self.proj_out(self.norm_out(x)[:, 1:]))


def sampled(
    flow: Flow,
    context: Tensor,
    *,
    steps: int = 50,
    guidance: float = 7.0,
    seed: int = 0,
    tokens: int = 2048,
    shift: float = 1.0,
    heard: Callable[[float], None] = lambda _done: None,
) -> Tensor:
    """Latent tokens (1, tokens, latent) float32 of a picture's tokens (1, m, context).

    Euler steps from noise to data. The noise is drawn on the processor, so that a seed means the same
    everywhere. ``guidance``: how much further than without the picture to go; above 1 it costs two passes in
    one. ``shift``: above 1 more of the steps are spent near the noise. ``heard`` is told the share done.
    """
    guided = guidance != 1.0
    memories = flow.memories(torch.cat([torch.zeros_like(context), context]) if guided else context)
    dice = torch.Generator().manual_seed(seed)
    x = torch.randn((1, tokens, flow.size.latent), generator=dice).to(context.device)
    levels = [
        shift * level / (1 + (shift - 1) * level) for level in (1 - i / steps for i in range(steps + 1))
    ]
    for step, (now, then) in enumerate(itertools.pairwise(levels)):
        batch = x.to(context.dtype).expand(2 if guided else 1, -1, -1)
        time = torch.full((len(batch),), now * MOMENTS, device=x.device)
        velocity = flow(batch, time, memories).float()
        if guided:
            without, given = velocity.chunk(2)
            velocity = without + guidance * (given - without)
        x = x + (now - then) * velocity
        heard((step + 1) / steps)
    return x


class _Decoder(nn.Module):
    def __init__(self, size: FieldSizes):
        super().__init__()
        self.proj_query = nn.Linear(3 + 6 * size.frequencies, size.width)
        last = Block(size.width, size.heads, own=False, context=size.width)
        own = (Block(size.width, size.heads) for _ in range(size.layers))
        self.blocks = nn.ModuleList([*own, last])
        self.norm_out = nn.LayerNorm(size.width)
        self.proj_out = nn.Linear(size.width, 1)


class Field(nn.Module):
    """The autoencoder's decoder: latent tokens are spread among themselves once, then points ask them."""

    def __init__(self, size: FieldSizes | None = None):
        super().__init__()
        self.size = size = size or FieldSizes()
        self.post_quant = nn.Linear(size.latent, size.width)
        self.decoder = _Decoder(size)

    def memory(self, latents: Tensor) -> Pair:
        """What points ask: keys and values of latent tokens (1, n, latent)."""
        x = self.post_quant(latents)
        *own, last = self.decoder.blocks
        for block in own:
            x = block(x)
        found: Pair = last.attn2.memory(x)  # type: ignore[operator, union-attr]
        return found

    def forward(self, memory: Pair, points: Tensor) -> Tensor:
        """The field (n,) float32 at points (n, 3) float32 of the cube, positive inside."""
        turns = points[..., None] * 2.0 ** torch.arange(self.size.frequencies, device=points.device)
        waves = [points, turns.sin().flatten(-2), turns.cos().flatten(-2)]
        x = self.decoder.proj_query(torch.cat(waves, dim=-1).to(memory[0].dtype)[None])
        x = self.decoder.blocks[-1](x, memory)
        return torch.as_tensor(-self.decoder.proj_out(self.decoder.norm_out(x))[0, :, 0].float())
