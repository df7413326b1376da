"""Tells a training that has collapsed from one that learns: its numbers are finite, and its model is ruined."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from espalier_torch.checkpoints.resumable_state import newest_state
from espalier_torch.runtime.stopping import TrainingFailed

if TYPE_CHECKING:
    from espalier_torch.training.run import Run

WORST = 20.0
"""How far below guessing, or the model it began as, the chosen images' tokens may fall; no DPO that learns does."""

STEEPEST = 1e7
"""A gradient norm that no sound step has; clipping would only hide it."""


def check_step(run: Run, loss: Tensor, norm: Tensor, chosen: Tensor) -> None:
    """Looks at a step before the weights are touched.

    Args:
        run: whose step it is.
        loss: of the batch, ().
        norm: of its whole gradient, ().
        chosen: log-probability of a token of the chosen images, mean over the batch, ().

    Raises:
        TrainingFailed: a number is not finite, the gradient explodes or the model has collapsed.
    """
    if not (torch.isfinite(loss) and torch.isfinite(norm)):
        raise failed(run, f"loss {loss.item()} and gradient norm {norm.item()} are not both finite")
    if norm > STEEPEST:
        raise failed(run, f"the gradient explodes: its norm is {norm.item():.3g}")
    check_likelihood(run, chosen)


def check_likelihood(run: Run, chosen: Tensor) -> None:
    """Raises TrainingFailed when the chosen images' tokens are far less likely than guessing makes them."""
    guess = math.log(run.config.codebook_size)
    if run.usual_cost is None:
        run.usual_cost = max(guess, -chosen.item())
    limit = WORST * run.usual_cost
    if not chosen >= -limit:
        raise failed(
            run,
            f"the model has collapsed: a token of a chosen image has the log-probability {chosen.item():.4g} "
            f"(guessing gives {-guess:.2f}, and training ends below {-limit:.2f})",
        )


@torch.no_grad()
def check_weights(run: Run) -> None:
    """The same for the weights as they are now, before they are kept: on pairs of the last step, without dropout."""
    indices = run.plan.indices(run.step - 1)[: run.micro_pairs]
    table = run.plan.table_of((run.step - 1) // run.plan.steps_per_epoch)
    learning = run.model.training
    run.model.eval()
    found = run.estimate(run.plan.batch(indices, table))
    run.model.train(learning)
    check_likelihood(run, per_token(found.chosen, found.chosen_lengths, run.request.reduction))


def per_token(sums: Tensor, lengths: Tensor, reduction: str) -> Tensor:
    """Mean log-probability of a token of images, (), from theirs and how many tokens each counts, (B,)."""
    return (sums / lengths.clamp(min=1) if reduction == "sum" else sums).float().mean()


def failed(run: Run, fault: str) -> TrainingFailed:
    """The failure, with what is kept and what to change."""
    return TrainingFailed(
        f"Training was stopped after step {run.step} of {run.steps}: {fault}. {kept_checkpoint(run)} "
        f"Lower learning_rate (it is {run.request.learning_rate:g}), or raise warmup_share or beta"
    )


def kept_checkpoint(run: Run) -> str:
    """Says where the last good state is."""
    run.saver.wait()
    found = newest_state(run.work)
    return f"The last good checkpoint is kept in {found[0]}." if found else "No checkpoint was saved before."
