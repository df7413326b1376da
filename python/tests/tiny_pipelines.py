"""Tiny random pipelines in the layouts of diffusers, built here and saved as it saves them."""

import json
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
)

NAMES = ("sd", "sdxl", "sd3", "flux")


def tiny_pipeline(name, folder):
    """Saves a pipeline of random weights; 32 x 32 pixels."""
    torch.manual_seed(7)
    tokenizer = clip_tokenizer(Path(folder) / "words")
    made = {"sd": stable_diffusion, "sdxl": stable_diffusion_xl, "sd3": stable_diffusion_3, "flux": flux}[name](
        tokenizer
    )
    made.save_pretrained(folder)
    return str(folder)


def tiny_decoder(folder):
    """Saves a TAESD of random weights."""
    torch.manual_seed(9)
    sizes = {"encoder_block_out_channels": (8, 8), "decoder_block_out_channels": (8, 8)}
    blocks = {"num_encoder_blocks": (1, 1), "num_decoder_blocks": (1, 1)}
    AutoencoderTiny(latent_channels=4, upsampling_scaling_factor=2, **sizes, **blocks).save_pretrained(folder)
    return str(folder)


def clip_tokenizer(folder):
    """A CLIP tokenizer of letters and these words."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [chr(one) for one in range(97, 123)]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{one}</w>" for one in letters)]
    (folder / "vocab.json").write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16)


def text_config(tokenizer, width=16, projection=16):
    """Sizes of a small CLIP text encoder."""
    return CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=32, num_attention_heads=2,
        num_hidden_layers=2, max_position_embeddings=16, projection_dim=projection,
        bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip


def autoencoder(channels=4, **more):
    """Four latents channels, two pixels a latent."""
    return AutoencoderKL(
        block_out_channels=(8, 8), in_channels=3, out_channels=3, latent_channels=channels, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, sample_size=32, **more,
    )  # fmt: skip


def unet(cross, **more):
    """A small UNet."""
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4, cross_attention_dim=cross, attention_head_dim=4, **more,
    )  # fmt: skip


def stable_diffusion(tokenizer):
    """Predicts epsilon."""
    betas = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    return StableDiffusionPipeline(
        vae=autoencoder(), text_encoder=CLIPTextModel(text_config(tokenizer)), tokenizer=tokenizer, unet=unet(16),
        scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False, steps_offset=1, **betas),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def stable_diffusion_xl(tokenizer):
    """Predicts v."""
    scheduler = EulerDiscreteScheduler(prediction_type="v_prediction", beta_schedule="scaled_linear")
    model = unet(
        32, addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=6 * 4 + 16, use_linear_projection=True,
    )  # fmt: skip
    return StableDiffusionXLPipeline(
        vae=autoencoder(), text_encoder=CLIPTextModel(text_config(tokenizer)),
        text_encoder_2=CLIPTextModelWithProjection(text_config(tokenizer)), tokenizer=tokenizer,
        tokenizer_2=tokenizer, unet=model, scheduler=scheduler,
    )  # fmt: skip


def stable_diffusion_3(tokenizer):
    """Predicts a flow's velocity."""
    model = SD3Transformer2DModel(
        sample_size=16, patch_size=1, in_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=2,
        caption_projection_dim=16, joint_attention_dim=32, pooled_projection_dim=32, out_channels=4,
    )  # fmt: skip
    encoders = [CLIPTextModelWithProjection(text_config(tokenizer)) for _ in range(2)]
    return StableDiffusion3Pipeline(
        transformer=model, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=autoencoder(shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=encoders[0], tokenizer=tokenizer, text_encoder_2=encoders[1], tokenizer_2=tokenizer,
        text_encoder_3=None, tokenizer_3=None,
    )  # fmt: skip


def flux(tokenizer):
    """Predicts a flow's velocity on patches, told of guidance."""
    model = FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=16, axes_dims_rope=(4, 4, 8), guidance_embeds=True,
    )  # fmt: skip
    reader = T5EncoderModel(T5Config(vocab_size=64, d_model=32, d_ff=32, d_kv=8, num_layers=1, num_heads=2))
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), transformer=model,
        vae=autoencoder(shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=CLIPTextModel(text_config(tokenizer)), tokenizer=tokenizer, text_encoder_2=reader,
        # Any tokenizer whose ids the encoder knows.
        tokenizer_2=tokenizer,
    )  # fmt: skip


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for one in sys.argv[2:]:
        tiny_pipeline(one, place / one)
