"""Compatibility: how the released DPO trainer masks images and sums log-probabilities (training/train_dpo.py)."""

import torch
from torch import Tensor

from espalier_torch.families.showo.layout import IGNORED
from espalier_torch.families.showo.released import SCHEDULES


def mask_images(
    tokens: Tensor,
    mask: int,
    times: Tensor,
    order: Tensor,
    *,
    schedule: str = "cosine",
    lowest_share: float = 0.0,
    label_all: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Masks a share schedule(time) of each image, at least one token.

    Args:
        tokens: (B, N) ids of whole images.
        mask: the mask id.
        times: (B,) uniform in [0, 1).
        order: (B, N) uniform in [0, 1); those with the lowest *index in its argsort* are masked, as released.
        schedule: a key of SCHEDULES.
        lowest_share: of tokens masked.
        label_all: label every token, not the masked ones alone.

    Returns:
        (B, N) ids with masks; (B, N) labels, IGNORED where not scored; (B,) share masked.
    """
    share = SCHEDULES[schedule](times).clamp(min=lowest_share)
    counts = (tokens.shape[1] * share).round().clamp(min=1)
    hidden = order.argsort(-1) < counts.unsqueeze(-1)
    labels = tokens if label_all else tokens.masked_fill(~hidden, IGNORED)
    return tokens.masked_fill(hidden, mask), labels, share


def summed_log_probabilities(logits: Tensor, labels: Tensor, text_length: int, mean: bool = False) -> Tensor:
    """Sum (or mean) of log p(label) from <|soi|> on, where labelled: (B,). NaN for a mean over nothing.

    <|soi|> and <|eoi|> carry labels and count, next to the masked image tokens; there is no shift by one.

    Args:
        logits: (B, L, V) over all ids.
        labels: (B, L), IGNORED where not scored.
        text_length: tokens before <|soi|>.
        mean: average over the labelled positions.
    """
    logits, labels = logits[:, text_length:], labels[:, text_length:]
    scored = labels != IGNORED
    found = logits.log_softmax(-1).gather(-1, labels.masked_fill(~scored, 0).unsqueeze(-1)).squeeze(-1)
    total = torch.where(scored, found, 0.0).sum(-1)
    return total / scored.sum(-1) if mean else total
