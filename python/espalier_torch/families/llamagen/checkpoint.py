"""LlamaGen's weights on disk: a checkpoint of ours, or the released file as safetensors beside a config.json."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import family_record, reading_config, tensors_of
from espalier_torch.checkpoints.model_weights import filled, reading_sizes
from espalier_torch.checkpoints.released_weights import read_config, read_weights, weights_identity
from espalier_torch.families.llamagen.model import FAMILY, LlamaGen, LlamaGenConfig

HEAD_WIDTH = 64
"""Of all released text-to-image sizes."""

PIXELS = 16
"""Side of the square of pixels that a code of the released VQ-16 stands for."""

MARK = "cls_embedding.uncond_embedding"
"""A tensor that no other model has."""


def load_llamagen(folder: str | Path) -> tuple[LlamaGen, dict[str, Any]]:
    """The model of a checkpoint folder of ours (checkpoint.json) or of a released one (config.json), and its record.

    Raises:
        ValueError: the folder lacks a part, holds a pickle, or holds another model.
    """
    record = llamagen_record(folder)
    own = (Path(folder) / "checkpoint.json").is_file()
    weights = tensors_of(Path(folder) / "generator.safetensors") if own else read_weights(folder)
    with reading_config(folder, "generator"), torch.device("meta"):
        model = LlamaGen(LlamaGenConfig(**record["config"]))
    return filled(model, weights, f"the LlamaGen in {folder}", assign=True).eval(), record


def llamagen_record(folder: str | Path) -> dict[str, Any]:
    """What is known of a checkpoint folder without its weights: identity, name, config. Raises ValueError."""
    folder = Path(folder)
    if (folder / "checkpoint.json").is_file():
        return family_record(folder, FAMILY)
    raw = read_config(folder)
    if raw.pop("model_type", None) != FAMILY:
        raise ValueError(f"{folder / 'config.json'} is not LlamaGen's; `convert_weights` writes one beside the weights")
    record = {"kind": "generator", "family": FAMILY, "name": folder.name, "config": raw}
    return {**record, "identity": weights_identity(folder)}


def write_config(config: LlamaGenConfig, folder: Path) -> str:
    """Writes config.json of a released folder; returns its name."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {"model_type": FAMILY, **config.as_dict()}
    (folder / "config.json").write_text(json.dumps(written, indent=2) + "\n")
    return "config.json"


def config_of(weights: Mapping[str, Tensor], image_side: int) -> LlamaGenConfig:
    """The sizes of released weights, which say all but that of the images, in pixels. Raises ValueError."""
    with reading_sizes("LlamaGen"):
        codes, width = weights["tok_embeddings.weight"].shape
        length, caption_width = weights[MARK].shape
        layers = sum(name.endswith(".attention.wqkv.weight") for name in weights)
        together = weights["layers.0.attention.wqkv.weight"].shape[0]
        hidden = weights["layers.0.feed_forward.w1.weight"].shape[0]
    if image_side % PIXELS:
        raise ValueError(f"Expected a side that is a multiple of {PIXELS} pixels, got {image_side}")
    return dataclasses.replace(
        LlamaGenConfig(),
        width=width,
        layers=layers,
        heads=width // HEAD_WIDTH,
        key_heads=(together - width) // 2 // HEAD_WIDTH,
        hidden=hidden,
        codebook_size=codes,
        text_length=length,
        caption_width=caption_width,
        tokens=(image_side // PIXELS) ** 2,
    )
