"""A run that is killed, or asked to stop, and started again ends exactly where the unbroken one does."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.run import train

LIMIT = 300


def start(worker: list[str], raw: dict) -> subprocess.Popen:
    # Prose goes to a file: a pipe that nobody reads would stop the worker for good once it is full.
    with prose_of(raw).open("w") as prose:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": prose}
        # A small pipe holds the worker back to where the test reads, so it cannot end before the signal comes.
        process = subprocess.Popen(worker, **pipes, text=True, pipesize=4096)
    process.stdin.write(json.dumps(raw) + "\n")
    process.stdin.flush()
    return process


def prose_of(raw: dict) -> Path:
    return Path(raw["out"] + ".stderr")


def read_until(process: subprocess.Popen, raw: dict, event: str, step: int) -> None:
    for line in process.stdout:
        found = json.loads(line)
        assert found["event"] not in ("error", "train-end"), found
        if found["event"] == event and found["step"] >= step:
            return
    raise AssertionError(f"no {event} of step {step}: {prose_of(raw).read_text()}")


def finish(raw: dict) -> list[dict]:
    """Runs a request to its end in this process."""
    events: list[dict] = []
    fields = {name: value for name, value in raw.items() if name != "request"}
    train(build(TrainRequest, fields), events.append, Stop())
    return events


def curve(out: str) -> list[tuple]:
    lines = (Path(out) / "events.jsonl").read_text().splitlines()
    steps = [event for event in map(json.loads, lines) if event["event"] == "step-end"]
    return [(event["step"], event["loss"], event["grad_norm"], event["rewards/margins"]) for event in steps]


def identity(out: str) -> str:
    return json.loads((Path(out) / "checkpoint.json").read_text())["identity"]


@pytest.fixture
def unbroken(request_of):
    raw = request_of("unbroken", steps=150, average_decay=0.9)
    finish(raw)
    return raw["out"]


def test_sigkill_between_checkpoints(request_of, worker, unbroken):
    raw = request_of("killed", steps=150, average_decay=0.9, checkpoint_every=8)
    for step in [11, 30]:  # dies twice, each time with steps since the last checkpoint
        process = start(worker, raw)
        read_until(process, raw, "step-end", step)
        process.send_signal(signal.SIGKILL)
        assert process.wait(LIMIT) == -signal.SIGKILL
    assert not Path(raw["out"]).exists()
    events = finish(raw)
    assert events[0]["event"] == "train-start"
    assert events[0]["step"] >= 24
    assert curve(raw["out"]) == curve(unbroken)
    assert identity(raw["out"]) == identity(unbroken)


def test_sigterm_saves_at_once_and_ends_with_143(request_of, worker, unbroken):
    raw = request_of("stopped", steps=150, average_decay=0.9, checkpoint_every=1000)
    process = start(worker, raw)
    read_until(process, raw, "step-end", 5)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 143, prose_of(raw).read_text()
    last = [json.loads(line) for line in rest.splitlines()]
    assert [event["event"] for event in last[-2:]] == ["checkpoint-end", "stop-end"]
    assert not Path(raw["out"]).exists()
    events = finish(raw)
    assert events[0]["step"] == last[-1]["step"] < 150
    assert curve(raw["out"]) == curve(unbroken)
    assert identity(raw["out"]) == identity(unbroken)


def test_a_half_written_checkpoint_is_passed_over(request_of):
    raw = request_of("torn")
    half = Path(raw["out"] + ".work") / ".step-000008.partial"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_bytes(b"half")
    assert finish(raw)[0]["step"] == 0


def test_a_half_finished_run_with_other_settings_is_refused(request_of, worker):
    raw = request_of("changed", steps=150)
    process = start(worker, raw)
    read_until(process, raw, "checkpoint-end", 4)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT)
    with pytest.raises(RequestError, match="half-finished run with other settings"):
        finish({**raw, "beta": 0.2})
