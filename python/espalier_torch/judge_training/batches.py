"""Which samples come at which step: a function of seed and step alone, so that a resumed run sees the same."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from espalier_torch.judge_training.samples import Samples
from espalier_torch.runtime import randomness

PROMPT_SAMPLES = 8
"""Samples of one prompt in a batch: ranking compares them with each other."""


@dataclass(frozen=True)
class Batch:
    """B samples on a device; see `Samples` for the columns."""

    text: Tensor
    tokens: Tensor
    settled: Tensor
    answers: Tensor
    reasons: Tensor
    prompts: Tensor


class SamplePlan:
    """The batches of a run: tasks equally often, then a task's prompts, then a prompt's samples."""

    def __init__(self, samples: Samples, batch: int, seed: int, device: torch.device):
        self.samples, self.seed, self.device = samples, seed, device
        self.groups = max(1, batch // PROMPT_SAMPLES)
        self.rows = torch.argsort(samples.prompts, stable=True).numpy()
        counts = torch.bincount(samples.prompts, minlength=len(samples.tasks)).numpy()
        self.counts, self.starts = counts, np.concatenate([[0], np.cumsum(counts)[:-1]])
        names = sorted(set(samples.tasks))
        self.tasks = [np.flatnonzero(np.array(samples.tasks) == name) for name in names]

    def indices(self, step: int) -> Tensor:
        """Sample indices of an optimizer step, (B,) int64: all of a prompt that has few, else a random choice."""
        drawn = randomness.uniform(self.seed, step, np.arange(2 * self.groups), randomness.ORDER)
        chosen: list[np.ndarray] = []
        for group in range(self.groups):
            task = self.tasks[int(drawn[2 * group] * len(self.tasks))]
            prompt = task[int(drawn[2 * group + 1] * len(task))]
            rows = self.rows[self.starts[prompt] :][: self.counts[prompt]]
            place = np.arange(len(rows)) + (group + 1) * len(self.rows)
            order = np.argsort(randomness.bits(self.seed, step, place, randomness.ORDER))
            chosen.append(rows[order[:PROMPT_SAMPLES]])
        return torch.from_numpy(np.concatenate(chosen))

    def batch(self, step: int) -> Batch:
        """The samples of an optimizer step."""
        rows = self.indices(step)
        kept = self.samples
        return Batch(
            text=kept.text[rows].long().to(self.device),
            tokens=kept.tokens[rows].long().to(self.device),
            settled=kept.settled[rows].to(self.device),
            answers=kept.answers[rows].to(self.device),
            reasons=kept.reasons[rows].to(self.device),
            prompts=kept.prompts[rows].to(self.device),
        )
