"""The steps of a judge's training."""

import time
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.resumable_state import kept_in
from espalier_torch.judge_training.batches import Batch
from espalier_torch.judge_training.resume import save
from espalier_torch.judge_training.state import JudgeTrainingState
from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.stopping import Stop, TrainingFailed
from espalier_torch.training.optimizer import follow, learning_rate_at

COLLAPSED = 20.0
"""Times the first loss that a judge which learns never comes to."""


def run_steps(state: JudgeTrainingState, emit: Emit, stop: Stop) -> None:
    """Every step that is left, with a resumable checkpoint now and then."""
    started, first = time.monotonic(), state.step
    while state.step < state.steps:
        event = one_step(state, state.plan.batch(state.step))
        seconds = (time.monotonic() - started) / (state.step - first)
        emit({**event, "seconds_left": seconds * (state.steps - state.step)})
        if state.step < state.steps and (stop.reason or state.step % state.request.checkpoint_every == 0):
            check_weights(state)
            folder = save(state)
            emit({"event": "checkpoint-end", "step": state.step, "folder": str(folder)})
            stop.check()
    if state.step > first:
        check_weights(state)


def one_step(state: JudgeTrainingState, batch: Batch) -> dict[str, Any]:
    """One optimizer step; returns its event, less the time."""
    losses = state.judge.losses(batch)
    loss = torch.stack(list(losses.values())).sum()
    state.optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), state.request.maximum_gradient_norm)
    check_loss(state, loss, norm)
    rate = learning_rate_at(state.step, state.steps, state.request)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.step()
    state.step += 1
    if state.average is not None:
        follow(state.average, state.model, state.request.average_decay, state.step)
    parts = {f"loss/{name}": value.item() for name, value in losses.items()}
    about = {"event": "judge-step-end", "step": state.step, "steps": state.steps, "loss": loss.item()}
    return {**about, **parts, "grad_norm": norm.item(), "learning_rate": rate}


def check_loss(state: JudgeTrainingState, loss: Tensor, norm: Tensor) -> None:
    """Raises TrainingFailed when a number is not finite or the loss is far above its start."""
    if state.first_loss is None:
        state.first_loss = loss.item()
    limit = COLLAPSED * (1 + abs(state.first_loss))
    if torch.isfinite(loss) and torch.isfinite(norm) and loss <= limit:
        return
    raise TrainingFailed(
        f"The judge's training was stopped after step {state.step} of {state.steps}: it has collapsed, its loss is "
        f"{loss.item():.4g} with a gradient norm of {norm.item():.4g} (it began at {state.first_loss:.4g}, and "
        f"training ends above {limit:.4g}). {kept_in(state.work)} Lower learning_rate (it is "
        f"{state.request.learning_rate:g})"
    )


@torch.no_grad()
def check_weights(state: JudgeTrainingState) -> None:
    """The same for the weights as they are now, before they are kept: on the last step's batch, without dropout."""
    state.model.eval()
    losses = state.judge.losses(state.plan.batch(state.step - 1))
    state.model.train()
    check_loss(state, torch.stack(list(losses.values())).sum(), torch.zeros(()))
