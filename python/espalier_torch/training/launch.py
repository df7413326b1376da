"""Starts the other processes of a run, or joins those that a launcher has started."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict

import torch

from espalier_torch.distributed.processes import ManyProcesses, Processes
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.train_requests import TrainRequest


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
    many.sharded = sharded
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
