"""The actor that computes shards: it keeps one worker of this same program and hands it task after task."""

import json
import os
import socket
from collections.abc import Sequence
from typing import Any

from espalier_torch.cluster.line_process import LineProcess, ProcessGone
from espalier_torch.cluster.node_program import node_program


class ShardActor:
    """Runs `node WORDS` as a child. The child is started with the first task, and again after it died."""

    def __init__(self, words: Sequence[str], seconds: float):
        self.command = [node_program(), *words]
        self.seconds = seconds
        self.child: LineProcess | None = None

    def ready(self) -> str:
        """The actor's process, as "host pid"."""
        return f"{socket.gethostname()} {os.getpid()}"

    def compute(self, task: dict[str, Any]) -> dict[str, Any]:
        """The receipt of a task; a fault where the child died of it."""
        if self.child is None:
            self.child = LineProcess(self.command, self.seconds)
        worker = f"{socket.gethostname()} {self.child.pid}"
        try:
            return json.loads(self.child.ask(json.dumps(task)))
        except (ProcessGone, ValueError) as fault:
            self.child.close()
            self.child = None
            return fault_receipt(task, worker, f"its worker is gone: {fault}")


def fault_receipt(task: dict[str, Any], worker: str, reason: str) -> dict[str, Any]:
    """What is said of a task that nobody finished."""
    return {"id": task["id"], "attempt": task["attempt"], "worker": worker, "seconds": 0, "fault": reason}
