"""A pipeline under training: its denoiser with weights, and of all other parts the sizes alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from espalier_torch.families.diffusers.architectures import Architecture
from espalier_torch.families.diffusers.changes import Lora, earlier_of
from espalier_torch.families.diffusers.layout import FAMILY, READERS
from espalier_torch.families.diffusers.noising import noising_of
from espalier_torch.families.diffusers.pipeline import architecture_of, load_pipeline
from espalier_torch.objective.denoising import Noising

ATTENTION = (
    "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"
)  # fmt: skip
"""Layers that an adapter has where it names none, as in diffusers' own LoRA scripts."""


@dataclass(frozen=True)
class TrainedPipeline:
    """What is fixed about it.

    folder: of the pipeline or checkpoint it was loaded from. pipeline: its class. pixels: sides of a latent.
    unit: sides of a picture are multiples of it. size: (height, width) that it draws.
    """

    folder: Path
    pipeline: str
    pixels: int
    unit: int
    size: tuple[int, int]
    noising: Noising

    def as_dict(self) -> dict[str, Any]:
        """As a checkpoint records it."""
        return {"pipeline": self.pipeline, "size": list(self.size)}


class TrainedDenoiser(nn.Module):
    """The denoiser as training holds it.

    earlier: the LoRA that its weights hold already. base: the pipeline or whole denoiser that LoRAs are told against.
    """

    family = FAMILY
    adapter_targets = ATTENTION

    def __init__(self, architecture: Architecture, config: TrainedPipeline, earlier: Lora, base: Path):
        super().__init__()
        self.architecture, self.config, self.earlier, self.base = architecture, config, earlier, base
        self.denoiser = architecture.denoiser

    @property
    def recompute(self) -> bool:
        """Whether activations are computed again for the gradient."""
        return self.denoiser.is_gradient_checkpointing

    @recompute.setter
    def recompute(self, wanted: bool) -> None:
        if wanted:
            self.denoiser.enable_gradient_checkpointing()


def load_trained(folder: str | Path) -> TrainedDenoiser:
    """The denoiser of a pipeline or of a checkpoint on one, in float32 on the CPU. Raises ValueError."""
    place = Path(folder)
    pipeline = load_pipeline(place, torch.device("cpu"), torch.float32, hollow=READERS)
    architecture = architecture_of(pipeline)
    config = TrainedPipeline(
        place, type(pipeline).__name__, pipeline.vae_scale_factor, architecture.unit, architecture.size,
        noising_of(pipeline.scheduler),
    )  # fmt: skip
    model = TrainedDenoiser(architecture, config, *earlier_of(place, architecture.component))
    return model.requires_grad_(True).eval()
