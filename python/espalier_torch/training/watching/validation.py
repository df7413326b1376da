"""Held-out pairs, measured with masks of their own that stay the same over training."""

from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor

from espalier_torch.objective.dpo import combined_loss, implicit_rewards
from espalier_torch.objective.log_probabilities import LogProbabilities, RunningMean
from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.likelihoods import under_policy
from espalier_torch.training.reference.opening import table_of
from espalier_torch.training.settings import pair_order
from espalier_torch.training.state import TrainingState

BINS = 20


class Validation:
    """The held-out pairs with their reference log-probabilities."""

    def __init__(self, state: TrainingState, emit: Emit, stop: Stop):
        self.state, self.pairs = state, state.held_out
        self.order = replace(pair_order(state.request, self.pairs), tables=1)
        self.objective = state.objective.without_dropout()
        self.table = table_of(state, self.order, self.objective, emit, stop)

    @torch.no_grad()
    def measure(self) -> dict[str, Any]:
        """The event of one validation: TRL's `eval_` metrics and histograms of the implicit rewards."""
        state = self.state
        found = self.log_probabilities()
        settings = replace(state.losses, rewards=RunningMean(*vars(state.losses.rewards).values()))
        loss = combined_loss(found, state.request.losses, settings)
        chosen, rejected = implicit_rewards(found, state.request.beta)
        return {
            "event": "validation-end",
            "step": state.step,
            "pairs": len(self.pairs),
            "eval_loss": loss.mean().item(),
            "eval_rewards/chosen": chosen.mean().item(),
            "eval_rewards/rejected": rejected.mean().item(),
            "eval_rewards/margins": (chosen - rejected).mean().item(),
            "eval_rewards/accuracies": (chosen > rejected).float().mean().item(),
            "histogram": histogram(chosen, rejected),
            "tasks": by_task(self.pairs.tags, chosen, rejected),
        }

    def log_probabilities(self) -> LogProbabilities:
        """Of all held-out pairs, from all processes: losses that look at a whole batch then look at all of them."""
        processes = self.state.processes
        sums = {one.name: torch.zeros(len(self.pairs)) for one in fields(LogProbabilities)}
        for indices in self.order.order(epoch=0):
            for places in processes.share(len(indices), self.state.micro_pairs):
                for name, values in zip(sums, self.piece(indices[places]), strict=True):
                    sums[name][indices[places]] = values.float().cpu()
        return LogProbabilities(**{name: processes.total(one) for name, one in sums.items()})

    def piece(self, indices: Tensor) -> list[Tensor]:
        """The fields of LogProbabilities for some pairs, (B,) each."""
        rows = self.objective.rows(self.pairs, indices, 0)
        measured = under_policy(self.state, rows)
        reference = self.table.of(indices, 0, rows)
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
