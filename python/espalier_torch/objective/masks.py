"""Which tokens are shown and which are scored when an image's likelihood is estimated.

A masked-token generator has no single log-likelihood; it is estimated over draws of masks. The chosen and the
rejected image of a pair share their draws, so the difference of their log-ratios is not drowned in mask noise.
Draws depend on (mask seed, table, pair, draw) alone: data order, batch size and resume cannot change them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.runtime import randomness

JUST_BELOW_ONE = 1 - 2**-24


@dataclass(frozen=True)
class MaskSettings:
    """How masks are drawn.

    policy: a key of MASK_POLICIES.
    draws: masks a pair.
    stratified: the draws of a pair are spread over the mask ratio (or over the steps of the path) instead of being
        drawn apart from each other.
    antithetic: draws come in couples of opposite ratio and opposite order of positions.
    lowest_ratio: `high-ratio` draws ratios evenly from this to 1.
    scored: `own-path` scores the tokens `committed` at the step drawn, or all that are still `masked` before it.
    path_share: `own-path` draws from this first share of the path's steps; 1 is the whole path.
    shared: chosen and rejected share their draws; False draws twice, as the released trainer does.
    seed: unsigned 32-bit integer.
    """

    policy: str
    draws: int = 2
    stratified: bool = True
    antithetic: bool = False
    lowest_ratio: float = 0.75
    scored: str = "committed"
    path_share: float = 1.0
    shared: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Masks:
    """Masks of B images, K draws each.

    hidden: (B, K, N) bool, True where the generator sees the mask id.
    scored: (B, K, N) bool, True where the log-probability counts; always a subset of `hidden`.
    weights: (B, K) float32; the estimate of an image is the mean over draws of weight * sum of scored log-probs.
    """

    hidden: Tensor
    scored: Tensor
    weights: Tensor


def draw_masks(
    settings: MaskSettings,
    table: int,
    pairs: Tensor,
    chosen: Tensor,
    rejected: Tensor,
    shared_steps: Tensor | None = None,
) -> tuple[Masks, Masks]:
    """Masks of the chosen and the rejected images of B pairs. What a pair has in common stays visible, unscored.

    Args:
        settings: what to draw.
        table: which of the mask tables (epochs may redraw).
        pairs: (B,) int64, index of each pair in its file.
        chosen: (B, N) uint8, step at which each token of the chosen image was committed.
        rejected: the same of the rejected image.
        shared_steps: (B,) int64, decoding steps that both images of a pair have in common; None is 0 for all.
    """
    policy = MASK_POLICIES[settings.policy]
    second_side = 0 if settings.shared else 1
    return policy(Draws(settings, table, pairs, 0, shared_steps), chosen), policy(
        Draws(settings, table, pairs, second_side, shared_steps), rejected
    )


class Draws:
    """The random numbers of B pairs, K draws: one source for every policy."""

    def __init__(
        self, settings: MaskSettings, table: int, pairs: Tensor, side: int, shared_steps: Tensor | None = None
    ):
        self.settings = settings
        self.shared_steps = torch.zeros_like(pairs) if shared_steps is None else shared_steps
        self.pair_seeds = randomness.bits(settings.seed, pairs.numpy(), side, randomness.MASK)
        self.counters = table * settings.draws + np.arange(settings.draws)

    def shares(self) -> Tensor:
        """(B, K) float64 in [0, 1), each even over [0, 1).

        Stratified, draw k lies in [k / K, (k + 1) / K); antithetic, draw K - 1 - k is the mirror image of draw k.
        """
        drawn = torch.from_numpy(randomness.uniform(self.pair_seeds[:, None], self.counters[None], 0, randomness.MASK))
        count = self.settings.draws
        if self.settings.stratified:
            drawn = (torch.arange(count) + drawn) / count
        if not self.settings.antithetic:
            return drawn
        first = drawn[:, : count // 2]
        return torch.cat([first, (1 - first).clamp(max=JUST_BELOW_ONE).flip(1)], 1)

    def ranks(self, length: int) -> Tensor:
        """(B, K, length) int64: a random order of the positions for each draw."""
        positions = 1 + np.arange(length)
        keys = randomness.bits(self.pair_seeds[:, None, None], self.counters[None, :, None], positions, randomness.MASK)
        ranks = torch.from_numpy(keys.argsort(-1, kind="stable").argsort(-1, kind="stable"))
        if not self.settings.antithetic:
            return ranks
        first = ranks[:, : self.settings.draws // 2]
        return torch.cat([first, (length - 1 - first).flip(1)], 1)


def random_masks(draws: Draws, committed_at: Tensor) -> Masks:
    """Ratio cos(pi / 2 * u), as in training a masked-token generator (arXiv 2202.04200, section 3.1)."""
    return masks_of_ratio(draws, torch.cos(draws.shares() * math.pi / 2), committed_at)


def high_ratio_masks(draws: Draws, committed_at: Tensor) -> Masks:
    """Ratios evenly from `lowest_ratio` to 1: where the composition of the image is decided."""
    lowest = draws.settings.lowest_ratio
    return masks_of_ratio(draws, lowest + (1 - lowest) * draws.shares(), committed_at)


def masks_of_ratio(draws: Draws, ratios: Tensor, committed_at: Tensor) -> Masks:
    """Hides and scores round(ratio * open) random positions, at least one, of those open after the shared steps.

    `ratios` is (B, K).
    """
    length = committed_at.shape[-1]
    shared = committed_at < draws.shared_steps.unsqueeze(-1)
    counts = (ratios * (length - shared.sum(-1, keepdim=True))).round().clamp(min=1)
    ranks = draws.ranks(length)
    if shared.any():
        ranks = (ranks + length * shared.unsqueeze(1)).argsort(-1).argsort(-1)
    hidden = ranks < counts.unsqueeze(-1)
    return Masks(hidden, hidden, torch.ones(ratios.shape))


def own_path_masks(draws: Draws, committed_at: Tensor) -> Masks:
    """States of the image's own sampling path: what was known before a step, and what that step committed.

    The log-likelihood of a path is the sum over steps t of log p(tokens committed at t | state before t). Steps are
    drawn evenly, so the number of steps times a step's sum is an unbiased estimate of it; as many stratified draws
    as steps visit each step once and give it exactly. Chosen and rejected share the draw of t (in share of the path).
    Of a pair that shares its first steps, the path begins behind them: they would cancel out.
    `scored="masked"` scores all that is still masked instead, unweighted, as the other policies do.
    """
    committed_at = committed_at.long()
    steps = torch.where(committed_at == NEVER_COMMITTED, -1, committed_at).amax(-1) + 1
    drawn_from = ((steps - draws.shared_steps) * draws.settings.path_share).ceil().clamp(min=1)
    step = (draws.shares() * drawn_from.unsqueeze(-1)).floor().long() + draws.shared_steps.unsqueeze(-1)
    step = step.unsqueeze(-1)
    hidden = committed_at.unsqueeze(1) >= step
    if draws.settings.scored == "masked":
        return Masks(hidden, hidden, torch.ones(hidden.shape[:2]))
    scored = committed_at.unsqueeze(1) == step
    return Masks(hidden, scored, drawn_from.float().unsqueeze(-1).expand(hidden.shape[:2]).contiguous())


MASK_POLICIES: dict[str, Callable[[Draws, Tensor], Masks]] = {
    "random": random_masks,
    "high-ratio": high_ratio_masks,
    "own-path": own_path_masks,
}

SCORED = ("committed", "masked")


def refused_masks(draws: int, antithetic: bool) -> list[str]:
    """What does not go together, a sentence each."""
    return [f"antithetic masks come in twos: masks.draws must be even, got {draws}"] if antithetic and draws % 2 else []
