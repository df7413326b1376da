"""Masks for training on masked tokens, and the weight of the background among what they hide."""

import math

import torch
from torch import Tensor

BACKGROUND_WEIGHT = 0.25


def mask(
    tokens: Tensor, mask_id: int, ratio: Tensor | None = None, source: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Masks a share of each row drawn from the cosine schedule (arXiv 2202.04200), at least one token.

    Args:
        tokens: (B, N) int64.
        mask_id: id of the mask token.
        ratio: (B,) share to mask; drawn when absent.
        source: of the draws, on the CPU; torch's own when absent.

    Returns:
        (B, N) masked tokens and (B, N) bool, true where masked.
    """
    size, length = tokens.shape
    ratio = torch.cos(torch.rand(size, generator=source) * math.pi / 2) if ratio is None else ratio
    count = (ratio * length).ceil().clamp(1, length)
    chosen = torch.rand(size, length, generator=source).argsort(1).argsort(1) < count[:, None]
    chosen = chosen.to(tokens.device)
    return tokens.masked_fill(chosen, mask_id), chosen


def background_weights(tokens: Tensor, codebook_size: int) -> Tensor:
    """(K,) loss weights from (R, N) tokens: codes that fill the background count less."""
    share = torch.bincount(tokens.long().flatten(), minlength=codebook_size) / len(tokens)
    return torch.where(share > 0.5, BACKGROUND_WEIGHT, 1.0)
