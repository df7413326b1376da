"""A training run as plain data: what is fixed before the first step, and what steps change."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.saver import Saver
from espalier_torch.data.pair_order import PairOrder
from espalier_torch.data.pairs import PairSet
from espalier_torch.distributed.processes import Processes
from espalier_torch.objective.log_probabilities import LossSettings
from espalier_torch.objective.objective import Guide, Objective
from espalier_torch.protocol.train_requests import TrainRequest


@dataclass
class Policy:
    """The generator under training, with its adapter where there is one.

    record: checkpoint.json of the checkpoint training starts from. adapter: peft's settings, None without an adapter.
    base: identity of the weights that the adapter is added to.
    """

    model: nn.Module
    record: dict[str, Any]
    adapter: Any
    base: str

    @property
    def identity(self) -> str:
        """Identity of the checkpoint training starts from."""
        return self.record["identity"]


@dataclass(frozen=True)
class ReferenceCheckpoint:
    """The checkpoint that the policy is measured against."""

    folder: str
    identity: str


@dataclass
class Watched:
    """What watching a run has found so far; a resumed run goes on from it.

    best: step, accuracy and loss of the best validation. stale: validations since then. first_loss, smooth_loss: the
    loss at the start and its running mean. enough: whether the run should end before its last step.
    """

    best: dict[str, Any] | None = None
    stale: int = 0
    first_loss: float | None = None
    smooth_loss: float = 0.0
    enough: bool = False


def keeps_frozen_halved(request: TrainRequest, processes: Processes) -> bool:
    """Whether what an adapter leaves alone is kept in bfloat16. Shares of weights are of one type."""
    return request.precision == "bf16" and request.adapter is not None and not processes.sharded


@dataclass
class TrainingState:
    """One training run.

    work: folder of its resumable state. model: what steps change, in shares where the processes are `sharded`.
    held_out: pairs that only validate. micro_pairs: pairs of one forward pass, None for a whole batch.
    weights: (P,) of each pair. captions: (C, T), each caption of the pairs once.
    """

    request: TrainRequest
    work: Path
    processes: Processes
    policy: Policy
    model: nn.Module
    objective: Objective
    pairs: PairSet
    held_out: PairSet | None
    reference: ReferenceCheckpoint
    guide: Guide | None
    order: PairOrder
    micro_pairs: int | None
    steps: int
    fingerprint: str
    losses: LossSettings
    weights: Tensor
    captions: Tensor
    optimizer: torch.optim.Optimizer
    average: dict[str, Tensor] | None
    saver: Saver
    step: int = 0
    compiled: bool = False
    """Whether the model's layers run compiled."""
    resumed_from: Path | None = None
    usual_cost: float | None = None
    """What a token of the chosen images usually costs, in nats; `collapse` compares with it."""
    watched: Watched = field(default_factory=Watched)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.processes.device

    @property
    def halved(self) -> bool:
        """Whether the frozen weights are kept in bfloat16: autocast would round them so in every pass."""
        return keeps_frozen_halved(self.request, self.processes)

    @property
    def starts_at_reference(self) -> bool:
        """Whether the reference is the checkpoint that training starts from."""
        return self.reference.identity == self.policy.identity
