"""Opens a pipeline of diffusers from a folder: safetensors only, and nothing from the network."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoencoderTiny, DiffusionPipeline
from diffusers.utils import logging

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model
from espalier_torch.families.diffusers.architectures import ARCHITECTURES, Architecture
from espalier_torch.families.diffusers.changes import changed_denoiser
from espalier_torch.families.diffusers.layout import (
    AUTOENCODER,
    UNUSED,
    below,
    is_checkpoint,
    read_index,
    refuse_other_pipeline,
    released,
)

logging.disable_progress_bar()

OPTIONAL = {"StableDiffusion3Pipeline": ("text_encoder_3", "tokenizer_3")}
"""Parts that a folder may leave out."""
LIBRARIES = {"diffusers": diffusers, "transformers": transformers}
"""Where the classes of parts come from."""


def load_pipeline(folder: str | Path, device: torch.device, dtype: torch.dtype, hollow: Collection[str] = ()) -> Any:
    """The pipeline of a folder, or of a checkpoint on one; its autoencoder in float32: a rounded one shows in pictures.

    Args:
        folder: as save_pretrained writes it, or a checkpoint of ours.
        device: where its parts go.
        dtype: of their weights.
        hollow: parts that stay without weights, on torch's meta device: they will not be asked.

    Raises:
        ValueError: a pipeline of another kind, a part that is missing, or weights that are no safetensors.
    """
    if is_checkpoint(folder):
        refuse_other_pipeline(folder)
        pipeline = load_pipeline(below(folder), device, dtype, hollow)
        component = architecture_of(pipeline).component
        if component not in hollow:
            changed = changed_denoiser(getattr(pipeline, component), Path(folder), component)
            pipeline.register_modules(**{component: changed.to(device)})
        return pipeline
    index = read_index(folder)
    left_out = left_out_of(folder, index)
    networks = networks_of(folder, index, left_out.keys(), dtype, hollow)
    try:
        pipeline = DiffusionPipeline.from_pretrained(str(folder), local_files_only=True, **left_out, **networks)
    except (OSError, KeyError, RuntimeError) as cause:
        raise ValueError(f"The pipeline in {folder} cannot be loaded: {cause}") from cause
    pipeline.set_progress_bar_config(disable=True)
    for name, part in networks.items():
        part.requires_grad_(False).eval()
        if name not in hollow:
            part.to(device)
    return pipeline


def left_out_of(folder: str | Path, index: Mapping[str, Any]) -> dict[str, Any]:
    """What a pipeline is opened without. Raises ValueError for one of a kind that is not known."""
    name = index.get("_class_name")
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(
            f"{folder} holds a {name}, which is not known here; known are {known}. "
            "Write a class for it (docs/own-generators.md)"
        )
    left_out: dict[str, Any] = {part: None for part in UNUSED if part in index}
    if left_out:
        left_out["requires_safety_checker"] = False
    left_out.update({part: None for part in OPTIONAL.get(name, ()) if not (index.get(part) or [None])[0]})
    return left_out


def load_tiny_decoder(folder: str | Path, device: torch.device) -> AutoencoderTiny:
    """A small autoencoder (TAESD) that shows paths midway. Raises ValueError."""
    return pretrained_model(AutoencoderTiny, folder, torch.float32).to(device)


def load_autoencoder(folder: str | Path, device: torch.device) -> torch.nn.Module:
    """A pipeline's autoencoder alone, in float32. Raises ValueError."""
    place = released(folder)
    kind = kinds_of(read_index(place))[AUTOENCODER]
    return pretrained_model(kind, place / AUTOENCODER, torch.float32).to(device)


def networks_of(
    folder: str | Path, index: Mapping[str, Any], left_out: Collection[str], dtype: torch.dtype, hollow: Collection[str]
) -> dict[str, torch.nn.Module]:
    """The parts that have weights, each with all of its own: diffusers would draw at random what a file lacks.

    Raises:
        ValueError: a tensor is missing, unknown or mis-shaped, or a file cannot be read.
    """
    made = {}
    for part, kind in kinds_of(index).items():
        if part in hollow:
            made[part] = hollow_model(kind, Path(folder) / part)
        elif part not in left_out:
            made[part] = pretrained_model(kind, Path(folder) / part, torch.float32 if part == AUTOENCODER else dtype)
    return made


def kinds_of(index: Mapping[str, Any]) -> dict[str, Any]:
    """The classes of the parts that have weights, by the part's name."""
    named = {part: about for part, about in index.items() if isinstance(about, list)}
    kinds = {part: getattr(LIBRARIES.get(library), name, None) for part, (library, name) in named.items() if library}
    return {part: kind for part, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, torch.nn.Module)}


def hollow_model(kind: Any, folder: Path) -> torch.nn.Module:
    """A part with its sizes and without weights. Raises ValueError."""
    is_diffusers = hasattr(kind, "load_config")
    config = pretrained_config(kind, folder) if is_diffusers else pretrained(kind.config_class, folder)
    with torch.device("meta"):
        return kind.from_config(config) if is_diffusers else kind(config)


def pretrained_config(kind: Any, folder: Path) -> Any:
    """diffusers' configuration of a part. Raises ValueError when it cannot be read."""
    try:
        return kind.load_config(str(folder), local_files_only=True)
    except (OSError, ValueError) as cause:
        raise ValueError(f"diffusers cannot open {folder} as {kind.__name__}: {cause}") from cause


def architecture_of(pipeline: Any) -> Architecture:
    """What this kind of pipeline does in its own way."""
    return ARCHITECTURES[type(pipeline).__name__](pipeline)
