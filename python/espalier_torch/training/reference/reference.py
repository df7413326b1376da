"""What the policy is measured against."""

from typing import Any, Protocol

from torch import Tensor, nn


class Reference(Protocol):
    """Log-likelihoods of training pairs under the reference: read from a table, or measured by a model that follows."""

    def of(self, indices: Tensor, table: int, rows: Any) -> tuple[Tensor, Tensor]:
        """Chosen and rejected of the pairs at `indices`, (B,) each, whose rows under a table of draws are given."""

    def follow(self, model: nn.Module, step: int) -> None:
        """Told of the policy after optimizer step `step`."""

    def tensors(self) -> dict[str, Tensor] | None:
        """What a resumable state must hold; None for nothing."""
