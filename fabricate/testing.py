"""Tiny random networks of the real classes, for tests and for trying the GPU path without its weights.

``tiny_triposr(folder)`` and ``tiny_triposg(folder)`` write what ``lift.model = FOLDER`` loads. Their weights
are random, but laid out so that the field has a surface: a bumpy ball that depends on the picture.
``tiny_sdxl_pose``, ``tiny_flux2`` and ``tiny_qwen_edit`` write what ``stylize.model = FOLDER`` loads: every
component is of the real class, was saved by ``save_pretrained``, and draws noise.
"""

from __future__ import annotations

from pathlib import Path

from fabricate.learned.tiny import tiny_sdxl_pose
from fabricate.learned.tiny_edit import tiny_flux2, tiny_qwen_edit
from fabricate.learned.tiny_triposg import tiny_triposg

__all__ = ["tiny_flux2", "tiny_qwen_edit", "tiny_sdxl_pose", "tiny_triposg", "tiny_triposr"]


def tiny_triposr(folder: Path, seed: int = 0) -> Path:
    """Write ``model.ckpt`` and ``config.yaml`` of a TripoSR of some 100 thousand parameters; the folder.

    The published names and layers, at a 30th of their width; the same seed gives the same weights.
    """
    import dataclasses
    import json

    import torch

    from fabricate.learned.triposr import Settings, TripoSR

    size = Settings(
        image_px=64,
        vit_px=32,
        vit_layers=2,
        vit_heads=2,
        vit_channels=32,
        plane=16,
        channels=32,
        layers=2,
        heads=2,
        features=8,
        decoder_width=16,
        decoder_hidden=3,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TripoSR(size)
        _ball(network)
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), folder / "model.ckpt")
    # JSON is YAML
    (folder / "config.yaml").write_text(json.dumps(dataclasses.asdict(size)), encoding="utf-8")
    return folder


def _ball(network: object) -> None:
    """Lay the squared distance from the middle into the planes' first channel and through the decoder.

    Each plane bears the squares of its two coordinates: their sum is twice the squared radius. The
    transformer adds its own to the other channels, which the decoder weighs a little.
    """
    import torch

    from fabricate.learned.triposr import TripoSR

    assert isinstance(network, TripoSR)
    size = network.size
    with torch.no_grad():
        at = (torch.arange(size.plane) + 0.5) / size.plane * 2 - 1
        network.tokenizer.embeddings[:, 0] = at[:, None] ** 2 + at[None, :] ** 2
        network.backbone.proj_out.weight[0] = 0
        network.backbone.proj_out.bias[0] = 0
        up = network.post_processor.upsample
        assert up.bias is not None
        up.weight[:, 0], up.weight[0], up.bias[0] = 0, 0, 0
        up.weight[0, 0] = 1
        first, *middle, last = (
            layer for layer in network.decoder.layers if isinstance(layer, torch.nn.Linear)
        )
        first.weight[0] = 0
        first.weight[0, :: size.features] = 1
        # far to the right of its bend SiLU is the identity: the distance goes through as it is
        first.bias[0] = 20
        for layer in middle:
            layer.weight[0], layer.weight[:, 0] = 0, 0
            layer.weight[0, 0] = 1
            layer.bias[0] = 0
        last.weight[1:] *= 8
        last.weight[1:, 0] = 0
        last.weight[0, 0] = -6
        last.bias[0] = 6 * (20 + 2 * 0.6**2) + 1 + 3.2
