"""A training on several machines, through Ray Train.

Ray Train places the workers, joins them by torch.distributed, and starts all of them again when one dies, with as many
as there is room for by then: each batch is the same whatever their number. Workers and controller tell what happens in
two files of the shared folder, which the driver passes on.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ray.train import FailureConfig, RunConfig, ScalingConfig, TrainingFailedError, UserCallback
from ray.train.torch import TorchTrainer

from espalier_torch.cluster.json_lines import JsonLinesReader, JsonLinesWriter, parsed
from espalier_torch.cluster.train_function import train_as_worker

LOOK_SECONDS = 0.2
RESIZE_SECONDS = 600.0
"""How often a healthy training may be stopped to take more workers; it loses the steps since its last state."""

Report = Callable[[dict[str, Any]], None]


class FaultLog(UserCallback):
    """Keeps why workers failed. Ray Train's controller calls it, in a process of its own."""

    def __init__(self, file: Path):
        self.file = file

    def after_exception(self, run_context: Any, worker_exceptions: dict[int, Exception]) -> None:
        """One line for each failure of the group."""
        reasons = [f"process {rank}: {last_line(fault)}" for rank, fault in sorted(worker_exceptions.items())]
        JsonLinesWriter(self.file).append({"fault": "; ".join(reasons)})


class Relay:
    """Passes on what the files of a training have gained, under the order that it belongs to."""

    def __init__(self, folder: Path, report: Report):
        self.events, self.faults = JsonLinesReader(folder / "events.jsonl"), JsonLinesReader(folder / "faults.jsonl")
        self.report = report
        self.starts = 0
        self.reasons: list[str] = []
        self.refused = False

    def look(self) -> None:
        """Every new entry; a start after the first is told of with the reason it was needed for."""
        self.reasons += [entry["fault"] for entry in self.faults.read()]
        for entry in self.events.read():
            if "training" in entry:
                self.starts += 1
                if self.starts > 1:
                    self.tell_restart(len(entry["training"]["workers"]))
            event = parsed(entry.get("line", "").encode())
            if event and event["event"] == "error":
                self.refused = event["type"] == "RequestError"
            self.report(entry)

    def tell_restart(self, processes: int) -> None:
        """A start after the first; without a fault Ray Train has changed the number of processes."""
        reason = self.reasons[-1] if self.reasons else "there was room for another number of processes"
        self.report({"restart": {"start": self.starts, "processes": processes, "reason": reason}})


def train_on_cluster(order: Mapping[str, Any], settings: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Trains to the end, or until it failed too often; `folder` is the job's, on the shared file system."""
    head = {"id": order["id"], "attempt": order["attempt"]}
    place = folder / "training" / f"{order['id']}-{order['attempt']}"
    relay = Relay(place, lambda entry: report({**entry, **head}))
    trainer = trainer_of(order, settings, place)
    with ThreadPoolExecutor(1) as pool:
        code, log = followed(pool.submit(trainer.fit), relay)
    report({"trained": {"code": code, "log": log, "starts": max(1, relay.starts)}, **head})


def followed(fitting: Future, relay: Relay) -> tuple[int, list[str]]:
    """Passes on what is told until the training has ended; returns an exit code and the last words."""
    while True:
        has_ended = fitting.done()
        relay.look()
        if has_ended:
            break
        time.sleep(LOOK_SECONDS)
    fault = fitting.exception()
    if fault is None:
        return 0, []
    if not isinstance(fault, TrainingFailedError):
        raise fault
    return (2 if relay.refused else 1), relay.reasons[-1:] or [last_line(fault)]


def trainer_of(order: Mapping[str, Any], settings: Mapping[str, Any], place: Path) -> TorchTrainer:
    """The trainer of an order, its files in `place`."""
    return TorchTrainer(
        train_as_worker,
        train_loop_config={"request": dict(order["request"]), "events": str(place / "events.jsonl")},
        scaling_config=ScalingConfig(
            num_workers=workers_of(order),
            use_gpu=settings["gpus"] > 0,
            resources_per_worker={"CPU": settings["cpus"], **({"GPU": 1} if settings["gpus"] > 0 else {})},
            elastic_resize_monitor_interval_s=RESIZE_SECONDS,
        ),
        run_config=RunConfig(
            name="ray-train",
            storage_path=str(place),
            failure_config=FailureConfig(
                max_failures=settings["attempts"] - 1, controller_failure_limit=settings["attempts"]
            ),
            callbacks=[FaultLog(place / "faults.jsonl")],
        ),
    )


def workers_of(order: Mapping[str, Any]) -> int | tuple[int, int]:
    """How many processes: from the least that can train to as many as were asked for."""
    wanted = order["processes"]
    least = 2 if order["request"].get("sharding") == "full" else 1
    return wanted if wanted <= least else (least, wanted)


def last_line(fault: BaseException) -> str:
    """What went wrong, without its stack."""
    lines = [line for line in str(fault).splitlines() if line.strip()]
    return lines[-1] if lines else type(fault).__name__
