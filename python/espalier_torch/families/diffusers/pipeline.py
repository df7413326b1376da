"""Opens a pipeline of diffusers from a folder: safetensors only, and nothing from the network."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoencoderTiny, DiffusionPipeline
from diffusers.utils import logging

from espalier_torch.checkpoints.model_weights import pretrained_model
from espalier_torch.families.diffusers.architectures import ARCHITECTURES, Architecture
from espalier_torch.families.diffusers.layout import AUTOENCODER, UNUSED, read_index

logging.disable_progress_bar()

OPTIONAL = {"StableDiffusion3Pipeline": ("text_encoder_3", "tokenizer_3")}
"""Parts that a folder may leave out."""
LIBRARIES = {"diffusers": diffusers, "transformers": transformers}
"""Where the classes of parts come from."""


def load_pipeline(folder: str | Path, device: torch.device, dtype: torch.dtype) -> Any:
    """The pipeline of a folder; its autoencoder in float32, since a rounded one shows in every picture.

    Raises:
        ValueError: a pipeline of another kind, a part that is missing, or weights that are no safetensors.
    """
    index = read_index(folder)
    name = index.get("_class_name")
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(
            f"{folder} holds a {name}, which is not known here; known are {known}. "
            "Write a class for it (docs/own-generators.md)"
        )
    left_out = {part: None for part in UNUSED if part in index}
    if left_out:
        left_out["requires_safety_checker"] = False
    left_out.update({part: None for part in OPTIONAL.get(name, ()) if not (index.get(part) or [None])[0]})
    try:
        pipeline = DiffusionPipeline.from_pretrained(
            str(folder), local_files_only=True, **left_out, **networks_of(folder, index, left_out.keys(), dtype)
        )
    except (OSError, KeyError, RuntimeError) as cause:
        raise ValueError(f"The pipeline in {folder} cannot be loaded: {cause}") from cause
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(False).eval()
    return pipeline.to(device)


def load_tiny_decoder(folder: str | Path, device: torch.device) -> AutoencoderTiny:
    """A small autoencoder (TAESD) that shows paths midway. Raises ValueError."""
    return pretrained_model(AutoencoderTiny, folder, torch.float32).to(device)


def networks_of(
    folder: str | Path, index: Mapping[str, Any], left_out: Collection[str], dtype: torch.dtype
) -> dict[str, torch.nn.Module]:
    """The parts that have weights, each with all of its own: diffusers would draw at random what a file lacks.

    Raises:
        ValueError: a tensor is missing, unknown or mis-shaped, or a file cannot be read.
    """
    named = {part: about for part, about in index.items() if isinstance(about, list) and part not in left_out}
    kinds = {part: getattr(LIBRARIES.get(library), name, None) for part, (library, name) in named.items() if library}
    return {
        part: pretrained_model(kind, Path(folder) / part, torch.float32 if part == AUTOENCODER else dtype)
        for part, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, torch.nn.Module)
    }


def architecture_of(pipeline: Any) -> Architecture:
    """What this kind of pipeline does in its own way."""
    return ARCHITECTURES[type(pipeline).__name__](pipeline)
