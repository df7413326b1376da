"""Our own sampling semantics: how many tokens stay masked, and which. Node's are the same."""

import math

from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.objective import sampling


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


def newly_committed(committed_at: Tensor, confidence: Tensor, stay: int | Tensor) -> Tensor:
    """Where the draws of a step are taken over: everywhere but at the `stay` least confident of them.

    Known tokens are never drawn again; ties stay masked in row-major order.

    Args:
        committed_at: (..., N) uint8, NEVER_COMMITTED where masked.
        confidence: (..., N) float64 of the draws.
        stay: number of tokens that stay masked, or (..., 1) of them.

    Returns:
        (..., N) bool.
    """
    known = committed_at != NEVER_COMMITTED
    ranks = confidence.masked_fill(known, math.inf).argsort(dim=-1, stable=True).argsort(-1)
    return (ranks >= stay) & ~known
