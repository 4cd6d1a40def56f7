"""TripoSR: one picture -> a triplane -> a density and colour field (Tochilkin et al., 2024).

Our own implementation on transformers' ViT. Module names are those of the published checkpoint, so that it
loads strictly. The field's native axes are x to the back, y to the right, z up; it fills a cube of half
width ``RADIUS``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's usual name)
from transformers import ViTConfig, ViTModel

from fabricate.errors import BackendError

__all__ = ["Settings", "TripoSR", "renamed", "settings_of"]

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, as the image tokenizer was trained."""


@dataclass(frozen=True)
class Settings:
    """The sizes of the network; the defaults are the published ones."""

    image_px: int = 512
    patch: int = 16
    vit_px: int = 224
    vit_layers: int = 12
    vit_heads: int = 12
    vit_channels: int = 768
    plane: int = 32
    channels: int = 1024
    layers: int = 16
    heads: int = 16
    features: int = 40
    decoder_width: int = 64
    decoder_hidden: int = 9
    radius: float = 0.87
    density_bias: float = -1.0


def settings_of(config: Mapping[str, Any]) -> Settings:
    """Settings from a published ``config.yaml``'s tables, or from flat keys of our own.

    BackendError for a network that is not TripoSR's.
    """
    flat = {field.name for field in fields(Settings)}
    if config and set(config) <= flat:
        return Settings(**config)
    try:
        plane, spine = config["tokenizer"], config["backbone"]
        decoder, field = config["decoder"], config["renderer"]
        heads = spine["num_attention_heads"]
        known = spine["in_channels"] == heads * spine["attention_head_dim"] == plane["num_channels"]
        if not known or field["feature_reduction"] != "concat" or field["density_activation"] != "exp":
            raise KeyError("another network")
        return Settings(
            image_px=config["cond_image_size"],
            plane=plane["plane_size"],
            channels=plane["num_channels"],
            layers=spine["num_layers"],
            heads=heads,
            features=config["post_processor"]["out_channels"],
            decoder_width=decoder["n_neurons"],
            decoder_hidden=decoder["n_hidden_layers"],
            radius=field["radius"],
            density_bias=field["density_bias"],
        )
    except (KeyError, TypeError) as exc:
        raise BackendError(
            f"config.yaml describes no TripoSR network ({exc})", "take model.ckpt and config.yaml together"
        ) from exc


class Attention(nn.Module):
    """Multi-head attention, queries without bias; keys and values from ``context`` or from itself."""

    def __init__(self, channels: int, heads: int, context: int):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(context, channels, bias=False)
        self.to_v = nn.Linear(context, channels, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """(b, n, c) attending to (b, m, context) -> (b, n, c)."""
        given = x if context is None else context
        q, k, v = (
            way(each).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for way, each in ((self.to_q, x), (self.to_k, given), (self.to_v, given))
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return torch.as_tensor(self.to_out[0](mixed))


class Gated(nn.Module):
    """A linear layer gated by the GELU of its other half (Shazeer, 2020)."""

    def __init__(self, inward: int, outward: int):
        super().__init__()
        self.proj = nn.Linear(inward, 2 * outward)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inward) -> (..., outward)."""
        value, gate = self.proj(x).chunk(2, dim=-1)
        return torch.as_tensor(value * F.gelu(gate))


class Feed(nn.Module):
    """The block's feed-forward part: four times as wide inside. ``net.1`` has no weights."""

    def __init__(self, channels: int):
        super().__init__()
        inside = 4 * channels
        self.net = nn.ModuleList([Gated(channels, inside), nn.Identity(), nn.Linear(inside, channels)])

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) -> (..., channels)."""
        for layer in self.net:
            x = layer(x)
        return x


class Block(nn.Module):
    """Self-attention, attention to the picture, feed-forward; each after a layer norm, added to its input."""

    def __init__(self, channels: int, heads: int, context: int):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(channels) for _ in range(3))
        self.attn1 = Attention(channels, heads, channels)
        self.attn2 = Attention(channels, heads, context)
        self.ff = Feed(channels)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """(b, n, channels) tokens and (b, m, context) -> (b, n, channels)."""
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context)
        return torch.as_tensor(x + self.ff(self.norm3(x)))


class Backbone(nn.Module):
    """The transformer over triplane tokens, the picture's tokens as its context."""

    def __init__(self, size: Settings):
        super().__init__()
        self.norm = nn.GroupNorm(min(32, size.channels), size.channels, eps=1e-6)
        self.proj_in = nn.Linear(size.channels, size.channels)
        blocks = (Block(size.channels, size.heads, size.vit_channels) for _ in range(size.layers))
        self.transformer_blocks = nn.ModuleList(blocks)
        self.proj_out = nn.Linear(size.channels, size.channels)

    def forward(self, tokens: Tensor, context: Tensor) -> Tensor:
        """(b, c, n) tokens and (b, m, vit) context -> (b, c, n)."""
        x = self.proj_in(self.norm(tokens).transpose(1, 2))
        for block in self.transformer_blocks:
            x = block(x, context)
        return torch.as_tensor(self.proj_out(x).transpose(1, 2) + tokens)


