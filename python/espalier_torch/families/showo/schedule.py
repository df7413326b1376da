"""Our own sampling semantics: how many tokens stay masked, and how much noise ranks them. Node's are the same."""

import math

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.runtime import randomness


def masked_counts(tokens: int, steps: int) -> list[int]:
    """Tokens still masked after 0..steps steps: cosine (arXiv 2202.04200, section 3.3), falling by at least one a step.

    Raises:
        ValueError: unless 1 <= steps <= tokens.
    """
    if not 1 <= steps <= min(tokens, NEVER_COMMITTED):
        raise ValueError(
            f"Decoding steps: expected a whole number from 1 to {min(tokens, NEVER_COMMITTED)}, got {steps}"
        )
    counts = [tokens]
    for step in range(1, steps):
        # Two languages' cosines may differ in the last bit, as at ratio 2/3 where the product is a whole number.
        scheduled = math.floor(tokens * math.cos(math.pi / 2 * step / steps) + 1e-9)
        counts.append(min(scheduled, counts[-1] - 1))
    return [*counts, 0]


def remasking_temperature(start: float, step: int, steps: int) -> float:
    """Gumbel temperature at the end of `step` (from 0): linear from nearly `start` to 0, and new for each path."""
    return start * (1 - (step + 1) / steps)


def gumbel(seed: object, step: object, position: object) -> np.ndarray:
    """Standard Gumbel numbers as a function of their coordinates, float64."""
    # The middle of a cell of 2 ** -24, so that no logarithm meets 0.
    middle = randomness.uniform(seed, step, position, randomness.GUMBEL) + 2.0**-25
    return -np.log(-np.log(middle))


def commit(
    tokens: Tensor,
    committed_at: Tensor,
    drawn: Tensor,
    log_probability: Tensor,
    seed: int,
    step: int,
    noise: float,
    stay: int,
) -> tuple[Tensor, Tensor]:
    """Ends a step of one path: takes over the draws, all but the `stay` least confident of them.

    Confidence is log_probability + noise * gumbel(seed, step, position). Known tokens never change; ties stay masked in
    row-major order.

    Args:
        tokens: (N,) int64 codes, codebook_size where masked.
        committed_at: (N,) uint8, NEVER_COMMITTED where masked.
        drawn: (N,) int64, the whole image as drawn at this step.
        log_probability: (N,) float32 of the draws.
        seed: of the path.
        step: from 0.
        noise: the temperature of this step.
        stay: number of tokens that stay masked.

    Returns:
        The new tokens and committed_at.
    """
    confidence = log_probability.double() + noise * torch.from_numpy(gumbel(seed, step, np.arange(len(tokens))))
    known = committed_at != NEVER_COMMITTED
    order = confidence.masked_fill(known, math.inf).argsort(stable=True)
    masked = torch.zeros_like(known).index_fill(0, order[:stay], True)
    fresh = ~masked & ~known
    return torch.where(fresh, drawn, tokens), committed_at.masked_fill(fresh, step)
