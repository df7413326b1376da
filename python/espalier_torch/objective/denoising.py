"""The objective of diffusion and flow models: the denoising error stands for a picture's log-likelihood.

Diffusion-DPO (Wallace et al. 2023, arXiv 2311.12908, equation 14) and its form for flows (Flow-DPO, Liu et al. 2025,
arXiv 2501.13918, with a weight that is the same at all times) are the DPO loss of the four numbers
-1/2 |target - output|^2, and their beta is its beta: the number of steps and the weight of a time are in it.
Every other loss reads the same numbers. Chosen and rejected, policy and reference see the same times and noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from espalier_torch.objective.masks import Draws, MaskSettings
from espalier_torch.objective.objective import PairLogLikelihoods
from espalier_torch.runtime import randomness

Text = dict[str, Tensor]
"""What a model is told of B prompts: (B, ...) tensors by name."""


@dataclass(frozen=True)
class Levels:
    """Times of noising, and how noisy a picture is then: signal * clean + noise * gaussian. All (B, K)."""

    times: Tensor
    signal: Tensor
    noise: Tensor


class Noising(Protocol):
    """How a model's training noised pictures, and what it learned to give back.

    target: a key of TARGETS.
    """

    target: str

    def at(self, shares: Tensor) -> Levels:
        """The levels at shares (B, K) of all times, in [0, 1)."""


@dataclass(frozen=True)
class Noised:
    """How one side of B pairs is noised, K draws each: levels, and gaussian noise (B, K, ...)."""

    levels: Levels
    gaussian: Tensor


@dataclass(frozen=True)
class NoisyPairs:
    """B pairs on one device: clean latents (B, ...) of both, how each is noised, and what the model is told."""

    texts: Text
    chosen: Tensor
    rejected: Tensor
    chosen_noised: Noised
    rejected_noised: Noised


class Denoises(Protocol):
    """What training needs of a diffusion or flow model."""

    def packed(self, latents: Tensor) -> Tensor:
        """(R, ...) latents as the model has them, in any order of their numbers."""

    def outputs(self, latents: Tensor, times: Tensor, texts: Text) -> Tensor:
        """The model's outputs for R noisy latents at R times, without guidance."""


TARGETS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "epsilon": lambda clean, gaussian, signal, noise: gaussian,
    "sample": lambda clean, gaussian, signal, noise: clean,
    # Salimans and Ho 2022 (arXiv 2202.00512), section 4.
    "v_prediction": lambda clean, gaussian, signal, noise: signal * gaussian - noise * clean,
    # The velocity of the straight line from picture to noise (arXiv 2209.03003).
    "flow": lambda clean, gaussian, signal, noise: gaussian - clean,
}
"""What a model's output should be, of clean latents, their gaussian noise, and the level."""


def drawn_noise(
    settings: MaskSettings, noising: Noising, table: int, pairs: Tensor, side: int, shape: tuple[int, ...]
) -> Noised:
    """Times and noise of one side (0 or 1) of B pairs, a function of these alone; shared where `settings` says so."""
    draws = Draws(settings, table, pairs, 0 if settings.shared else side)
    counters = np.asarray(draws.counters)
    seeds = randomness.bits(draws.pair_seeds[:, None], counters[None], 0, randomness.NOISE)
    drawn = [gaussian(int(seed), shape) for seed in seeds.reshape(-1)]
    return Noised(noising.at(draws.shares()), torch.stack(drawn).unflatten(0, (len(pairs), settings.draws)))


def gaussian(seed: int, shape: tuple[int, ...]) -> Tensor:
    """Gaussian numbers of a seed, drawn on the CPU."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def pair_log_likelihoods(model: Denoises, rows: NoisyPairs, target: str, reduction: str) -> PairLogLikelihoods:
    """Minus half the squared error of both pictures of each pair, mean over their draws, in one forward pass.

    Args:
        model: the generator.
        rows: B pairs, K draws.
        target: a key of TARGETS.
        reduction: "sum" over a picture's latents, or their "mean".
    """
    sides = ((rows.chosen, rows.chosen_noised), (rows.rejected, rows.rejected_noised))
    noisy, wanted = zip(*(noised_with_target(clean, noised, target) for clean, noised in sides), strict=True)
    times = torch.cat([noised.levels.times.flatten() for _, noised in sides])
    draws = rows.chosen_noised.gaussian.shape[1]
    texts = {name: one.repeat_interleave(draws, 0).repeat(2, *[1] * (one.ndim - 1)) for name, one in rows.texts.items()}
    outputs = model.outputs(model.packed(torch.cat(noisy)), times, texts)
    apart = outputs.float() - model.packed(torch.cat(wanted))
    error = 0.5 * apart.square().flatten(1).sum(1).unflatten(0, (-1, draws)).mean(1)
    numbers = rows.chosen[0].numel()
    if reduction == "mean":
        error, numbers = error / numbers, 1
    lengths = torch.full_like(error, numbers)
    return PairLogLikelihoods(*(-error).chunk(2), *lengths.chunk(2))


def noised_with_target(clean: Tensor, noised: Noised, target: str) -> tuple[Tensor, Tensor]:
    """B clean latents as the model sees them and what it should say, (B * K, ...) float32 each."""
    levels, noise = noised.levels, noised.gaussian
    clean = clean.unsqueeze(1).expand_as(noise)
    sized = [one.float()[(...,) + (None,) * (noise.ndim - 2)] for one in (levels.signal, levels.noise)]
    shown = sized[0] * clean + sized[1] * noise
    return shown.flatten(0, 1), TARGETS[target](clean, noise, *sized).expand_as(noise).flatten(0, 1)
