"""Log-likelihoods of pairs in the arithmetic of a run, whatever its objective."""

from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.objective.objective import PairLogLikelihoods
from espalier_torch.training.state import TrainingState


def rows_of(state: TrainingState, indices: Tensor, table: int) -> Any:
    """What a model is shown of training pairs (B,) under a table of draws."""
    return state.objective.rows(state.pairs, indices, table)


def under(state: TrainingState, model: nn.Module, rows: Any) -> PairLogLikelihoods:
    """Log-likelihoods of rows under a model."""
    with torch.autocast(state.device.type, torch.bfloat16, enabled=state.request.precision == "bf16"):
        return state.objective.log_likelihoods(model, rows)


def under_policy(state: TrainingState, rows: Any) -> PairLogLikelihoods:
    """Log-likelihoods of rows under the policy."""
    return under(state, state.model, rows)
