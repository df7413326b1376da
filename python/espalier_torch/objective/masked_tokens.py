"""The objective of masked-token generators: both images of a pair under shared draws of masks."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from espalier_torch.data.pairs import Pairs, check_pairs
from espalier_torch.objective.masked_likelihood import MaskedPairs, pair_log_likelihoods, places_of, scored_places
from espalier_torch.objective.masks import Masks, MaskSettings, draw_masks
from espalier_torch.objective.objective import Objective, PairLogLikelihoods
from espalier_torch.objective.sampling import SamplerSettings, sample
from espalier_torch.runtime import randomness
from espalier_torch.runtime.sending import sent


class TokenSizes(Protocol):
    """What the objective reads of a generator's config. The mask id is `codebook_size`."""

    vocabulary_size: int
    text_length: int
    codebook_size: int
    tokens: int

    def used_text(self, text: Tensor) -> Tensor:
        """(B, text_length) rows on the CPU, zeros where the caption is dropped, without what all of them can spare."""


@dataclass(frozen=True)
class MaskedTokens(Objective[MaskedPairs]):
    """Log-likelihoods estimated over masks (see `masks`); captions dropped from a share of the pairs."""

    sizes: TokenSizes
    masks: MaskSettings
    caption_dropout: float
    reduction: str
    sampler: SamplerSettings
    device: torch.device

    def refuse_strange(self, pairs: Pairs) -> None:
        """As Objective.refuse_strange."""
        names = ("vocabulary_size", "codebook_size", "tokens", "text_length")
        check_pairs(pairs, **{name: getattr(self.sizes, name) for name in names})

    def rows(self, pairs: Pairs, indices: Tensor, table: int) -> MaskedPairs:
        """As Objective.rows."""
        chosen_masks, rejected_masks = draw_masks(
            self.masks,
            table,
            indices,
            pairs.chosen_committed_at[indices],
            pairs.rejected_committed_at[indices],
            pairs.shared_steps[indices],
        )
        drawn = randomness.uniform(self.masks.seed, indices.numpy(), table, randomness.CAPTION)
        dropped = torch.from_numpy(drawn) < self.caption_dropout
        text = self.sizes.used_text(pairs.text[indices].masked_fill(dropped.unsqueeze(1), 0))
        return MaskedPairs(
            text=sent(text, self.device),
            chosen_tokens=sent(pairs.chosen_tokens[indices], self.device),
            rejected_tokens=sent(pairs.rejected_tokens[indices], self.device),
            chosen_masks=moved(chosen_masks, self.device),
            rejected_masks=moved(rejected_masks, self.device),
            places=sent(scored_places(chosen_masks, rejected_masks), self.device),
        )

    def log_likelihoods(self, model: nn.Module, rows: MaskedPairs) -> PairLogLikelihoods:
        """As Objective.log_likelihoods."""
        return pair_log_likelihoods(model, rows, self.sizes.codebook_size, self.reduction)

    @torch.no_grad()
    def token_metrics(self, model: nn.Module, rows: MaskedPairs) -> dict[str, float]:
        """`entropy`, `mean_token_accuracy`, `logits/chosen` and `logits/rejected` over the scored tokens.

        Entropy is in nats a token, over both images.
        """
        chosen = self.scored_logits(model, rows.text, rows.chosen_tokens, rows.chosen_masks)
        rejected = self.scored_logits(model, rows.text, rows.rejected_tokens, rows.rejected_masks)
        logits, tokens = torch.cat([chosen[0], rejected[0]]), torch.cat([chosen[1], rejected[1]])
        log_probabilities = logits.log_softmax(-1)
        return {
            "entropy": -(log_probabilities.exp() * log_probabilities).sum(-1).mean().item(),
            "mean_token_accuracy": (logits.argmax(-1) == tokens).float().mean().item(),
            "logits/chosen": chosen[0].mean().item(),
            "logits/rejected": rejected[0].mean().item(),
        }

    def scored_logits(self, model: nn.Module, text: Tensor, tokens: Tensor, masks: Masks) -> tuple[Tensor, Tensor]:
        """Logits (S, codes) and tokens (S,) of the scored positions of one image a pair, first mask draw."""
        hidden, scored = masks.hidden[:, 0], masks.scored[:, 0]
        states = model.hidden_at(text, torch.where(hidden, self.sizes.codebook_size, tokens), places_of(scored))
        return model.head(states).float(), tokens[scored]

    def sample(self, model: nn.Module, text: Tensor, seeds: Sequence[int]) -> Tensor:
        """As Objective.sample: (B, N) tokens."""
        sizes = {"mask_id": self.sizes.codebook_size, "tokens": self.sizes.tokens}
        return sample(model, text, np.asarray(seeds), **sizes, settings=self.sampler).tokens

    def without_dropout(self) -> "MaskedTokens":
        """As Objective.without_dropout."""
        return replace(self, caption_dropout=0.0)

    def draws(self) -> dict[str, Any]:
        """As Objective.draws."""
        return {"masks": asdict(self.masks), "caption_dropout": self.caption_dropout}

    @property
    def tokens_a_pair(self) -> int:
        """As Objective.tokens_a_pair."""
        return 2 * self.masks.draws * (self.sizes.text_length + self.sizes.tokens)

    @property
    def guessing_cost(self) -> float:
        """As Objective.guessing_cost."""
        return math.log(self.sizes.codebook_size)


def moved(masks: Masks, device: torch.device) -> Masks:
    """The masks on a device."""
    return Masks(sent(masks.hidden, device), sent(masks.scored, device), sent(masks.weights, device))
