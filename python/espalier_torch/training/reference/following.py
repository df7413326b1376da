"""A reference that is moved towards the policy now and then: TR-DPO (Gorbatovski et al. 2024, arXiv 2404.09656)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.objective.objective import PairLogLikelihoods


class FollowingReference:
    """A second model, asked at every step. A share below 1 is TR-DPO's soft update, 1 its hard one."""

    def __init__(
        self, model: nn.Module, score: Callable[[nn.Module, Any], PairLogLikelihoods], every: int, share: float
    ):
        self.model, self.score, self.every, self.share = model, score, every, share

    @torch.no_grad()
    def of(self, indices: Tensor, table: int, rows: Any) -> tuple[Tensor, Tensor]:
        """As Reference.of."""
        found = self.score(self.model, rows)
        return found.chosen, found.rejected

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        """Moves `share` of the way to the policy, every so many steps."""
        if step % self.every == 0:
            for own, policy in zip(self.model.parameters(), model.parameters(), strict=True):
                own.lerp_(policy, self.share)

    def tensors(self) -> dict[str, Tensor]:
        """Its weights."""
        return self.model.state_dict()
