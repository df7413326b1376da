"""The log-likelihood of images under a masked-token generator, estimated over draws of masks."""

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.objective.masks import Masks
from espalier_torch.objective.objective import PairLogLikelihoods


class MaskedGenerator(Protocol):
    """What training needs of a generator: hidden states of image tokens, and a head over image codes only."""

    def hidden(self, text: Tensor, tokens: Tensor) -> Tensor:
        """(B, T) words and (B, N) tokens to (B, N, D)."""

    def hidden_at(self, text: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
        """`hidden` at the S places of a (B, N) bool alone, for less work: (S, D)."""

    def head(self, hidden: Tensor) -> Tensor:
        """(..., D) to (..., codebook_size) logits."""


@dataclass(frozen=True)
class MaskedPairs:
    """B pairs with their masks, on one device.

    text (B, T), chosen_tokens and rejected_tokens (B, N) int64; chosen_masks and rejected_masks as masks.Masks.
    """

    text: Tensor
    chosen_tokens: Tensor
    rejected_tokens: Tensor
    chosen_masks: Masks
    rejected_masks: Masks


def pair_log_likelihoods(
    model: MaskedGenerator, batch: MaskedPairs, mask_id: int, reduction: str
) -> PairLogLikelihoods:
    """Both images of each pair in one forward pass.

    Args:
        model: the generator.
        batch: B pairs, K masks an image.
        mask_id: token id that stands for a masked position.
        reduction: "sum" over the scored tokens, or their "mean".
    """
    tokens = torch.cat([batch.chosen_tokens, batch.rejected_tokens])
    hidden = torch.cat([batch.chosen_masks.hidden, batch.rejected_masks.hidden])
    scored = torch.cat([batch.chosen_masks.scored, batch.rejected_masks.scored])
    weights = torch.cat([batch.chosen_masks.weights, batch.rejected_masks.weights])
    draws = weights.shape[1]
    text = torch.cat([batch.text, batch.text]).repeat_interleave(draws, 0)
    every = tokens.repeat_interleave(draws, 0)
    sums = scored_log_probabilities(model, text, every, hidden.flatten(0, 1), scored.flatten(0, 1), mask_id)
    found = (weights * sums.unflatten(0, weights.shape)).mean(1)
    lengths = (weights * scored.sum(-1)).mean(1)
    if reduction == "mean":
        found, lengths = found / lengths.clamp(min=1), torch.ones_like(lengths)
    return PairLogLikelihoods(*found.chunk(2), *lengths.chunk(2))


def scored_log_probabilities(
    model: MaskedGenerator, text: Tensor, tokens: Tensor, hidden: Tensor, scored: Tensor, mask_id: int
) -> Tensor:
    """Sum of log p(token | visible tokens, text) over the scored positions: (R,) float32.

    Hidden states and logits are made at scored positions only, logits over the image codes only.

    Args:
        model: the generator.
        text: (R, T) int64.
        tokens: (R, N) int64, whole images.
        hidden: (R, N) bool, positions shown as `mask_id`.
        scored: (R, N) bool.
        mask_id: token id that stands for a masked position.
    """
    states = model.hidden_at(text, torch.where(hidden, mask_id, tokens), scored)
    log_probabilities = F.log_softmax(model.head(states).float(), -1)
    at_tokens = log_probabilities.gather(-1, tokens[scored].unsqueeze(-1)).squeeze(-1)
    placed = torch.zeros(scored.shape, device=scored.device).masked_scatter(scored, at_tokens)
    return placed.sum(-1)
