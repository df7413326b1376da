"""Janus-Pro as deepseek-ai released it: its names and sizes in those of transformers.

The image tower's pooling head and the tokenizer's usage counts are read by nobody and left out.
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

RELEASED_TYPE = "multi_modality"
"""`model_type` of a released config.json."""

LEFT_OUT = re.compile(r"^vision_model\.vision_tower\.attn_pool\.|\.codebook_used$")

TOWER = "model.vision_model"
NAMES = (
    (r"^language_model\.lm_head\.", "lm_head."),
    (r"^language_model\.model\.", "model.language_model."),
    (r"^gen_embed\.", "model.generation_embeddings."),
    (r"^gen_head\.output_mlp_projector\.", "model.generation_head.proj_out."),
    (r"^gen_head\.", "model.generation_head."),
    (r"^gen_aligner\.layers\.0\.", "model.generation_aligner.fc1."),
    (r"^gen_aligner\.layers\.2\.", "model.generation_aligner.hidden_layers.0."),
    (r"^aligner\.layers\.0\.", "model.aligner.fc1."),
    (r"^aligner\.layers\.2\.", "model.aligner.hidden_layers.0."),
    (r"^gen_vision_model\.", "model.vqmodel."),
    (r"^(model\.vqmodel\.encoder)\.conv_blocks\.", r"\1.down."),
    (r"^(model\.vqmodel\.decoder)\.conv_blocks\.", r"\1.up."),
    (r"^(model\.vqmodel\..*)\.res\.", r"\1.block."),
    (r"^(model\.vqmodel\..*)\.mid\.0\.", r"\1.mid.block_1."),
    (r"^(model\.vqmodel\..*)\.mid\.1\.", r"\1.mid.attn_1."),
    (r"^(model\.vqmodel\..*)\.mid\.2\.", r"\1.mid.block_2."),
    (r"^vision_model\.vision_tower\.pos_embed$", f"{TOWER}.embeddings.position_embedding.weight"),
    (r"^vision_model\.vision_tower\.patch_embed\.proj\.", f"{TOWER}.embeddings.patch_embedding."),
    (r"^vision_model\.vision_tower\.norm\.", f"{TOWER}.post_layernorm."),
    (r"^vision_model\.vision_tower\.blocks\.", f"{TOWER}.encoder.layers."),
    (r"^(model\.vision_model\.encoder\.layers\.\d+)\.attn\.proj\.", r"\1.self_attn.projection_layer."),
    (r"^(model\.vision_model\.encoder\.layers\.\d+)\.attn\.", r"\1.self_attn."),
    (r"^(model\.vision_model\.encoder\.layers\.\d+)\.norm(\d)\.", r"\1.layer_norm\2."),
)  # fmt: skip
"""Applied one after the other; what no rule meets keeps its name."""

LANGUAGE = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
    "hidden_act", "max_position_embeddings", "rms_norm_eps", "rope_theta",
)  # fmt: skip


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Released tensors under transformers' names."""
    found: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if LEFT_OUT.search(name):
            continue
        for pattern, replacement in NAMES:
            name = re.sub(pattern, replacement, name)  # noqa: PLW2901 (a name goes through all the rules)
        if name.endswith("position_embedding.weight"):
            found[name] = tensor.squeeze(0)
        elif ".qkv." in name:
            parts = zip(("q_proj", "k_proj", "v_proj"), tensor.chunk(3), strict=True)
            found |= {name.replace("qkv", part): one.contiguous() for part, one in parts}
        else:
            found[name] = tensor
    return found


def janus_config(raw: Mapping[str, Any], weights: Mapping[str, Tensor], tokens: Mapping[str, int]) -> dict[str, Any]:
    """transformers' configuration of a released one.

    Args:
        raw: config.json.
        weights: under transformers' names; the image tower's sizes, which the released file leaves out, are read off.
        tokens: ids of `bos_token_id`, `eos_token_id`, `pad_token_id` and `image_token_id`, which the tokenizer knows.

    Raises:
        KeyError: a size is missing.
    """
    parts = {name: raw[f"{name}_config"]["params"] for name in ("gen_vision", "gen_aligner", "gen_head", "aligner")}
    language = {name: raw["language_config"][name] for name in LANGUAGE if name in raw["language_config"]}
    marks = {name: tokens[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    patches = weights[f"{TOWER}.embeddings.patch_embedding.weight"]
    places = weights[f"{TOWER}.embeddings.position_embedding.weight"]
    layers = {name.split(".")[4] for name in weights if name.startswith(f"{TOWER}.encoder.layers.")}
    vision = {
        "hidden_size": patches.shape[0],
        "patch_size": patches.shape[-1],
        "image_size": round(len(places) ** 0.5) * patches.shape[-1],
        "num_hidden_layers": len(layers),
        "num_attention_heads": raw["vision_config"]["params"].get("heads", 16),
        "mlp_ratio": weights[f"{TOWER}.encoder.layers.0.mlp.fc1.weight"].shape[0] / patches.shape[0],
        "num_image_tokens": len(places),
        "projection_dim": parts["aligner"]["n_embed"],
        "depth": parts["aligner"]["depth"],
    }
    quantiser = weights["model.vqmodel.encoder.conv_in.weight"].shape[0]
    levels = sorted({int(name.split(".")[4]) for name in weights if name.startswith("model.vqmodel.encoder.down.")})
    factors = [
        weights[f"model.vqmodel.encoder.down.{level}.block.0.conv1.weight"].shape[0] // quantiser for level in levels
    ]
    codes = {
        "embed_dim": parts["gen_vision"]["n_embed"],
        "num_embeddings": parts["gen_vision"]["image_token_size"],
        "projection_dim": parts["gen_aligner"]["n_embed"],
        "num_hidden_layers": parts["gen_aligner"]["depth"],
        "image_token_embed_dim": parts["gen_head"]["image_token_embed"],
        "latent_channels": weights["model.vqmodel.quant_conv.weight"].shape[1],
        "base_channels": quantiser,
        "channel_multiplier": factors,
    }
    return {
        "text_config": {"model_type": "llama", **language, **marks, "tie_word_embeddings": False},
        "vision_config": vision,
        "vq_config": codes,
        "image_token_id": tokens["image_token_id"],
        "tie_word_embeddings": False,
    }
