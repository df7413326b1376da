"""The processes that share a run's batches, and what they tell each other. One process alone needs no library.

Several are told apart as `torchrun` and `accelerate launch` do, by RANK and WORLD_SIZE; the worker starts them itself
when a request asks for some. Every process holds the whole model and takes its share of each batch; gradients are
added up before each optimizer step, so the result is that of the same batch on one process.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import torch
from torch import Tensor, nn

from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.stopping import STOP_SIGNALS, Stop, Stopped
from espalier_torch.train_request import TrainRequest


class Processes:
    """One process alone."""

    rank = 0
    count = 1
    in_step = False  # whether every process must run the model as often as the others, with rows or without

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

        No piece is empty, unless processes go `in_step`: then all have as many pieces.
        """
        mine = torch.arange(count).tensor_split(self.count)[self.rank]
        if self.in_step:
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


@contextlib.contextmanager
def joined(request: TrainRequest, device: torch.device) -> Iterator[Processes]:
    """The processes of a run: those of a launcher, or `request.processes` of them started here.

    Raises:
        RequestError: the launcher started another number of processes than the request asks for, or there is one alone
            and the weights are to be shared.
    """
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    if launched > 1 and request.processes not in (1, launched):
        raise RequestError(f"processes is {request.processes}, but the launcher started {launched}; leave it out")
    sharded = request.sharding == "full"
    if launched == 1 and request.processes == 1:
        if sharded:
            raise RequestError("sharding 'full' shares the weights among processes, but processes is 1; raise it")
        yield Processes(device)
        return
    children = start_others(request) if launched == 1 else []
    many = ManyProcesses(device)
    many.in_step = sharded
    try:
        yield many
    finally:
        if children:
            end_others(many, children)


def start_others(request: TrainRequest) -> list[subprocess.Popen]:
    """Starts processes 1 and up on this machine and makes this one process 0."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(request.processes)}
    shared["LOCAL_WORLD_SIZE"] = shared["WORLD_SIZE"]
    command = [sys.executable, "-m", "espalier_torch.training.other_process"]
    line = json.dumps({"request": "train", **asdict(request)}) + "\n"
    children = []
    for rank in range(1, request.processes):
        environment = {**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)}
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stderr, env=environment, text=True)
        child.stdin.write(line)
        child.stdin.close()
        children.append(child)
    os.environ.update({**shared, "RANK": "0", "LOCAL_RANK": "0"})
    return children


def end_others(many: ManyProcesses, children: list[subprocess.Popen]) -> None:
    """Ends what `start_others` started and leaves this process as it was before."""
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
    many.state.destroy_process_group()
    type(many.state)._reset_state()
    for name in ["MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "RANK", "LOCAL_RANK"]:
        os.environ.pop(name, None)
