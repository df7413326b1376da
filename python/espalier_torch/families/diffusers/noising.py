"""How a pipeline's model learned: pictures noised by variance-preserving times, or along straight lines."""

from dataclasses import dataclass
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from espalier_torch.objective.denoising import TARGETS, Levels, Noising


@dataclass(frozen=True)
class VariancePreserving(Noising):
    """DDPM's times (arXiv 2006.11239): kept (T,) is the variance that the picture keeps at each."""

    target: str
    kept: Tensor

    def at(self, shares: Tensor) -> Levels:
        """As Noising.at."""
        times = (shares * len(self.kept)).long()
        kept = self.kept[times]
        return Levels(times, kept.sqrt(), (1 - kept).sqrt())


@dataclass(frozen=True)
class StraightLine(Noising):
    """Flow matching (arXiv 2210.02747, 2209.03003): `times` are what the model is told of the line's end."""

    times: float
    target: str = "flow"

    def at(self, shares: Tensor) -> Levels:
        """As Noising.at: no picture is left quite without noise, which a model is not asked about."""
        noise = (1 - shares).float()
        return Levels(noise * self.times, 1 - noise, noise)


def noising_of(scheduler: Any) -> Noising:
    """How the model was trained that a pipeline's own scheduler belongs to. Raises ValueError where nobody knows."""
    if isinstance(scheduler, FlowMatchEulerDiscreteScheduler):
        return StraightLine(float(scheduler.config.num_train_timesteps))
    target = scheduler.config.get("prediction_type")
    if target not in TARGETS or not hasattr(scheduler, "alphas_cumprod"):
        kind = type(scheduler).__name__
        raise ValueError(f"{kind} with prediction_type {target!r} does not say how pictures were noised in training")
    return VariancePreserving(target, torch.as_tensor(scheduler.alphas_cumprod).float())
