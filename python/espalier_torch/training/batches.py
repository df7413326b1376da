"""Which pairs come at which optimizer step, and what of them the model sees. All of it a function of the seeds."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from espalier_torch.data.pairs import Pairs
from espalier_torch.objective.estimator import Batch
from espalier_torch.objective.masks import Masks, MaskSettings, draw_masks
from espalier_torch.runtime import randomness


@dataclass(frozen=True)
class BatchPlan:
    """The batches of a run. `tables` sets of masks are used in turn, one an epoch."""

    pairs: Pairs
    batch_pairs: int
    seed: int
    masks: MaskSettings
    tables: int
    caption_dropout: float
    device: torch.device
    by_task: bool = False
    """Whether every step draws as many pairs of each task, give or take one."""

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps an epoch; the last may hold fewer pairs."""
        return math.ceil(len(self.pairs) / self.batch_pairs)

    def table_of(self, epoch: int) -> int:
        """Mask table of an epoch."""
        return epoch % self.tables

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

    def batch(self, indices: Tensor, table: int) -> Batch:
        """The pairs at `indices` under a mask table, on the device."""
        pairs = self.pairs
        chosen_masks, rejected_masks = draw_masks(
            self.masks,
            table,
            indices,
            pairs.chosen_committed_at[indices],
            pairs.rejected_committed_at[indices],
            pairs.shared_steps[indices],
        )
        drawn = randomness.uniform(self.masks.seed, indices.numpy(), table, randomness.CAPTION)
        dropped = torch.from_numpy(drawn) < self.caption_dropout
        return Batch(
            text=pairs.text[indices].masked_fill(dropped.unsqueeze(1), 0).to(self.device),
            chosen_tokens=pairs.chosen_tokens[indices].to(self.device),
            rejected_tokens=pairs.rejected_tokens[indices].to(self.device),
            chosen_masks=moved(chosen_masks, self.device),
            rejected_masks=moved(rejected_masks, self.device),
        )


def moved(masks: Masks, device: torch.device) -> Masks:
    """The masks on a device."""
    return Masks(masks.hidden.to(device), masks.scored.to(device), masks.weights.to(device))


def tag_weights(tags: list[str], balance: float) -> Tensor:
    """Weight of each of P pairs, mean 1: proportional to (share of its task) ** -balance. (P,) float32."""
    counts = {tag: tags.count(tag) for tag in set(tags)}
    weights = torch.tensor([counts[tag] ** -balance for tag in tags], dtype=torch.float32)
    return weights / weights.mean()
