"""LLaVA-OneVision as a judge's eyes and language: released (llava_qwen) and transformers checkpoints."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration

from espalier_torch.checkpoints.model_weights import pretrained_model, reading_sizes, refuse_unfit
from espalier_torch.checkpoints.released_weights import new_name, read_config, read_weights

RELEASED_NAMES = (
    (r"^model\.vision_tower\.vision_tower\.vision_model\.", "model.vision_tower."),
    (r"^model\.mm_projector\.0\.", "model.multi_modal_projector.linear_1."),
    (r"^model\.mm_projector\.2\.", "model.multi_modal_projector.linear_2."),
    (r"^model\.(embed_tokens|layers|norm)\.", r"model.language_model.\1."),
)
"""Prefixes of the released LlavaQwenForCausalLM and transformers' own; what no rule meets keeps its name."""

QWEN_FIELDS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
    "max_position_embeddings", "rms_norm_eps", "rope_theta", "hidden_act",
)  # fmt: skip
SIGLIP_HEADS = 16
IMAGE_SIDE = 384
GREY = 127
"""What a picture that is not square is padded with, as the released pipeline does."""


def load_llava(folder: str | Path, dtype: torch.dtype = torch.float32) -> LlavaOnevisionForConditionalGeneration:
    """The model of a folder, whichever of the two formats it has.

    Raises:
        ValueError: the folder lacks a part, holds a pickle, or holds another model.
    """
    raw = read_config(folder)
    if raw.get("model_type") == "llava_onevision":
        return pretrained_model(LlavaOnevisionForConditionalGeneration, folder, dtype)
    if "LlavaQwenForCausalLM" not in raw.get("architectures", []):
        raise ValueError(f"{Path(folder) / 'config.json'} is no LLaVA-OneVision's: it names {raw.get('architectures')}")
    return llava_from_released(raw, read_weights(folder), dtype, folder)


def llava_from_released(
    config: dict[str, Any],
    weights: dict[str, Tensor],
    dtype: torch.dtype = torch.float32,
    folder: str | Path = "memory",
) -> LlavaOnevisionForConditionalGeneration:
    """The model around released tensors. Raises ValueError when they do not fit."""
    renamed = {transformers_name(name): tensor for name, tensor in weights.items()}
    with reading_sizes(f"the LLaVA-OneVision in {folder}"):
        made = llava_config(config, weights)
    with torch.device("meta"):
        expected = LlavaOnevisionForConditionalGeneration(made).state_dict()
    words = renamed.get("model.language_model.embed_tokens.weight")
    if made.tie_word_embeddings and words is not None:
        renamed.setdefault("lm_head.weight", words)
    refuse_unfit(renamed, expected, f"the LLaVA-OneVision in {folder}")
    return pretrained_model(LlavaOnevisionForConditionalGeneration, folder, dtype, config=made, state_dict=renamed)


def transformers_name(name: str) -> str:
    """The name transformers gives a tensor of the released format."""
    return new_name(name, RELEASED_NAMES)


def llava_config(raw: dict[str, Any], weights: dict[str, Tensor]) -> LlavaOnevisionConfig:
    """transformers' configuration; the image tower's sizes, which the released one leaves out, are read off."""
    tower = "model.vision_tower.vision_tower.vision_model."
    patches = weights.get(tower + "embeddings.patch_embedding.weight")
    if patches is None:
        raise ValueError("The weights hold no SigLIP image tower; a checkpoint of the language model alone?")
    positions = weights[tower + "embeddings.position_embedding.weight"]
    layers = {name.split(".")[6] for name in weights if name.startswith(tower + "encoder.layers.")}
    patch, side = patches.shape[-1], raw.get("image_size", IMAGE_SIDE)
    if len(positions) != (side // patch) ** 2:
        raise ValueError(f"The image tower has {len(positions)} places; expected those of images of {side} pixels")
    vision = {
        "model_type": "siglip_vision_model",
        "hidden_size": patches.shape[0],
        "intermediate_size": weights[tower + "encoder.layers.0.mlp.fc1.weight"].shape[0],
        "num_hidden_layers": len(layers),
        "num_attention_heads": raw.get("vision_heads", SIGLIP_HEADS),
        "patch_size": patch,
        "image_size": side,
        "hidden_act": "gelu_pytorch_tanh",
        "layer_norm_eps": 1e-6,
        "vision_use_head": False,
    }
    text = {"model_type": "qwen2", **{name: raw[name] for name in QWEN_FIELDS if name in raw}}
    tied = bool(raw.get("tie_word_embeddings", False))
    return LlavaOnevisionConfig(
        vision_config=vision,
        text_config={**text, "tie_word_embeddings": tied, "use_sliding_window": False},
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        projector_hidden_act="gelu",
        tie_word_embeddings=tied,
    )


def image_features(model: LlavaOnevisionForConditionalGeneration, images: Tensor) -> Tensor:
    """What the language model sees of each image: one untiled view and a newline.

    Args:
        model: the judge's model.
        images: (B, H, W, 3) uint8, on any device.

    Returns:
        (B, F, D), F = 730 for SigLIP at 384 pixels.
    """
    side = model.config.vision_config.image_size
    pixels = normalised(images, side).to(model.device, model.dtype)
    sizes = torch.tensor([[side, side]] * len(pixels))
    # More than one image a sample is what keeps transformers from tiling them.
    found = model.get_image_features(
        pixel_values=pixels,
        image_sizes=sizes,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        batch_num_images=[len(pixels) + 1],
        return_dict=True,
    )
    return torch.stack(list(found.pooler_output))


def normalised(images: Tensor, side: int) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, side, side) float32 in [-1, 1], padded to a square with grey and resized."""
    pixels = images.permute(0, 3, 1, 2).float()
    height, width = pixels.shape[-2:]
    if height != width:
        spare_rows, spare_columns = max(width - height, 0), max(height - width, 0)
        top, left = spare_rows // 2, spare_columns // 2
        pixels = F.pad(pixels, (left, spare_columns - left, top, spare_rows - top), value=GREY)
    if pixels.shape[-1] != side:
        pixels = F.interpolate(pixels, (side, side), mode="bicubic", antialias=True).round().clamp(0, 255)
    return pixels / 127.5 - 1
