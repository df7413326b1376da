"""Opens a pipeline of diffusers from a folder: safetensors only, and nothing from the network."""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny, DiffusionPipeline
from diffusers.utils import logging

from espalier_torch.families.diffusers.architectures import ARCHITECTURES, Architecture
from espalier_torch.families.diffusers.layout import UNUSED, read_index

logging.disable_progress_bar()

OPTIONAL = {"StableDiffusion3Pipeline": ("text_encoder_3", "tokenizer_3")}
"""Parts that a folder may leave out."""


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
            str(folder),
            use_safetensors=True,
            local_files_only=True,
            dtype={"default": dtype, "vae": torch.float32},
            **left_out,
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
    try:
        return (
            AutoencoderTiny.from_pretrained(str(folder), use_safetensors=True, local_files_only=True).eval().to(device)
        )
    except (OSError, KeyError, RuntimeError) as cause:
        raise ValueError(f"Expected {folder} to hold a tiny autoencoder (TAESD): {cause}") from cause


def architecture_of(pipeline: Any) -> Architecture:
    """What this kind of pipeline does in its own way."""
    return ARCHITECTURES[type(pipeline).__name__](pipeline)
