"""The steps of a run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from espalier_torch.distributed.sharded_tensors import whole_of
from espalier_torch.objective.dpo import implicit_rewards
from espalier_torch.runtime.stopping import Stop, Stopped
from espalier_torch.training.gradients import Measured, guidance_gradients, pair_gradients
from espalier_torch.training.optimizer import learning_rate_at, move_towards
from espalier_torch.training.reference.table import Emit, Reference
from espalier_torch.training.watching.collapse import check_step, check_weights, per_token
from espalier_torch.training.watching.token_metrics import token_metrics

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def run_steps(run: Run, reference: Reference, emit: Emit, stop: Stop) -> None:
    """Every step that is left, with a resumable checkpoint now and then."""
    started, first, pairs_seen = time.monotonic(), run.step, 0
    while run.step < run.steps and not run.watch.enough:
        pairs_seen += len(run.plan.indices(run.step))
        event = one_step(run, reference)
        elapsed = time.monotonic() - started
        event["pairs_per_second"] = pairs_seen / elapsed
        event["seconds_left"] = elapsed / (run.step - first) * (run.steps - run.step)
        emit(event)
        run.watch.after_step(event["loss"], emit)
        reason = run.processes.stop_reason(stop)
        more = run.step < run.steps and not run.watch.enough
        if more and (reason or run.step % run.request.checkpoint_every == 0):
            check_weights(run)
            run.save(reference)
        if more and reason:
            tell_saved(run, emit, wait=True)
            raise Stopped(reason)
        tell_saved(run, emit)
    tell_saved(run, emit, wait=True)
    if run.step > first:
        check_weights(run)


def tell_saved(run: Run, emit: Emit, wait: bool = False) -> None:
    """One event for each state that is whole on disk by now."""
    if wait:
        run.saver.wait()
    for step, folder in run.saver.finished():
        emit({"event": "checkpoint-end", "step": step, "folder": str(folder)})


def one_step(run: Run, reference: Reference) -> dict[str, Any]:
    """One optimizer step; returns its event."""
    seen = token_metrics(run) if run.step % run.request.metrics_every == 0 else {}
    run.optimizer.zero_grad()
    measured = pair_gradients(run, reference)
    guided = guidance_gradients(run)
    if not run.sharded:  # fully_shard has added them up already
        run.processes.add_up_gradients(run.model.parameters())
    norm = whole_of(nn.utils.clip_grad_norm_(run.model.parameters(), run.request.max_gradient_norm))
    found = measured.found
    chosen = per_token(found.policy_chosen, found.chosen_lengths, run.request.reduction)
    check_step(run, measured.loss, norm, chosen)
    rate = learning_rate_at(run.step, run.steps, run.request)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.step()
    run.step += 1
    if run.average is not None:
        move_towards(run.average, run.model, 1 - run.request.ema_decay)
    reference.follow(run.model, run.step)
    return {**step_event(run, measured, norm, rate), **guided, **seen}


def step_event(run: Run, measured: Measured, norm: Tensor, rate: float) -> dict[str, Any]:
    """The metrics of a step under the names TRL's users know."""
    found = measured.found
    return {
        "event": "step-end",
        "step": run.step,
        "steps": run.steps,
        "loss": measured.loss.item(),
        **reward_metrics(*implicit_rewards(found, run.request.beta)),
        "logps/chosen": found.policy_chosen.mean().item(),
        "logps/rejected": found.policy_rejected.mean().item(),
        "grad_norm": norm.item(),
        "learning_rate": rate,
    }


def reward_metrics(chosen: Tensor, rejected: Tensor) -> dict[str, float]:
    """Means of the implicit rewards, (B,) each, and how often the chosen's is the higher."""
    return {
        "rewards/chosen": chosen.mean().item(),
        "rewards/rejected": rejected.mean().item(),
        "rewards/margins": (chosen - rejected).mean().item(),
        "rewards/accuracies": (chosen > rejected).float().mean().item(),
    }
