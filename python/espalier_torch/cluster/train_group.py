"""One training on several machines: an actor for each process, joined by torch.distributed as under any launcher.

The processes are the project's own worker and its helpers, with the same accelerate loop as on one machine. When one of
them dies, all are ended and started again from the last checkpoint, with as many processes as the cluster has room for
by then: each batch is the same whatever their number.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import ray
from ray.exceptions import RayActorError
from ray.util.placement_group import placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

POLL_SECONDS = 0.2
PLACEMENT_SECONDS = 120
LOG_LINES = 20
WORKER = "espalier_torch.worker"
HELPER = "espalier_torch.training.other_process"


class TrainActor:
    """Holds one process of a training."""

    def __init__(self) -> None:
        self.child: subprocess.Popen | None = None
        self.lines: list[str] = []
        self.log: list[str] = []

    def meeting_point(self) -> tuple[str, int]:
        """Address and a free port of this machine, where the processes of a training find each other."""
        host = ray.util.get_node_ip_address()
        with socket.socket() as free:
            free.bind(("", 0))
            return host, free.getsockname()[1]

    def start(self, module: str, request: str, environment: Mapping[str, str]) -> str:
        """Starts the process; returns it as "host pid"."""
        self.child = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.child.stdin.write(request + "\n")
        self.child.stdin.close()
        for stream, kept in ((self.child.stdout, self.lines), (self.child.stderr, self.log)):
            threading.Thread(target=lambda s=stream, k=kept: k.extend(s), daemon=True).start()
        return f"{socket.gethostname()} {self.child.pid}"

    def look(self) -> tuple[list[str], int | None, list[str]]:
        """New lines of its events, its exit code (None while it runs), and the last lines of its prose."""
        code = self.child.poll()
        if code is not None:
            time.sleep(POLL_SECONDS)
        new = self.lines[:]
        del self.lines[: len(new)]
        return new, code, self.log[-LOG_LINES:]


Report = Callable[[dict[str, Any]], None]


def train_on_cluster(order: Mapping[str, Any], settings: Mapping[str, Any], report: Report) -> None:
    """Trains to the end, or until it failed too often. Every event of the first process is reported as it comes."""
    head = {"id": order["id"], "attempt": order["attempt"]}
    for start in range(1, settings["attempts"] + 1):
        count = processes_now(order["processes"], settings)
        code, log = train_once(order["request"], count, settings, lambda entry: report({**entry, **head}))
        if code in (0, 2) or start == settings["attempts"]:
            report({"trained": {"code": code, "log": log, "starts": start}, **head})
            return
        report({"restart": {"start": start, "processes": count, "reason": log[-1] if log else f"exit {code}"}, **head})


def processes_now(wanted: int, settings: Mapping[str, Any]) -> int:
    """As many processes as asked for, or as the cluster has room for just now; at least one."""
    total = ray.cluster_resources()
    room = total.get("GPU", 0) if settings["gpus"] > 0 else total.get("CPU", 0) / settings["cpus"]
    return max(1, min(wanted, int(room)))


def train_once(
    request: Mapping[str, Any], count: int, settings: Mapping[str, Any], report: Report
) -> tuple[int, list[str]]:
    """One start of all processes; returns an exit code and the last words of the process that decided it."""
    bundle = {"CPU": settings["cpus"], **({"GPU": 1} if settings["gpus"] > 0 else {})}
    group = placement_group([bundle] * count, strategy="PACK")
    actors: list[Any] = []
    try:
        ray.get(group.ready(), timeout=PLACEMENT_SECONDS)
        actors = [actor_in(group, index, bundle) for index in range(count)]
        begin(actors, request, report)
        return follow(actors, report)
    except (RayActorError, ray.exceptions.GetTimeoutError) as fault:
        return 1, [str(fault).splitlines()[0]]
    finally:
        for actor in actors:
            with contextlib.suppress(RayActorError):
                ray.kill(actor)
        remove_placement_group(group)


def actor_in(group: Any, index: int, bundle: Mapping[str, float]) -> Any:
    """An actor in its own part of the group."""
    place = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=index)
    made = ray.remote(TrainActor)
    return made.options(
        num_cpus=bundle["CPU"], num_gpus=bundle.get("GPU", 0), scheduling_strategy=place, max_concurrency=2
    ).remote()


def begin(actors: list[Any], request: Mapping[str, Any], report: Report) -> None:
    """Starts the worker in the first actor and helpers in the others."""
    count = len(actors)
    host, port = ray.get(actors[0].meeting_point.remote())
    # The launcher's number decides; the request leaves it open.
    line = json.dumps({**request, "processes": 1})
    shared = {"MASTER_ADDR": host, "MASTER_PORT": str(port), "WORLD_SIZE": str(count)} if count > 1 else {}
    started = [
        actor.start.remote(
            WORKER if rank == 0 else HELPER, line, {**shared, "RANK": str(rank), "LOCAL_RANK": "0"} if shared else {}
        )
        for rank, actor in enumerate(actors)
    ]
    report({"training": {"workers": ray.get(started)}})


def follow(actors: list[Any], report: Report) -> tuple[int, list[str]]:
    """Passes events on until the first process ends, or another one fails."""
    while True:
        looks = ray.get([actor.look.remote() for actor in actors])
        lines, code, log = looks[0]
        for line in lines:
            report({"line": line.rstrip("\n")})
        if code is not None:
            return code, [one.rstrip("\n") for one in log]
        for _, other, words in looks[1:]:
            if other not in (None, 0):
                return 1, [one.rstrip("\n") for one in words]
        time.sleep(POLL_SECONDS)
