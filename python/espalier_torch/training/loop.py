"""The steps of a run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoint import newest_state
from espalier_torch.dpo import combined_loss, implicit_rewards
from espalier_torch.log_probabilities import LogProbabilities
from espalier_torch.reference import Emit, ReferenceTable
from espalier_torch.training.optimizer import learning_rate_at, move_towards
from espalier_torch.training.stop import Stop, TrainingFailed

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def run_steps(run: Run, table: ReferenceTable, emit: Emit, stop: Stop) -> None:
    """Every step that is left, with a resumable checkpoint now and then."""
    started, first, saved = time.monotonic(), run.step, run.step
    pairs_seen = 0
    while run.step < run.steps:
        indices = run.plan.indices(run.step)
        event = one_step(run, indices, run.plan.table_of(run.step // run.plan.steps_per_epoch), table)
        pairs_seen += len(indices)
        elapsed = time.monotonic() - started
        event["pairs_per_second"] = pairs_seen / elapsed
        event["seconds_left"] = elapsed / (run.step - first) * (run.steps - run.step)
        emit(event)
        if run.step < run.steps and (stop.reason or run.step % run.request.checkpoint_every == 0):
            saved = run.save(emit)
        if stop.reason and run.step < run.steps:
            assert saved == run.step
            stop.check()


def one_step(run: Run, indices: Tensor, table_index: int, table: ReferenceTable) -> dict[str, Any]:
    """One optimizer step on the pairs at `indices`; returns its event."""
    batch = run.plan.batch(indices, table_index)
    measured = run.estimate(batch)
    reference = table.of(indices, table_index, run.device)
    found = LogProbabilities(
        measured.chosen, measured.rejected, *reference, measured.chosen_lengths, measured.rejected_lengths
    )
    losses = combined_loss(found, run.request.losses, run.loss_settings)
    loss = (losses * run.weights[indices].to(run.device)).mean()
    run.optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(run.model.parameters(), run.request.max_gradient_norm)
    check_finite(run, loss, norm)
    rate = learning_rate_at(run.step, run.steps, run.request)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.step()
    run.step += 1
    if run.average is not None:
        move_towards(run.average, run.model, 1 - run.request.ema_decay)
    return step_event(run, loss, norm, rate, found)


def step_event(run: Run, loss: Tensor, norm: Tensor, rate: float, found: LogProbabilities) -> dict[str, Any]:
    """The metrics of a step under the names TRL's users know."""
    chosen, rejected = implicit_rewards(found, run.request.beta)
    return {
        "event": "step-end",
        "step": run.step,
        "steps": run.steps,
        "loss": loss.item(),
        "rewards/chosen": chosen.mean().item(),
        "rewards/rejected": rejected.mean().item(),
        "rewards/margins": (chosen - rejected).mean().item(),
        "rewards/accuracies": (chosen > rejected).float().mean().item(),
        "logps/chosen": found.policy_chosen.mean().item(),
        "logps/rejected": found.policy_rejected.mean().item(),
        "grad_norm": norm.item(),
        "learning_rate": rate,
    }


def check_finite(run: Run, loss: Tensor, norm: Tensor) -> None:
    """Raises TrainingFailed, before the weights are touched, when a number is lost."""
    if torch.isfinite(loss) and torch.isfinite(norm):
        return
    found = newest_state(run.work)
    kept = f"the last good checkpoint is {found[0]}" if found else "no checkpoint was saved yet"
    raise TrainingFailed(
        f"Loss {loss.item()} and gradient norm {norm.item()} after step {run.step} are not both finite; {kept}. "
        "Lower learning_rate or raise warmup_share"
    )
