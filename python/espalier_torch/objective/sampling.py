"""Decodes images with a torch generator, by the rules and random numbers of the Node sampler.

Masked-token decoding of MaskGIT (arXiv 2202.04200, section 3.2): every masked token is drawn at each step, and the
least confident are masked again, fewer from step to step.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.objective.masked_likelihood import MaskedGenerator
from espalier_torch.runtime import randomness


@dataclass(frozen=True)
class SamplerSettings:
    """Decoding steps, guidance (1 + g) * conditional - g * unconditional, and Gumbel temperature of the first step."""

    steps: int = 8
    guidance_scale: float = 0.0
    temperature: float = 1.0


@dataclass(frozen=True)
class Samples:
    """B images or their state midway.

    tokens: (B, N) int64, `mask_id` where masked. committed_at: (B, N) uint8 steps, NEVER_COMMITTED where masked.
    """

    tokens: Tensor
    committed_at: Tensor


def masked_counts(tokens: int, steps: int) -> list[int]:
    """Tokens still masked after 0..steps steps, at least one fewer each: cosine (arXiv 2202.04200, section 3.3)."""
    counts = [tokens]
    for step in range(1, steps):
        # Two languages' cosines may differ in the last bit, as at ratio 2/3 where the product is a whole number.
        scheduled = math.floor(tokens * math.cos(math.pi / 2 * step / steps) + 1e-9)
        counts.append(min(scheduled, counts[-1] - 1))
    return [*counts, 0]


def remasking_temperature(start: float, step: int, steps: int) -> float:
    """Gumbel temperature at the end of `step` (from 0): linear from nearly `start` to 0, and new for each path."""
    return start * (1 - (step + 1) / steps)


@torch.no_grad()
def sample(
    model: MaskedGenerator,
    text: Tensor,
    seeds: np.ndarray,
    *,
    mask_id: int,
    tokens: int,
    settings: SamplerSettings,
    until: int | None = None,
) -> Samples:
    """Images of B captions, or their state after `until` steps.

    Args:
        model: the generator.
        text: (B, T) int64 word ids.
        seeds: (B,) unsigned 32-bit seeds; an image depends on its own alone.
        mask_id: token id of a masked position.
        tokens: N, image tokens.
        settings: how to decode.
        until: steps to run; all of them when absent.
    """
    counts = masked_counts(tokens, settings.steps)
    grid = torch.full((len(text), tokens), mask_id, device=text.device)
    committed_at = torch.full((len(text), tokens), NEVER_COMMITTED, dtype=torch.uint8, device=text.device)
    for step in range(settings.steps if until is None else until):
        drawn, confidence = draw(model, text, grid, seeds, step, settings)
        noise = remasking_temperature(settings.temperature, step, settings.steps)
        confidence = confidence + noise * gumbel(seeds, step, tokens).to(text.device)
        confidence = confidence.masked_fill(grid != mask_id, math.inf)
        ranks = confidence.argsort(dim=-1, stable=True).argsort(dim=-1, stable=True)
        commits = (grid == mask_id) & (ranks >= counts[step + 1])
        grid = torch.where(commits, drawn, grid)
        committed_at = committed_at.masked_fill(commits, step)
    return Samples(grid, committed_at)


def draw(
    model: MaskedGenerator, text: Tensor, grid: Tensor, seeds: np.ndarray, step: int, settings: SamplerSettings
) -> tuple[Tensor, Tensor]:
    """One draw at every position by inverse transform, and its log-probability, (B, N) each."""
    hidden = model.hidden(text, grid)
    if settings.guidance_scale:
        hidden = hidden + settings.guidance_scale * (hidden - model.hidden(torch.zeros_like(text), grid))
    probabilities = torch.softmax(model.head(hidden).float(), -1)
    positions = np.arange(grid.shape[1])
    uniform = torch.from_numpy(randomness.uniform(seeds[:, None], step, positions, randomness.TOKEN_DRAW))
    summed = probabilities.cumsum(-1)
    target = uniform.to(summed).unsqueeze(-1) * summed[..., -1:]
    drawn = (summed <= target).sum(-1).clamp(max=probabilities.shape[-1] - 1)
    return drawn, probabilities.gather(-1, drawn.unsqueeze(-1)).squeeze(-1).clamp(min=1e-20).log()


def gumbel(seeds: np.ndarray, step: int, tokens: int) -> Tensor:
    """(B, N) float32 standard Gumbel numbers."""
    return torch.from_numpy(randomness.gumbel(seeds[:, None], step, np.arange(tokens))).float()
