"""Log-likelihoods of pairs in the arithmetic of a run, whatever its objective."""

from dataclasses import fields
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.objective.objective import PairLogLikelihoods
from espalier_torch.training.state import TrainingState


def rows_of(state: TrainingState, indices: Tensor, table: int) -> Any:
    """What a model is shown of training pairs (B,) under a table of draws."""
    return state.objective.rows(state.pairs, indices, table)


def under(state: TrainingState, model: nn.Module, rows: Any) -> PairLogLikelihoods:
    """Log-likelihoods of rows under a model.

    Compiled layers round alike only as one graph, so what needs no gradient runs that of training too.
    """
    wanted = torch.is_grad_enabled()
    with arithmetic(state), torch.set_grad_enabled(wanted or state.compiled):
        found = state.objective.log_likelihoods(model, rows)
    if wanted or not state.compiled:
        return found
    return PairLogLikelihoods(*(getattr(found, one.name).detach() for one in fields(found)))


def arithmetic(state: TrainingState) -> torch.autocast:
    """The run's precision, for as long as the context lasts."""
    return torch.autocast(state.device.type, torch.bfloat16, enabled=state.request.precision == "bf16")


def under_policy(state: TrainingState, rows: Any) -> PairLogLikelihoods:
    """Log-likelihoods of rows under the policy."""
    return under(state, state.model, rows)


def watching(state: TrainingState) -> torch.autocast:
    """The arithmetic of what is only looked at: float32, unless frozen weights are there in bfloat16 alone."""
    return torch.autocast(state.device.type, torch.bfloat16, enabled=state.halved)
