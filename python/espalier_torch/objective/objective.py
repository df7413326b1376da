"""The seam between training and how a family draws: what turns pairs of images into their log-likelihoods.

A masked-token generator estimates them over draws of masks, an auto-regressive one computes them exactly, a diffusion
model takes the denoising error in their place. Training knows none of this: it asks an `Objective` for rows of pairs,
has policy and reference measure the same rows, and hands the four numbers of a pair to the losses (`dpo.LOSSES`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from espalier_torch.data.pairs import PairSet, read_pairs

Rows = TypeVar("Rows")
"""What a model sees of some pairs, on the objective's device; only the objective looks into it."""


@dataclass(frozen=True)
class PairLogLikelihoods:
    """Log-likelihoods of B pairs, or what stands for them, and the number of tokens that each
    adds up (1 where it is their mean): all (B,) float32."""

    chosen: Tensor
    rejected: Tensor
    chosen_lengths: Tensor
    rejected_lengths: Tensor


class Objective(Protocol[Rows]):
    """How a family's generator is measured on pairs.

    Both images of a pair, and policy and reference, are measured under the same draws: the noise of the draws falls
    out of their differences, and the implicit reward before the first step is exactly 0.
    """

    device: torch.device

    def read_pairs(self, files: Sequence[str]) -> PairSet:
        """The pairs of these files: token grids, where a family does not say otherwise. Raises ValueError."""
        return read_pairs(files)

    def refuse_strange(self, pairs: PairSet) -> None:
        """Raises ValueError when the pairs were made for another model."""

    def prepare(self, pairs: PairSet, tell: Callable[[int, int], None], check_stop: Callable[[], None]) -> None:
        """Makes once what `rows` of these pairs will read, in one process of a run: nothing, for token grids.

        Args:
            pairs: to train on, or to validate by.
            tell: told now and then of how many things are made, and how many there are.
            check_stop: raises when the run was asked to stop.
        """

    def rows(self, pairs: PairSet, indices: Tensor, table: int) -> Rows:
        """What a model is shown of the pairs at `indices`, (B,) int64, under a table of draws.

        A function of its arguments and the objective's seed alone, so that a resumed run sees the same.
        """

    def log_likelihoods(self, model: nn.Module, rows: Rows) -> PairLogLikelihoods:
        """Chosen and rejected of the rows under a model, with a gradient where the model has one."""

    def token_metrics(self, model: nn.Module, rows: Rows) -> dict[str, float]:
        """Metrics of single tokens under the names that TRL's users know; none where a family has no tokens."""

    def sample(self, model: nn.Module, text: Tensor, seeds: Sequence[int]) -> Tensor:
        """Images of (B, T) captions, to look at while training: (B, N) tokens, or (B, H, W, 3) uint8 pictures."""

    def captions_of(self, text: Tensor) -> list[str]:
        """The words of (B, T) captions, where `text` alone does not say them: they go with sample pictures."""
        return []

    def without_dropout(self) -> "Objective[Rows]":
        """The same for validation: every pair with its caption."""

    def draws(self) -> dict[str, Any]:
        """What decides the draws, as plain JSON values: it is part of what a cached reference is known by."""

    @property
    def tokens_a_pair(self) -> int:
        """Tokens that go through the model for one pair."""

    @property
    def guessing_cost(self) -> float:
        """What a token costs, in nats, when it is guessed: a model far above it has collapsed."""


@dataclass(frozen=True)
class Term:
    """The guidance term of some captions: `loss` carries the gradient, `score` is the mean P(yes) of what was drawn."""

    loss: Tensor
    score: float


class Drawn(Protocol):
    """What is drawn for an optimizer step's guidance; only the guide looks into it."""

    captions: int
    """How many captions there are."""


Draws = TypeVar("Draws", bound=Drawn)


class Guide(Protocol[Draws]):
    """A judge whose P(yes) training raises, frozen, as a family lets it look at what a model draws."""

    judge: nn.Module
    identity: str

    def draw(self, texts: Tensor, step: int) -> Draws:
        """The captions of an optimizer step, of (P, T) texts, and what decides their images."""

    def term(self, model: nn.Module, drawn: Draws, captions: Tensor) -> Term:
        """The guidance term of some of the captions by their places, (C,) int64, with its gradient."""
