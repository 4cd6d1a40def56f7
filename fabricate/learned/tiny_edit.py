"""Tiny random FLUX.2 klein and Qwen-Image-Edit of the real classes: see ``fabricate.testing``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fabricate.learned.tiny import byte_letters, seeded

__all__ = ["tiny_flux2", "tiny_qwen_edit"]


CHAT = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
)


def _chat_tokenizer() -> Any:
    """A byte-level tokenizer of Qwen's class with the 256 bytes and the special tokens alone."""
    from transformers import Qwen2Tokenizer

    words = [*byte_letters().values(), *SPECIAL]
    made: Any = Qwen2Tokenizer
    return made(
        vocab={word: i for i, word in enumerate(words)},
        merges=[],
        additional_special_tokens=list(SPECIAL),
        pad_token=SPECIAL[0],
        eos_token=SPECIAL[2],
        chat_template=CHAT,
        model_max_length=4096,
    )


def tiny_flux2(folder: Path, seed: int = 0) -> Path:
    """Write a FLUX.2 klein of some 100 thousand parameters, distilled, 4 steps; the folder."""
    import diffusers
    import transformers

    pipes: Any = diffusers
    hidden = 16
    with seeded(seed):
        config: Any = transformers.Qwen3Config(
            vocab_size=256 + len(SPECIAL),
            hidden_size=hidden,
            intermediate_size=32,
            num_hidden_layers=4,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=8,
        )
        pipeline = pipes.Flux2KleinPipeline(
            scheduler=pipes.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
            vae=pipes.AutoencoderKLFlux2(
                block_out_channels=(8, 8, 8, 8),
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                latent_channels=4,
                layers_per_block=1,
                norm_num_groups=4,
                mid_block_add_attention=False,
            ),
            text_encoder=transformers.Qwen3ForCausalLM(config),
            tokenizer=_chat_tokenizer(),
            transformer=pipes.Flux2Transformer2DModel(
                in_channels=16,
                num_layers=1,
                num_single_layers=1,
                attention_head_dim=16,
                num_attention_heads=2,
                joint_attention_dim=3 * hidden,
                timestep_guidance_channels=16,
                axes_dims_rope=(4, 4, 4, 4),
                guidance_embeds=False,
            ),
            is_distilled=True,
        )
        pipeline.save_pretrained(folder)
    return folder


def tiny_qwen_edit(folder: Path, seed: int = 0) -> Path:
    """Write a Qwen-Image-Edit of some 200 thousand parameters; the folder."""
    import json

    import diffusers
    import transformers
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from fabricate.learned.qwen import Processor

    pipes: Any = diffusers
    models: Any = transformers
    hidden = 32
    with seeded(seed):
        tokenizer = _chat_tokenizer()
        number = {word: 256 + i for i, word in enumerate(SPECIAL)}
        config = models.Qwen2_5_VLConfig(
            text_config={
                "vocab_size": 256 + len(SPECIAL),
                "hidden_size": hidden,
                "intermediate_size": 64,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "num_key_value_heads": 1,
                "max_position_embeddings": 4096,
                "rope_parameters": {
                    "rope_type": "default",
                    "mrope_section": [2, 3, 3],
                    "rope_theta": 1e6,
                },
            },
            vision_config={
                "depth": 2,
                "hidden_size": 16,
                "intermediate_size": 32,
                "num_heads": 2,
                "out_hidden_size": hidden,
                "fullatt_block_indexes": [1],
            },
            image_token_id=number["<|image_pad|>"],
            vision_start_token_id=number["<|vision_start|>"],
            vision_end_token_id=number["<|vision_end|>"],
        )
        pictures: Any = Qwen2VLImageProcessorPil
        processor = Processor(pictures(), tokenizer)
        pipeline = pipes.QwenImageEditPlusPipeline(
            scheduler=pipes.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
            vae=pipes.AutoencoderKLQwenImage(
                base_dim=4,
                z_dim=4,
                dim_mult=[1, 1, 1, 1],
                num_res_blocks=1,
                latents_mean=[0.0] * 4,
                latents_std=[1.0] * 4,
            ),
            text_encoder=models.Qwen2_5_VLForConditionalGeneration(config),
            tokenizer=tokenizer,
            processor=processor,
            transformer=pipes.QwenImageTransformer2DModel(
                in_channels=16,
                out_channels=4,
                num_layers=1,
                attention_head_dim=16,
                num_attention_heads=2,
                joint_attention_dim=hidden,
                axes_dims_rope=(4, 6, 6),
            ),
        )
        for name, part in pipeline.components.items():
            (processor.image_processor if name == "processor" else part).save_pretrained(folder / name)
    about = {"_class_name": "QwenImageEditPlusPipeline", "_diffusers_version": pipes.__version__}
    for name, part in pipeline.components.items():
        library = "diffusers" if name in ("scheduler", "vae", "transformer") else "transformers"
        about[name] = [library, "Qwen2VLProcessor" if name == "processor" else type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    return folder
