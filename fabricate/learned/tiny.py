"""A tiny random SDXL of the real classes, saved as the published one is: see ``fabricate.testing``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["byte_letters", "seeded", "tiny_sdxl_pose"]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, random weights come of the seed, and diffusers keeps quiet."""
    import torch

    from fabricate.learned.reading import quiet

    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def tiny_sdxl_pose(folder: Path, seed: int = 0) -> Path:
    """Write SDXL with its ControlNet and IP-Adapter, some 400 thousand parameters in all; the folder.

    Trained (had it been) on pictures of 256 pixels, reduced eightfold to latents as in the published one.
    """
    import diffusers
    import torch

    pipes: Any = diffusers
    width = 32
    with seeded(seed):
        unet = pipes.UNet2DConditionModel(
            sample_size=32,
            block_out_channels=(16, 32),
            layers_per_block=1,
            norm_num_groups=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            # six numbers of the picture's size, and the second text encoder's summary
            projection_class_embeddings_input_dim=6 * 8 + width,
            cross_attention_dim=2 * width,
        )
        controlnet = pipes.ControlNetModel.from_unet(
            unet, conditioning_embedding_out_channels=(8, 16, 16, 32)
        )
        # a new ControlNet has no say: its last layers are zero until it is trained
        for layer in (*controlnet.controlnet_down_blocks, controlnet.controlnet_mid_block):
            torch.nn.init.normal_(layer.weight, std=0.2)
        torch.nn.init.normal_(controlnet.controlnet_cond_embedding.conv_out.weight, std=0.2)
        pipeline = pipes.StableDiffusionXLControlNetImg2ImgPipeline(
            vae=_vae(),
            text_encoder=_clip_text("CLIPTextModel", width),
            text_encoder_2=_clip_text("CLIPTextModelWithProjection", width),
            tokenizer=_clip_tokenizer(folder),
            tokenizer_2=_clip_tokenizer(folder),
            unet=unet,
            controlnet=controlnet,
            scheduler=pipes.EulerDiscreteScheduler(
                beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading"
            ),
            add_watermarker=False,
        )
        pipeline.save_pretrained(folder)
        adapter = _adapter(unet, folder / "ip-adapter")
    (folder / "ip-adapter" / "sdxl_models").mkdir(exist_ok=True)
    from safetensors.torch import save_file

    named = {name: torch.as_tensor(value).contiguous() for name, value in adapter.items()}
    save_file(named, folder / "ip-adapter/sdxl_models/ip-adapter-plus-face_sdxl_vit-h.safetensors")
    return folder


def _vae() -> Any:
    import diffusers

    pipes: Any = diffusers
    return pipes.AutoencoderKL(
        block_out_channels=(8, 8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=256,
        mid_block_add_attention=False,
    )


def _clip_text(name: str, width: int) -> Any:
    import transformers

    config: Any = transformers.CLIPTextConfig(
        vocab_size=514,
        hidden_size=width,
        intermediate_size=2 * width,
        projection_dim=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    return getattr(transformers, name)(config)


def _clip_tokenizer(folder: Path) -> Any:
    """CLIP's tokenizer with nothing but the 256 bytes in its vocabulary, alone and at a word's end."""
    import json

    import transformers

    letters = list(byte_letters().values())
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    where = folder / "tokenizer"
    where.mkdir(parents=True, exist_ok=True)
    files = (where / "vocab.json", where / "merges.txt")
    files[0].write_text(json.dumps({word: i for i, word in enumerate(words)}), encoding="utf-8")
    files[1].write_text("#version: 0.2\n", encoding="utf-8")
    tokenizer: Any = transformers.CLIPTokenizer
    return tokenizer(str(files[0]), str(files[1]), model_max_length=77)


def byte_letters() -> dict[int, str]:
    """A letter that can be seen for every byte, as byte-level tokenizers write them."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in seen}
    hidden = [byte for byte in range(256) if byte not in letters]
    return letters | {byte: chr(256 + i) for i, byte in enumerate(hidden)}


def _adapter(unet: Any, folder: Path) -> dict[str, Any]:
    """IP-Adapter Plus: its image encoder, saved in a folder, and its own tensors under published names."""
    import torch
    import transformers

    config: Any = transformers.CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        projection_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=8,
    )
    transformers.CLIPVisionModelWithProjection(config).save_pretrained(folder / "models/image_encoder")
    wide, seen, cross = 64, 16, int(unet.config.cross_attention_dim)
    out = {
        "image_proj.latents": torch.randn(1, 4, wide),
        "image_proj.proj_in.weight": torch.randn(wide, seen) / 8,
        "image_proj.proj_in.bias": torch.zeros(wide),
        "image_proj.proj_out.weight": torch.randn(cross, wide) / 8,
        "image_proj.proj_out.bias": torch.zeros(cross),
        "image_proj.norm_out.weight": torch.ones(cross),
        "image_proj.norm_out.bias": torch.zeros(cross),
    }
    for i in range(4):
        for name in ("0.norm1", "0.norm2", "1.0"):
            out[f"image_proj.layers.{i}.{name}.weight"] = torch.ones(wide)
            out[f"image_proj.layers.{i}.{name}.bias"] = torch.zeros(wide)
        for name, rows, columns in (
            *(("0.to_q", 64, wide), ("0.to_kv", 128, wide), ("0.to_out", wide, 64)),
            *(("1.1", 4 * wide, wide), ("1.3", wide, 4 * wide)),
        ):
            out[f"image_proj.layers.{i}.{name}.weight"] = torch.randn(rows, columns) / 8
    for number, name in enumerate(unet.attn_processors):
        if name.endswith("attn2.processor"):
            channels = _channels_at(unet, name)
            for key in ("to_k_ip", "to_v_ip"):
                out[f"ip_adapter.{number}.{key}.weight"] = torch.randn(channels, cross) / 8
    return out


def _channels_at(unet: Any, name: str) -> int:
    """How wide the block of an attention processor is."""
    widths = list(unet.config.block_out_channels)
    if name.startswith("mid_block"):
        return int(widths[-1])
    kind, number = name.split(".")[:2]
    return int((widths if kind == "down_blocks" else widths[::-1])[int(number)])
