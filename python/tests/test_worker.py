"""The worker answers requests, refuses wrong ones in one event, and leaves stdout to events."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY

from espalier_torch.protocol.events import WORKER_EVENTS
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.lines import check_event, event_line
from espalier_torch.protocol.reading import build, python_name, read_request
from espalier_torch.protocol.train_requests import EstimateRequest, TrainRequest
from espalier_torch.protocol.worker_requests import WORKER_REQUESTS, ProbeRequest
from espalier_torch.train import main as train_command
from espalier_torch.training.run import estimate

CONTRACT = REPOSITORY / "test/contract"
PLAIN = {"request": "train", "pairs": "pairs.arrow", "generator": "base", "out": "out"}


def ask(worker, *lines: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        worker, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False, timeout=300
    )


def test_probe_tells_what_the_machine_offers(worker):
    done = ask(worker, '{"request": "probe"}', '{"request": "probe"}')
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [event["event"] for event in events] == ["probe-end", "probe-end"]
    assert events[0]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert events[0]["cores"] >= 1
    assert events[0]["memory_mb"] > 100


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "must be one line of JSON"),
        ("[1]", "must be a JSON object"),
        ('{"request": "trian"}', "did you mean 'train'"),
        (json.dumps({**PLAIN, "beat": 0.1}), "did you mean 'beta'"),
        (json.dumps({**PLAIN, "beta": "0.1"}), "beta must be a number, got '0.1'"),
        (json.dumps({**PLAIN, "beta": -1}), "beta must be above 0"),
        (json.dumps({**PLAIN, "epochs": True}), "epochs must be a whole number"),
        (json.dumps({**PLAIN, "caption_dropout": 2}), "caption_dropout must be from 0 to 1"),
        (json.dumps({**PLAIN, "losses": {"sigmoyd": 1}}), "did you mean 'sigmoid'"),
        (json.dumps({**PLAIN, "losses": {}}), "losses must map names to weights"),
        (json.dumps({**PLAIN, "masks": {"policy": "own_path"}}), "did you mean 'own-path'"),
        ('{"request": "train"}', "pairs is missing"),
        ('{"request": "probe", "x": 1}', "unknown key 'x'"),
    ],
)
def test_a_wrong_request_is_refused_with_its_cure(line, message):
    with pytest.raises(RequestError, match=message.replace("(", r"\(")):
        read_request(line, WORKER_REQUESTS)


def test_all_faults_are_told_at_once():
    with pytest.raises(RequestError) as found:
        read_request(json.dumps({"request": "train", "beat": 1, "epochs": 0}), WORKER_REQUESTS)
    for part in ["beat", "epochs", "pairs is missing", "generator is missing", "out is missing"]:
        assert part in str(found.value)


def test_an_estimate_says_what_a_run_needs_and_writes_nothing(request_of):
    raw = {name: value for name, value in request_of(steps=10).items() if name != "request"}
    whole, pieces = (estimate(build(EstimateRequest, {**raw, **more})) for more in ({}, {"micro_pairs": 2}))
    check_event(whole)
    assert whole["steps"] == 10
    assert whole["seconds"] > whole["reference_seconds"] > 0
    assert whole["memory_mb"] == pytest.approx(
        sum(whole[f"{part}_mb"] for part in ["models", "optimizer", "activations"])
    )
    assert pieces["activations_mb"] < whole["activations_mb"] / 3
    assert not list(Path(raw["out"]).parent.glob("out*"))


def test_a_refused_request_is_one_error_event_and_exit_code_2(worker, request_of):
    done = ask(worker, json.dumps({**request_of(), "pairs": "/nowhere/pairs.arrow"}))
    (event,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert event["event"] == "error"
    assert event["type"] == "RequestError"
    assert "/nowhere/pairs.arrow" in event["message"]


def test_damaged_weights_are_the_users_to_mend(worker, request_of, base):
    (base / "generator.safetensors").write_bytes(b"not weights")
    done = ask(worker, json.dumps(request_of()))
    assert done.returncode == 2
    assert "generator.safetensors cannot be read" in json.loads(done.stdout.splitlines()[-1])["message"]
    assert "Traceback" not in done.stderr


def test_a_failure_carries_the_last_lines_of_the_log():
    program = "import sys; from espalier_torch import worker; worker.probe = lambda: 1 / 0; sys.exit(worker.main())"
    done = ask([sys.executable, "-c", program], '{"request": "probe"}')
    event = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 1
    assert event["event"] == "error"
    assert event["message"] in event["log"][-1]
    assert any('.py", line' in line for line in event["log"])


def test_prints_of_libraries_stay_out_of_the_events():
    program = (
        "import os, sys; from espalier_torch import worker; "
        "worker.probe = lambda plain=worker.probe: (print('noise'), os.write(1, b'raw noise'), plain())[2]; "
        "sys.exit(worker.main())"
    )
    done = ask([sys.executable, "-c", program], '{"request": "probe"}')
    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == ["probe-end"]
    assert "noise" in done.stderr


def test_an_idle_worker_ends_on_sigterm(worker):
    process = subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write('{"request": "probe"}\n')
    process.stdin.flush()
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 143


def test_a_worker_whose_parent_died_saves_and_ends(worker, request_of):
    raw = request_of(epochs=400, checkpoint_every=100_000)
    program = (
        "import subprocess, sys, os; "
        f"child = subprocess.Popen({worker!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True); "
        f"child.stdin.write({json.dumps(raw)!r} + chr(10)); child.stdin.flush(); "
        "any('step-end' in line for line in child.stdout); print(child.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300)
    orphan = int(done.stdout)
    ends = time.monotonic() + 120
    while alive(orphan) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not alive(orphan)


def alive(process: int) -> bool:
    """Whether a process that is not our child runs; one that only waits to be collected does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    ).stdout
    return bool(status.strip()) and not status.strip().startswith("Z")


