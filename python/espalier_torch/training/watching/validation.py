"""Held-out pairs, measured with masks of their own that stay the same over training."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from espalier_torch.objective.dpo import combined_loss, implicit_rewards
from espalier_torch.objective.log_probabilities import LogProbabilities, RunningMean
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.reference.opening import table_of
from espalier_torch.training.reference.table import Emit
from espalier_torch.training.settings import batch_plan

if TYPE_CHECKING:
    from espalier_torch.training.run import Run

BINS = 20


class Validation:
    """The held-out pairs with their reference log-probabilities."""

    def __init__(self, run: Run, emit: Emit, stop: Stop):
        self.run = run
        self.plan = replace(batch_plan(run.request, run.held_out, run.device), tables=1, caption_dropout=0.0)
        self.table = table_of(run, self.plan, 1, emit, stop)

    @torch.no_grad()
    def measure(self) -> dict[str, Any]:
        """The event of one validation: TRL's `eval_` metrics and histograms of the implicit rewards."""
        run = self.run
        found = self.log_probabilities()
        settings = replace(run.loss_settings, rewards=RunningMean(*vars(run.loss_settings.rewards).values()))
        loss = combined_loss(found, run.request.losses, settings)
        chosen, rejected = implicit_rewards(found, run.request.beta)
        return {
            "event": "validation-end",
            "step": run.step,
            "pairs": len(run.held_out),
            "eval_loss": loss.mean().item(),
            "eval_rewards/chosen": chosen.mean().item(),
            "eval_rewards/rejected": rejected.mean().item(),
            "eval_rewards/margins": (chosen - rejected).mean().item(),
            "eval_rewards/accuracies": (chosen > rejected).float().mean().item(),
            "histogram": histogram(chosen, rejected),
            "tasks": by_task(run.held_out.tags, chosen, rejected),
        }

    def log_probabilities(self) -> LogProbabilities:
        """Of all held-out pairs, from all processes: losses that look at a whole batch then look at all of them."""
        run = self.run
        sums = {one.name: torch.zeros(len(run.held_out)) for one in fields(LogProbabilities)}
        for indices in self.plan.order(epoch=0):
            for places in run.processes.share(len(indices), run.micro_pairs):
                for name, values in zip(sums, self.piece(indices[places]), strict=True):
                    sums[name][indices[places]] = values.float().cpu()
        return LogProbabilities(**{name: run.processes.total(one) for name, one in sums.items()})

    def piece(self, indices: Tensor) -> list[Tensor]:
        """The fields of LogProbabilities for some pairs, (B,) each."""
        batch = self.plan.batch(indices, 0)
        measured = self.run.estimate(batch)
        reference = self.table.of(indices, 0, batch)
        return [measured.chosen, measured.rejected, *reference, measured.chosen_lengths, measured.rejected_lengths]


def by_task(tags: list[str], chosen: Tensor, rejected: Tensor) -> dict[str, dict[str, float]]:
    """Of each task by name: its pairs, and the means over them that the whole set has. Pairs of no task are in none."""
    measured = {}
    for name in sorted({tag for tag in tags if tag}):
        of = torch.tensor([tag == name for tag in tags])
        measured[name] = {
            "pairs": int(of.sum()),
            "rewards/chosen": chosen[of].mean().item(),
            "rewards/margins": (chosen - rejected)[of].mean().item(),
            "rewards/accuracies": (chosen > rejected)[of].float().mean().item(),
        }
    return measured


def histogram(chosen: Tensor, rejected: Tensor) -> dict[str, list[float]]:
    """Counts of implicit rewards in equal bins over both: edges (BINS + 1), chosen and rejected (BINS)."""
    both = torch.cat([chosen, rejected])
    low, high = both.min().item(), both.max().item()
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts = [torch.histc(one, BINS, low, high).tolist() for one in (chosen, rejected)]
    edges = [low + (high - low) * index / BINS for index in range(BINS + 1)]
    return {"edges": edges, "chosen": counts[0], "rejected": counts[1]}
