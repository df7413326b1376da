"""Tells a training that has collapsed from one that learns: its numbers are finite, and its model is ruined."""

import math

import torch
from torch import Tensor

from espalier_torch.checkpoints.resumable_state import kept_in
from espalier_torch.runtime.stopping import TrainingFailed
from espalier_torch.training.likelihoods import rows_of, under_policy
from espalier_torch.training.state import TrainingState

WORST = 20.0
"""How far below guessing, or the model it began as, the chosen images' tokens may fall; no DPO that learns does."""

STEEPEST = 1e7
"""A gradient norm that no sound step has; clipping would only hide it."""


def check_step(state: TrainingState, loss: float, norm: float, chosen: float) -> None:
    """Looks at a step before the weights are touched.

    Args:
        state: whose step it is.
        loss: of the batch.
        norm: of its whole gradient.
        chosen: log-probability of a token of the chosen images, mean over the batch.

    Raises:
        TrainingFailed: a number is not finite, the gradient explodes or the model has collapsed.
    """
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise failed(state, f"loss {loss} and gradient norm {norm} are not both finite")
    if norm > STEEPEST:
        raise failed(state, f"the gradient explodes: its norm is {norm:.3g}")
    check_likelihood(state, chosen)


def check_likelihood(state: TrainingState, chosen: float) -> None:
    """Raises TrainingFailed when the chosen images' tokens are far less likely than guessing makes them."""
    guess = state.objective.guessing_cost
    if state.usual_cost is None:
        state.usual_cost = max(guess, -chosen)
    limit = WORST * state.usual_cost
    if not chosen >= -limit:
        raise failed(
            state,
            f"the model has collapsed: a token of a chosen image has the log-probability {chosen:.4g} "
            f"(guessing gives {-guess:.2f}, and training ends below {-limit:.2f})",
        )


@torch.no_grad()
def check_weights(state: TrainingState) -> None:
    """The same for the weights as they are now, before they are kept: on pairs of the last step, without dropout."""
    indices = state.order.indices(state.step - 1)[: state.micro_pairs]
    learning = state.model.training
    state.model.eval()
    found = under_policy(state, rows_of(state, indices, state.order.table_at(state.step - 1)))
    state.model.train(learning)
    check_likelihood(state, per_token(found.chosen, found.chosen_lengths).item())


def per_token(found: Tensor, lengths: Tensor) -> Tensor:
    """Mean log-probability of a token of images, (), from theirs and how many tokens each counts, (B,)."""
    return (found / lengths.clamp(min=1)).float().mean()


def failed(state: TrainingState, fault: str) -> TrainingFailed:
    """The failure, with what is kept and what to change."""
    return TrainingFailed(
        f"Training was stopped after step {state.step} of {state.steps}: {fault}. {kept_checkpoint(state)} "
        f"Lower learning_rate (it is {state.request.learning_rate:g}), or raise warmup_share or beta"
    )


def kept_checkpoint(state: TrainingState) -> str:
    """Says where the last good state is."""
    state.saver.wait()
    return kept_in(state.work)