def test_every_event_of_the_contract_is_known():
    events = [json.loads(line) for line in (CONTRACT / "events.jsonl").read_text().splitlines()]
    for event in events:
        check_event(event)
    assert {event["event"] for event in events} == set(WORKER_EVENTS)


def test_every_request_of_the_contract_parses():
    lines = (CONTRACT / "requests.jsonl").read_text().splitlines()
    kinds = {type(read_request(line, WORKER_REQUESTS)).__name__ for line in lines}
    assert kinds == {"TrainRequest", "JudgeTrainRequest", "EstimateRequest", "ExportRequest", "ProbeRequest"}


def test_what_does_not_go_together_is_refused_here_and_in_a_pipeline_alike():
    cases = json.loads((CONTRACT / "refused.json").read_text())
    assert len(cases) >= 4
    for case in cases:
        with pytest.raises(RequestError, match=case["because"]):
            read_request(json.dumps({**PLAIN, **case["request"]}), WORKER_REQUESTS)


@pytest.mark.parametrize("kind", [TrainRequest, JudgeTrainRequest])
def test_the_full_train_request_of_the_contract_names_every_field(kind):
    lines = (CONTRACT / "requests.jsonl").read_text().splitlines()
    fields = set(kind.__dataclass_fields__) | {"request"}
    assert any({python_name(key) for key in json.loads(line)} == fields for line in lines)


def test_events_are_strict_json():
    assert json.loads(event_line({"event": "x", "loss": float("nan")})) == {"event": "x", "loss": None}
    with pytest.raises(ValueError, match="lacks"):
        check_event({"event": "train-end"})
    with pytest.raises(ValueError, match="did you mean 'step-end'"):
        check_event({"event": "step-ned"})
    assert read_request('{"request": "probe"}', WORKER_REQUESTS) == ProbeRequest()


def test_the_train_command_runs_a_request_file(request_of, tmp_path, capsys):
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request_of()))
    assert train_command([str(file), "--set", "steps=2", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "train-end"
    assert events[-1]["step"] == 2
    assert train_command([str(file), "--set", "lerning_rate=1"]) == 2
    assert "did you mean 'learning_rate'" in capsys.readouterr().err


def test_the_train_command_explains_every_field(capsys):
    with pytest.raises(SystemExit):
        train_command(["--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in TrainRequest.__dataclass_fields__)
