"""A judge's training as plain data: what is fixed before the first step, and what steps change."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from espalier_torch.judge_training.batches import Batch, SamplePlan
from espalier_torch.judge_training.samples import Samples
from espalier_torch.protocol.judge_requests import JudgeTrainRequest


class TrainedJudge(Protocol):
    """What is trained: a bundled judge, or an adapter on a vision-language one.

    parents: identities of the checkpoints it comes from, nearest first. whole: whether a resumable state holds every
    weight. about: further fields of its checkpoint.json.
    """

    model: nn.Module
    parents: list[str]
    whole: bool

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted parts of a batch's loss, each ()."""

    def trained_weights(self) -> dict[str, Tensor]:
        """The weights that steps change."""

    def write(self, folder: Path, events: Path, training: dict[str, Any]) -> dict[str, Any]:
        """The checkpoint's files in a new folder, a copy of the events among them; returns its checkpoint.json."""


@dataclass
class JudgeTrainingState:
    """One training of a judge. work: folder of its resumable state. settings: request fields that decide the result."""

    request: JudgeTrainRequest
    work: Path
    device: torch.device
    samples: Samples
    judge: TrainedJudge
    plan: SamplePlan
    settings: dict[str, Any]
    fingerprint: str
    optimizer: torch.optim.Optimizer
    average: dict[str, Tensor] | None
    step: int = 0
    first_loss: float | None = None

    @property
    def steps(self) -> int:
        """Optimizer steps in all."""
        return self.request.steps

    @property
    def model(self) -> nn.Module:
        """What steps change."""
        return self.judge.model
