"""The processes that share a run's batches, and what they tell each other. One process alone needs no library.

Several are told apart as `torchrun` and `accelerate launch` do, by RANK and WORLD_SIZE; the worker starts them itself
when a request asks for some. Every process holds the whole model and takes its share of each batch; gradients are
added up before each optimizer step, so the result is that of the same batch on one process.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from espalier_torch.runtime.stopping import STOP_SIGNALS, Stop, Stopped


class Processes:
    """One process alone."""

    rank = 0
    count = 1
    sharded = False  # whether each holds a share of the weights alone, and all must run the model equally often

    def __init__(self, device: torch.device):
        self.device = device

    @property
    def first(self) -> bool:
        """Whether this process writes files and sends events."""
        return self.rank == 0

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of a tensor over all processes."""
        return tensor

    def wait(self) -> None:
        """Returns when every process is here."""

    def share(self, count: int, micro: int | None) -> list[Tensor]:
        """This process's positions among `count` rows of a batch, in pieces of at most `micro`.

        No piece is empty, unless weights are `sharded`: then all have as many pieces.
        """
        mine = torch.arange(count).tensor_split(self.count)[self.rank]
        if self.sharded:
            most = -(-count // self.count)
            return list(mine.tensor_split(-(-most // (micro or most))))
        return [piece for piece in mine.split(micro or max(1, len(mine))) if len(piece)]

    def add_up_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Puts the sum over processes in place of each parameter's gradient."""

    def check(self, stop: Stop) -> None:
        """Raises Stopped in every process when one of them was asked to stop."""
        stop.check()

    def stop_reason(self, stop: Stop) -> str:
        """The stop's reason, or that of another process; empty to go on."""
        return stop.reason


class ManyProcesses(Processes):
    """Several processes, joined through accelerate."""

    def __init__(self, device: torch.device):
        from accelerate import PartialState  # noqa: PLC0415 (seconds to import, and only needed here)

        self.state = PartialState(cpu=device.type == "cpu")
        super().__init__(self.state.device)
        self.rank, self.count = self.state.process_index, self.state.num_processes

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of a tensor over all processes, by accelerate's `reduce`."""
        from accelerate.utils import reduce  # noqa: PLC0415

        return reduce(tensor.to(self.device), "sum").to(tensor.device)

    def wait(self) -> None:
        """Returns when every process is here."""
        self.state.wait_for_everyone()

    def add_up_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """One exchange for all parameters; a process without rows adds zeros."""
        trained = [one for one in parameters if one.requires_grad]
        flat = torch.cat([(torch.zeros_like(one) if one.grad is None else one.grad).flatten() for one in trained])
        for one, part in zip(trained, self.total(flat).split([one.numel() for one in trained]), strict=True):
            one.grad = part.view_as(one).clone()

    def stop_reason(self, stop: Stop) -> str:
        """The reason every process agrees on: the first signal of any of them."""
        asked = STOP_SIGNALS.index(stop.reason) if stop.reason else 0
        votes = torch.zeros(len(STOP_SIGNALS))
        votes[asked] = 1
        votes = self.total(votes)
        return next((name for name, count in zip(STOP_SIGNALS[1:], votes[1:], strict=True) if count), "")

    def check(self, stop: Stop) -> None:
        """Raises Stopped in every process when one of them was asked to stop."""
        if reason := self.stop_reason(stop):
            raise Stopped(reason)
