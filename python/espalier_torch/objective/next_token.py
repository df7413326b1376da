"""The objective of next-token generators: the exact log-likelihood of both images of a pair, in one pass.

log p(image | caption) is the sum over its codes, each given those before it, over the image vocabulary. Nothing is
drawn but which captions are left out, so policy and reference see the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor

from espalier_torch.data.pairs import Pairs, check_pairs
from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.next_token import Captions, RasterGenerator
from espalier_torch.decoding.raster import sample
from espalier_torch.objective.objective import Objective, PairLogLikelihoods
from espalier_torch.runtime import randomness


class TokenSizes(Protocol):
    """What the objective reads of a generator's config."""

    vocabulary_size: int
    text_length: int
    codebook_size: int
    tokens: int


@dataclass(frozen=True)
class NextTokenPairs:
    """B pairs on one device: text (B, T) int64 rows, dropped (B,) bool where the caption is left out, chosen and
    rejected (B, N) int64 codes."""

    text: Tensor
    dropped: Tensor
    chosen: Tensor
    rejected: Tensor


@dataclass(frozen=True)
class NextTokens(Objective[NextTokenPairs]):
    """Exact log-likelihoods; captions dropped from a share of the pairs.

    captions: how text rows are read. seed: of the captions that are dropped. drawing: of images while training.
    """

    sizes: TokenSizes
    captions: Captions
    caption_dropout: float
    reduction: str
    seed: int
    drawing: DrawSettings
    device: torch.device

    def refuse_strange(self, pairs: Pairs) -> None:
        """As Objective.refuse_strange."""
        names = ("vocabulary_size", "codebook_size", "tokens", "text_length")
        check_pairs(pairs, **{name: getattr(self.sizes, name) for name in names})

    def rows(self, pairs: Pairs, indices: Tensor, table: int) -> NextTokenPairs:
        """As Objective.rows."""
        drawn = randomness.uniform(self.seed, indices.numpy(), table, randomness.CAPTION)
        return NextTokenPairs(
            text=pairs.text[indices].to(self.device),
            dropped=(torch.from_numpy(drawn) < self.caption_dropout).to(self.device),
            chosen=pairs.chosen_tokens[indices].to(self.device),
            rejected=pairs.rejected_tokens[indices].to(self.device),
        )

    def log_likelihoods(self, model: RasterGenerator, rows: NextTokenPairs) -> PairLogLikelihoods:
        """As Objective.log_likelihoods."""
        single = model.log_probabilities(*self.shown(rows))
        found = single.sum(1) if self.reduction == "sum" else single.mean(1)
        lengths = torch.full_like(found, single.shape[1] if self.reduction == "sum" else 1)
        return PairLogLikelihoods(*found.chunk(2), *lengths.chunk(2))

    def shown(self, rows: NextTokenPairs) -> tuple[Any, Tensor, Tensor, Tensor]:
        """What the model is given: captions, those that say nothing, both images of each pair, the caption of each."""
        every = torch.arange(len(rows.text), device=self.device)
        return self.captions(rows.text), rows.dropped, torch.cat([rows.chosen, rows.rejected]), every.repeat(2)

    @torch.no_grad()
    def token_metrics(self, model: RasterGenerator, rows: NextTokenPairs) -> dict[str, float]:
        """`entropy`, `mean_token_accuracy`, `logits/chosen` and `logits/rejected` over all codes; entropy in nats."""
        shown = self.shown(rows)
        logits = model.image_logits(*shown).float()
        log_probabilities = logits.log_softmax(-1)
        chosen, rejected = logits.chunk(2)
        return {
            "entropy": -(log_probabilities.exp() * log_probabilities).sum(-1).mean().item(),
            "mean_token_accuracy": (logits.argmax(-1) == shown[2]).float().mean().item(),
            "logits/chosen": chosen.mean().item(),
            "logits/rejected": rejected.mean().item(),
        }

    def sample(self, model: RasterGenerator, text: Tensor, seeds: Sequence[int]) -> Tensor:
        """As Objective.sample: (B, N) codes."""
        return sample(model, self.captions, text, seeds, self.drawing).to(self.device)

    def without_dropout(self) -> "NextTokens":
        """As Objective.without_dropout."""
        return replace(self, caption_dropout=0.0)

    def draws(self) -> dict[str, Any]:
        """As Objective.draws."""
        return {"seed": self.seed, "caption_dropout": self.caption_dropout}

    @property
    def tokens_a_pair(self) -> int:
        """As Objective.tokens_a_pair."""
        return self.sizes.text_length + 2 * self.sizes.tokens

    @property
    def guessing_cost(self) -> float:
        """As Objective.guessing_cost."""
        return math.log(self.sizes.codebook_size)
