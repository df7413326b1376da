"""What the driver tells of a training through Ray Train, without a cluster. Left out where Ray is not installed."""

from concurrent.futures import Future
from pathlib import Path

import pytest

pytest.importorskip("ray.train")

from ray.train import WorkerGroupError

from espalier_torch.cluster.actor_pool import lack_of
from espalier_torch.cluster.json_lines import JsonLinesWriter
from espalier_torch.cluster.ray_training import FaultLog, Relay, followed, trainer_of, workers_of

STEP = {"line": '{"event": "step-end", "step": 1}'}
SETTINGS = {"cpus": 2, "gpus": 0, "memory_gigabytes": None, "attempts": 3}


def started(*workers: str) -> dict:
    return {"training": {"workers": list(workers)}}


def ended(fault: Exception | None = None) -> Future:
    future: Future = Future()
    if fault:
        future.set_exception(fault)
    else:
        future.set_result(None)
    return future


def test_a_restart_is_told_with_the_reason_it_was_needed_for(tmp_path: Path) -> None:
    told: list[dict] = []
    relay = Relay(tmp_path, told.append)
    events = JsonLinesWriter(tmp_path / "events.jsonl")
    for entry in [started("a 1", "b 2"), STEP]:
        events.append(entry)
    relay.look()
    FaultLog(tmp_path / "faults.jsonl").after_exception(None, {1: RuntimeError("stack\n\nthe actor died\n")})
    events.append(started("a 3"))
    assert followed(ended(), relay) == (0, [])
    restart = {"restart": {"start": 2, "processes": 1, "reason": "process 1: the actor died"}}
    assert told == [started("a 1", "b 2"), STEP, restart, started("a 3")]


def test_a_refused_request_is_told_from_a_failure(tmp_path: Path) -> None:
    for name, code in [("RequestError", 2), ("TrainingFailed", 1)]:
        relay = Relay(tmp_path / name, lambda entry: None)
        JsonLinesWriter(tmp_path / name / "events.jsonl").append({"line": f'{{"event": "error", "type": "{name}"}}'})
        FaultLog(tmp_path / name / "faults.jsonl").after_exception(None, {0: ValueError("no pairs")})
        assert followed(ended(WorkerGroupError("failed", {})), relay) == (code, ["process 0: no pairs"])


def test_a_training_takes_fewer_processes_where_it_can(tmp_path: Path) -> None:
    orders = [(1, "none"), (4, "none"), (2, "full"), (4, "full")]
    found = [workers_of({"processes": count, "request": {"sharding": how}}) for count, how in orders]
    assert found == [1, (1, 4), 2, (2, 4)]
    order = {"id": "train-1", "attempt": 1, "processes": 4, "request": {"sharding": "none"}}
    trainer = trainer_of(order, {**SETTINGS, "gpus": 0.5}, tmp_path)
    assert trainer.scaling_config.resources_per_worker == {"CPU": 2, "GPU": 1}
    assert trainer.run_config.failure_config.max_failures == 2
    assert trainer.run_config.storage_path == str(tmp_path)


def test_a_cluster_that_is_too_small_is_told_what_it_lacks() -> None:
    needs = {**SETTINGS, "gpus": 1, "memory_gigabytes": 2}
    memory = "2,147,483,648 bytes of memory (it has 1,073,741,824 bytes of memory)"
    expected = f"2 CPU (it has 1 CPU), 1 GPU (it has 0 GPU), {memory}"
    assert lack_of({"CPU": 1, "memory": 2**30}, needs) == expected
    assert lack_of({"CPU": 2, "GPU": 1, "memory": 2**33}, needs) == ""
