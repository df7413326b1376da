"""The steps of a run."""

import time
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.distributed.sharded_tensors import whole_of
from espalier_torch.objective.dpo import implicit_rewards
from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.stopping import Stop, Stopped
from espalier_torch.training.gradients import Measured, guidance_gradients, pair_gradients
from espalier_torch.training.optimizer import learning_rate_at, move_towards
from espalier_torch.training.reference.reference import Reference
from espalier_torch.training.resume import save
from espalier_torch.training.state import TrainingState
from espalier_torch.training.watching.collapse import check_step, check_weights, per_token
from espalier_torch.training.watching.token_metrics import token_metrics
from espalier_torch.training.watching.watch import Watch


def run_steps(state: TrainingState, reference: Reference, watch: Watch, emit: Emit, stop: Stop) -> None:
    """Every step that is left, with a resumable checkpoint now and then."""
    started, first, pairs_seen = time.monotonic(), state.step, 0
    while state.step < state.steps and not state.watched.enough:
        pairs_seen += len(state.order.indices(state.step))
        event = one_step(state, reference)
        elapsed = time.monotonic() - started
        event["pairs_per_second"] = pairs_seen / elapsed
        event["seconds_left"] = elapsed / (state.step - first) * (state.steps - state.step)
        emit(event)
        watch.after_step(event["loss"], emit)
        reason = state.processes.stop_reason(stop)
        more = state.step < state.steps and not state.watched.enough
        if more and (reason or state.step % state.request.checkpoint_every == 0):
            check_weights(state)
            save(state, reference)
        if more and reason:
            tell_saved(state, emit, wait=True)
            raise Stopped(reason)
        tell_saved(state, emit)
    tell_saved(state, emit, wait=True)
    if state.step > first:
        check_weights(state)


def tell_saved(state: TrainingState, emit: Emit, wait: bool = False) -> None:
    """One event for each state that is whole on disk by now."""
    if wait:
        state.saver.wait()
    for step, folder in state.saver.finished():
        emit({"event": "checkpoint-end", "step": step, "folder": str(folder)})


def one_step(state: TrainingState, reference: Reference) -> dict[str, Any]:
    """One optimizer step; returns its event."""
    request, model = state.request, state.model
    seen = token_metrics(state) if state.step % request.metrics_every == 0 else {}
    state.optimizer.zero_grad()
    measured = pair_gradients(state, reference)
    guided = guidance_gradients(state)
    if not state.processes.sharded:  # fully_shard has added them up already
        state.processes.add_up_gradients(model.parameters())
    norm = whole_of(nn.utils.clip_grad_norm_(model.parameters(), request.maximum_gradient_norm))
    metrics, chosen = looked_at(measured, norm, request.beta)
    check_step(state, metrics["loss"], metrics["grad_norm"], chosen)
    rate = learning_rate_at(state.step, state.steps, request)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.step()
    state.step += 1
    if state.average is not None:
        move_towards(state.average, model, 1 - request.average_decay)
    reference.follow(model, state.step)
    event = {"event": "step-end", "step": state.step, "steps": state.steps, **metrics, "learning_rate": rate}
    return {**event, **guided, **seen}


def looked_at(measured: Measured, norm: Tensor, beta: float) -> tuple[dict[str, float], float]:
    """The metrics of a step under the names TRL's users know, and the log-probability of a token of the chosen images.

    All in one copy: it is the only time in a step that the device is waited for.
    """
    found = measured.found
    chosen, rejected = implicit_rewards(found, beta)
    numbers = {
        "loss": measured.loss,
        "rewards/chosen": chosen.mean(),
        "rewards/rejected": rejected.mean(),
        "rewards/margins": (chosen - rejected).mean(),
        "rewards/accuracies": (chosen > rejected).float().mean(),
        "logps/chosen": found.policy_chosen.mean(),
        "logps/rejected": found.policy_rejected.mean(),
        "grad_norm": norm,
    }
    told = torch.stack([*numbers.values(), per_token(found.policy_chosen, found.chosen_lengths)]).tolist()
    return dict(zip(numbers, told[:-1], strict=True)), told[-1]
