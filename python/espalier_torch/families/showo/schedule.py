"""Our own sampling semantics: how many tokens stay masked, and which. Node's are the same."""

import math

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.objective import sampling
from espalier_torch.runtime import randomness


def masked_counts(tokens: int, steps: int) -> list[int]:
    """Tokens still masked after 0..steps steps, as `sampling.masked_counts`.

    Raises:
        ValueError: unless 1 <= steps <= tokens.
    """
    if not 1 <= steps <= min(tokens, NEVER_COMMITTED):
        raise ValueError(
            f"Decoding steps: expected a whole number from 1 to {min(tokens, NEVER_COMMITTED)}, got {steps}"
        )
    return sampling.masked_counts(tokens, steps)


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
    confidence = log_probability.double() + noise * torch.from_numpy(
        randomness.gumbel(seed, step, np.arange(len(tokens)))
    )
    known = committed_at != NEVER_COMMITTED
    order = confidence.masked_fill(known, math.inf).argsort(stable=True)
    masked = torch.zeros_like(known).index_fill(0, order[:stay], True)
    fresh = ~masked & ~known
    return torch.where(fresh, drawn, tokens), committed_at.masked_fill(fresh, step)
