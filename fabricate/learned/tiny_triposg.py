"""A tiny random TripoSG of the real classes, in the published folders, whose field has a surface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fabricate.learned.triposg import Field

__all__ = ["tiny_triposg"]

FLOW = {
    "_class_name": "TripoSGDiTModel",
    "in_channels": 8,
    "width": 32,
    "num_layers": 3,
    "num_attention_heads": 2,
    "cross_attention_dim": 16,
}
FIELD = {
    "_class_name": "TripoSGVAEModel",
    "in_channels": 3,
    "latent_channels": 8,
    "width_decoder": 32,
    "num_layers_decoder": 2,
    "num_attention_heads": 2,
    "embedding_type": "frequency",
    "embed_frequency": 3,
    "embed_include_pi": False,
}
DINO: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 42,
    "patch_size": 14,
}
EYE = {
    "size": {"shortest_edge": 64},
    "crop_size": {"height": 56, "width": 56},
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
FLOW_SCHEDULE = {"_class_name": "RectifiedFlowScheduler", "num_train_timesteps": 1000, "shift": 1}


def tiny_triposg(folder: Path, seed: int = 0) -> Path:
    """Write TripoSG's five folders with some 100 thousand random parameters; the folder.

    The published names and layers, at a 60th of their width; the same seed gives the same weights. The
    surface is a bumpy ball that depends on the picture and on ``lift.seed``.
    """
    import torch
    from safetensors.torch import save_file
    from transformers import Dinov2Config, Dinov2Model

    from fabricate.learned.reading import quiet
    from fabricate.learned.triposg import Field, Flow, field_sizes, flow_sizes
    from fabricate.learned.triposg_files import WEIGHTS

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        flow, field = Flow(flow_sizes(FLOW)), Field(field_sizes(FIELD))
        dino = Dinov2Model(Dinov2Config(**DINO))
        for each in dino.parameters():
            torch.nn.init.normal_(each, std=0.2)
        _ball(field)
    for name, config, network in (("transformer", FLOW, flow), ("vae", FIELD, field)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        save_file(network.state_dict(), folder / name / WEIGHTS)
        _write(folder / name / "config.json", config)
    with quiet():
        dino.save_pretrained(folder / "image_encoder_dinov2")
    _write(folder / "feature_extractor_dinov2" / "preprocessor_config.json", EYE)
    _write(folder / "scheduler" / "scheduler_config.json", FLOW_SCHEDULE)
    return folder


def _write(path: Path, config: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config), encoding="utf-8")


def _ball(field: Field) -> None:
    """Lay cos x + cos y + cos z, which falls off like the squared radius, through the decoder's query.

    Channel 0 carries it and channel 1 its opposite, past attention and feed-forward; two large constants
    keep the last norm from changing its scale. The other channels add what the latent tokens say.
    """
    import torch

    coarsest = [3 + 3 * field.size.frequencies + axis * field.size.frequencies for axis in range(3)]
    radius = 0.6
    decoder = field.decoder
    last: Any = decoder.blocks[-1]
    with torch.no_grad():
        query = decoder.proj_query
        query.weight[:4], query.bias[:4] = 0, 0
        for channel, sign in ((0, 1.0), (1, -1.0)):
            query.weight[channel, coarsest] = 6 * sign
            query.bias[channel] = -6 * sign * (3 - radius**2 / 2)
        query.bias[2], query.bias[3] = 40, -40
        for out in (last.attn2.to_out[0], last.ff.net[2]):
            out.weight[:4], out.bias[:4] = 0, 0
        last.attn2.to_out[0].weight *= 4
        query.weight[4:] *= 4
        decoder.proj_out.weight *= 40
        decoder.proj_out.weight[0, :4] = torch.tensor([-40.0, 40.0, 0.0, 0.0])
        decoder.proj_out.bias.zero_()
