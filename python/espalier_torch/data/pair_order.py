"""Which pairs come at which optimizer step, and how much each counts: a function of the seed and the step alone."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from espalier_torch.data.pairs import PairSet
from espalier_torch.runtime import randomness


@dataclass(frozen=True)
class PairOrder:
    """The batches of a run. `tables` sets of draws are used in turn, one an epoch."""

    pairs: PairSet
    batch_pairs: int
    seed: int
    tables: int
    by_task: bool = False
    """Whether every step draws as many pairs of each task, give or take one."""

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps an epoch; the last may hold fewer pairs."""
        return math.ceil(len(self.pairs) / self.batch_pairs)

    def table_of(self, epoch: int) -> int:
        """Table of draws of an epoch."""
        return epoch % self.tables

    def table_at(self, step: int) -> int:
        """Table of draws of an optimizer step."""
        return self.table_of(step // self.steps_per_epoch)

    def order(self, epoch: int) -> list[Tensor]:
        """Pair indices of each step of an epoch, (B,) int64 each."""
        return list(randomness.permutation(len(self.pairs), self.seed, epoch).split(self.batch_pairs))

    def indices(self, step: int) -> Tensor:
        """Pair indices of an optimizer step counted from 0 over all epochs."""
        if self.by_task:
            return self.balanced(step)
        epoch, place = divmod(step, self.steps_per_epoch)
        return self.order(epoch)[place]

    @cached_property
    def tasks(self) -> list[Tensor]:
        """Pair indices of each task, in the order of their names, (P_task,) int64 each."""
        names = sorted(set(self.pairs.tags))
        return [torch.tensor([at for at, tag in enumerate(self.pairs.tags) if tag == name]) for name in names]

    def balanced(self, step: int) -> Tensor:
        """Pair indices of a step that takes the tasks in turn, and a task's pairs in a new order each time round.

        A task with fewer pairs comes round more often, so that a pair of it may come twice in a step.
        """
        places = torch.arange(step * self.batch_pairs, (step + 1) * self.batch_pairs)
        turns, chosen = places // len(self.tasks), torch.empty_like(places)
        for task, pairs in enumerate(self.tasks):
            mine = places % len(self.tasks) == task
            times_round, at = turns[mine] // len(pairs), turns[mine] % len(pairs)
            drawn = torch.empty_like(at)
            for time_round in times_round.unique().tolist():
                order = randomness.permutation(len(pairs), self.seed, time_round * len(self.tasks) + task)
                drawn[times_round == time_round] = order[at[times_round == time_round]]
            chosen[mine] = pairs[drawn]
        return chosen


def tag_weights(tags: list[str], balance: float) -> Tensor:
    """Weight of each of P pairs, mean 1: proportional to (share of its task) ** -balance. (P,) float32."""
    counts = {tag: tags.count(tag) for tag in set(tags)}
    weights = torch.tensor([counts[tag] ** -balance for tag in tags], dtype=torch.float32)
    return weights / weights.mean()