class ImageTokenizer(nn.Module):
    """DINO's ViT-B/16 over the picture: (b, 3, h, w) in 0..1 -> (b, tokens, channels)."""

    def __init__(self, size: Settings):
        super().__init__()
        config = ViTConfig(
            hidden_size=size.vit_channels,
            num_hidden_layers=size.vit_layers,
            num_attention_heads=size.vit_heads,
            intermediate_size=4 * size.vit_channels,
            image_size=size.vit_px,
            patch_size=size.patch,
        )
        self.patch = size.patch
        self.model = ViTModel(config)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, picture: Tensor) -> Tensor:
        """(b, 3, h, w) in 0..1 -> (b, 1 + h w / patch^2, channels)."""
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        inner, vit, patch = self.model.embeddings, self.model, self.patch
        patches = inner.patch_embeddings((picture - mean) / std)
        x = torch.cat([inner.cls_token.expand(len(picture), -1, -1), patches], dim=1)
        rows = picture.shape[-2] // patch, picture.shape[-1] // patch
        x = x + _positions(inner.position_embeddings, rows)
        for layer in vit.layers:
            out = layer(x)
            x = out[0] if isinstance(out, tuple) else out
        return torch.as_tensor(vit.layernorm(x))


def _positions(learned: Tensor, rows: tuple[int, int]) -> Tensor:
    """Position embeddings for a picture of another size, as TripoSR was trained.

    A tenth is added before the ratio of sizes is taken (an old guard against rounding); the interpolation of
    today's transformers differs from it by up to a third of the embeddings' spread.
    """
    side = math.isqrt(learned.shape[1] - 1)
    if rows == (side, side):
        return learned
    grid = learned[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2).float()
    scale = [(rows[0] + 0.1) / side, (rows[1] + 0.1) / side]
    grown = F.interpolate(grid, scale_factor=scale, mode="bicubic", align_corners=False)
    return torch.cat([learned[:, :1], grown.flatten(2).transpose(1, 2).to(learned.dtype)], dim=1)


class _Planes(nn.Module):
    def __init__(self, size: Settings):
        super().__init__()
        shape = (3, size.channels, size.plane, size.plane)
        self.embeddings = nn.Parameter(torch.randn(shape) / math.sqrt(size.channels))


class _Upsample(nn.Module):
    def __init__(self, size: Settings):
        super().__init__()
        self.upsample = nn.ConvTranspose2d(size.channels, size.features, 2, 2)


class _Decoder(nn.Module):
    def __init__(self, size: Settings):
        super().__init__()
        wide = size.decoder_width
        steps: list[nn.Module] = [nn.Linear(3 * size.features, wide), nn.SiLU()]
        for _ in range(size.decoder_hidden - 1):
            steps += [nn.Linear(wide, wide), nn.SiLU()]
        self.layers = nn.Sequential(*steps, nn.Linear(wide, 4))


class TripoSR(nn.Module):
    """The whole network; ``planes`` encodes a picture, ``field`` reads the planes at points."""

    def __init__(self, size: Settings | None = None):
        super().__init__()
        self.size = size or Settings()
        self.image_tokenizer = ImageTokenizer(self.size)
        self.tokenizer = _Planes(self.size)
        self.backbone = Backbone(self.size)
        self.post_processor = _Upsample(self.size)
        self.decoder = _Decoder(self.size)

    def planes(self, picture: Tensor) -> Tensor:
        """(b, 3, px, px) in 0..1 on grey -> triplanes (b, 3, features, 2 plane, 2 plane)."""
        context = self.image_tokenizer(picture)
        learned = self.tokenizer.embeddings
        tokens = learned.permute(1, 0, 2, 3).flatten(1).expand(len(picture), -1, -1)
        out = self.backbone(tokens, context).unflatten(2, (3, self.size.plane, self.size.plane))
        flat = self.post_processor.upsample(out.transpose(1, 2).flatten(0, 1))
        return torch.as_tensor(flat.view(len(picture), 3, *flat.shape[1:]))

    def field(self, planes: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Density (n,) and colour (n, 3) in 0..1 of one picture's planes at (n, 3) points of the cube."""
        at = points / self.size.radius
        pairs = torch.stack([at[:, [0, 1]], at[:, [0, 2]], at[:, [1, 2]]])[:, None].to(planes.dtype)
        seen = F.grid_sample(planes, pairs, mode="bilinear", align_corners=False)
        out = self.decoder.layers(seen[:, :, 0].permute(2, 0, 1).flatten(1)).float()
        return torch.exp(out[:, 0] + self.size.density_bias), torch.sigmoid(out[:, 1:])


OLD = (
    ("encoder.layer.", "layers."),
    ("attention.attention.query.", "attention.q_proj."),
    ("attention.attention.key.", "attention.k_proj."),
    ("attention.attention.value.", "attention.v_proj."),
    ("attention.output.dense.", "attention.o_proj."),
    ("intermediate.dense.", "mlp.fc1."),
    ("output.dense.", "mlp.fc2."),
)
"""Names in checkpoints of transformers before 5, and today's."""


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A published checkpoint's tensors under today's names; what is already new stays as it is."""
    out = {}
    for name, tensor in state.items():
        if name.startswith("image_tokenizer.model."):
            for old, new in OLD:
                name = name.replace(old, new)
        out[name] = tensor
    return out
