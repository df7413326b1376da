"""What training changes of a pipeline, as a checkpoint holds it: a LoRA in diffusers' layout, or the whole denoiser.

A LoRA on a LoRA is one of both their ranks: B1 A1 + B2 A2 = [B1 B2] [A1; A2]. So a checkpoint's LoRA always belongs to
a pipeline as it was released (or to a denoiser trained whole), and `load_lora_weights` needs nothing else.
"""

import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import tensors_of
from espalier_torch.checkpoints.model_weights import pretrained_model
from espalier_torch.families.diffusers.layout import LORA, below, is_checkpoint, pipeline_identity
from espalier_torch.runtime.files import digest_of, sha256_of

Lora = dict[str, tuple[Tensor, Tensor]]
"""A and B, (rank, in) and (out, rank) float32, of each layer by its name in the denoiser; their scale is in B."""

ADAPTER = "default"
"""peft's name of the adapter under training."""


def changed_denoiser(denoiser: nn.Module, folder: Path, component: str) -> nn.Module:
    """A denoiser as a checkpoint on its pipeline leaves it. Raises ValueError."""
    if (folder / component).is_dir():
        return pretrained_model(type(denoiser), folder / component, denoiser.dtype).requires_grad_(False)
    for name, (down, up) in read_lora(folder, component).items():
        try:
            weight = denoiser.get_submodule(name).weight
        except AttributeError as cause:
            raise ValueError(f"{folder / LORA} changes the layer {name}, which this {component} has not") from cause
        if up.shape[1:] != down.shape[:1] or (len(up), down.shape[-1]) != weight.shape:
            expected = f"A (rank, in) and B (out, rank) for {name} of shape {tuple(weight.shape)}"
            got = f"{tuple(down.shape)} and {tuple(up.shape)}"
            raise ValueError(f"Expected {expected} in {folder / LORA}, got {got}")
        added = up.to(weight.device) @ down.to(weight.device)
        weight.data = (weight.data.float() + added).to(weight.dtype)
    return denoiser


def read_lora(folder: Path, component: str) -> Lora:
    """The LoRA of a checkpoint folder, ours or one that diffusers' own scripts wrote.

    Raises:
        ValueError: it is damaged, or in an older layout.
    """
    if not (folder / LORA).is_file():
        raise ValueError(f"Expected {folder} to hold {LORA}, the folder {component}, or a whole pipeline; got neither")
    tensors = tensors_of(folder / LORA)
    named = {name.removeprefix(f"{component}."): one.float() for name, one in tensors.items()}
    layers = sorted(name.removesuffix(".lora_A.weight") for name in named if name.endswith(".lora_A.weight"))
    if 2 * len(layers) != len(named):
        strange = sorted(name for name in named if not re.search(r"\.lora_[AB]\.weight$", name))
        raise ValueError(f"Expected {folder / LORA} to hold lora_A and lora_B of layers alone, got {strange[:3]}")
    scale = scale_of(folder, component)
    return {layer: (named[f"{layer}.lora_A.weight"], scale * named[f"{layer}.lora_B.weight"]) for layer in layers}


def scale_of(folder: Path, component: str) -> float:
    """alpha / rank where diffusers' scripts wrote them into the file's head; 1 elsewhere, where the scale is in B."""
    with safe_open(folder / LORA, framework="pt") as opened:
        said = json.loads((opened.metadata() or {}).get("lora_adapter_metadata", "{}"))
    rank, alpha = (said.get(f"{component}.{name}") for name in ("r", "lora_alpha"))
    return alpha / rank if rank and alpha else 1.0


def adapter_of(denoiser: nn.Module) -> Lora:
    """The adapter under training, its scale multiplied in; empty without one."""
    found = {name: layer for name, layer in denoiser.named_modules() if hasattr(layer, "lora_A")}
    return {
        name: (
            layer.lora_A[ADAPTER].weight.detach().float().cpu(),
            layer.scaling[ADAPTER] * layer.lora_B[ADAPTER].weight.detach().float().cpu(),
        )
        for name, layer in found.items()
    }


def joined(first: Lora, second: Lora) -> Lora:
    """The sum of two LoRAs."""
    both = {name: [one[name] for one in (first, second) if name in one] for name in sorted({*first, *second})}
    return {
        name: (torch.cat([down for down, _ in parts]), torch.cat([up for _, up in parts], 1))
        for name, parts in both.items()
    }


def earlier_of(folder: Path, component: str) -> tuple[Lora, Path]:
    """The LoRA that a start holds already, and the pipeline or whole denoiser that it belongs to. Raises ValueError."""
    if not is_checkpoint(folder) or (folder / component).is_dir():
        return {}, folder
    return read_lora(folder, component), below(folder)


def write_lora(lora: Lora, folder: Path, component: str) -> list[str]:
    """Writes a LoRA as diffusers' `save_lora_weights` does; returns the names of its files."""
    tensors = {
        f"{component}.{name}.lora_{half}.weight": one.contiguous()
        for name, pair in lora.items()
        for half, one in zip("AB", pair, strict=True)
    }
    save_file(tensors, folder / LORA, metadata={"format": "pt"})
    return [LORA]


def write_whole(denoiser: Any, folder: Path, component: str) -> list[str]:
    """Writes a denoiser as `save_pretrained` does; returns the names of its files."""
    denoiser.save_pretrained(folder / component)
    return sorted(f"{component}/{file.name}" for file in (folder / component).iterdir())


def identity_of(folder: Path, names: list[str], base: Path) -> str:
    """What a checkpoint is known by: the pipeline below, and what it changes."""
    return digest_of([pipeline_identity(base), *(sha256_of(folder / name) for name in names)])
