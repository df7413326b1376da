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

    def hidden_at(self, text: Tensor, tokens: Tensor, places: Tensor, text_of: Tensor | None = None) -> Tensor:
        """`hidden` at S places alone, for less work: (S, D).

        Args:
            text: (C, T) words; what a family's `used_text` has cut is taken as well.
            tokens: (B, N) tokens.
            places: (S,) int64, counted through all B * N tokens.
            text_of: (B,) int64, the text of each image; each has its own where it is absent.
        """

    def head(self, hidden: Tensor) -> Tensor:
        """(..., D) to (..., codebook_size) logits."""


@dataclass(frozen=True)
class MaskedPairs:
    """B pairs with their masks, on one device.

    text (B, T), chosen_tokens and rejected_tokens (B, N) int64; chosen_masks and rejected_masks as masks.Masks.
    places: as `scored_places` finds them; when absent they are looked up, for which a device is waited for.
    """

    text: Tensor
    chosen_tokens: Tensor
    rejected_tokens: Tensor
    chosen_masks: Masks
    rejected_masks: Masks
    places: Tensor | None = None


def scored_places(chosen: Masks, rejected: Masks) -> Tensor:
    """Where tokens are scored, (S,) int64, counted through B chosen and B rejected images of K draws of N tokens."""
    return places_of(torch.cat([chosen.scored, rejected.scored]))


def places_of(wanted: Tensor) -> Tensor:
    """The true places of a bool of any shape, counted through all of it: (S,) int64."""
    return wanted.flatten().nonzero().squeeze(1)


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
    text_of = torch.arange(len(batch.text), device=tokens.device).repeat(2).repeat_interleave(draws)
    every, hidden = tokens.repeat_interleave(draws, 0), hidden.flatten(0, 1)
    places = places_of(scored) if batch.places is None else batch.places
    states = model.hidden_at(batch.text, torch.where(hidden, mask_id, every), places, text_of)
    sums = summed(model.head(states), every, places)
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
    places = places_of(scored)
    states = model.hidden_at(text, torch.where(hidden, mask_id, tokens), places)
    return summed(model.head(states), tokens, places)


def summed(logits: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
    """(S, codes) logits at S places among (R, N) tokens -> the sums of the tokens' log-probabilities there, (R,)."""
    log_probabilities = F.log_softmax(logits.float(), -1)
    at_tokens = log_probabilities.gather(-1, tokens.flatten()[places].unsqueeze(-1)).squeeze(-1)
    return torch.zeros(tokens.numel(), device=tokens.device).scatter(0, places, at_tokens).view(tokens.shape).sum(-1)
