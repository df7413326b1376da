"""What each worker of Ray Train runs: the project's own accelerate loop, as one process of several.

Ray Train has joined the processes and set RANK and WORLD_SIZE as any launcher does. The state is saved in the shared
folder by the loop itself, and every start goes on from the last whole one.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch.distributed
from ray.train import get_context

from espalier_torch.cluster.json_lines import JsonLinesWriter
from espalier_torch.protocol.lines import check_event, event_line
from espalier_torch.protocol.reading import read_request
from espalier_torch.protocol.worker_requests import WORKER_REQUESTS
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.run import train


def train_as_worker(config: Mapping[str, Any]) -> None:
    """Trains `config["request"]`; the first process appends its events to the file `config["events"]`."""
    context = get_context()
    names = names_of_all(context.get_world_size())
    events = JsonLinesWriter(Path(config["events"])) if context.get_world_rank() == 0 else None
    if events:
        events.append({"training": {"workers": names}})
    emit = event_writer(events)
    # The number of processes is Ray's to say; the request leaves it open.
    request = read_request(json.dumps({**config["request"], "processes": 1}), WORKER_REQUESTS)
    try:
        train(request, emit, Stop())
    except Exception as fault:
        name = type(fault).__name__
        emit({"event": "error", "type": name, "message": str(fault) or name, "log": []})
        raise


def names_of_all(count: int) -> list[str]:
    """Every process of the training as "host pid", by rank."""
    mine = f"{socket.gethostname()} {os.getpid()}"
    names = [mine] * count
    if count > 1:
        torch.distributed.all_gather_object(names, mine)
    return names


def event_writer(file: JsonLinesWriter | None) -> Callable[[dict[str, Any]], None]:
    """Takes events as the protocol has them; those of other processes than the first are nobody's business."""

    def tell(event: dict[str, Any]) -> None:
        if file:
            check_event(event)
            file.append({"line": event_line(event)})

    return tell
