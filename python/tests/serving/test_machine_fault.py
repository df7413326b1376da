"""Faults of the machine are sentences; ours keep their tracebacks."""

import errno
import io
import json
import resource

import torch
from safetensors.torch import save_file

from espalier_torch.serving.machine_fault import machine_fault
from espalier_torch.serving.request_loop import Log
from espalier_torch.worker import loop


def test_a_full_disk_is_told_whoever_writes(tmp_path):
    full = {"weights": torch.zeros(1000)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    writers = {
        "safetensors": lambda: save_file(full, tmp_path / "a.safetensors"),
        "torch": lambda: torch.save(full, "/dev/full"),
        "text": lambda: (tmp_path / "b").write_text("x" * 1000),
    }
    told = {}
    for name, write in writers.items():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            write()
        except Exception as fault:
            told[name] = machine_fault(fault)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert set(told) == set(writers)
    assert all("cannot be" in str(one) and "same command again" in str(one) for one in told.values()), told


def test_the_cause_is_found_and_a_fault_of_ours_is_none():
    wrapped = ValueError("wrapped")
    wrapped.__cause__ = OSError(errno.EROFS, "read-only", "/disk/a")
    assert str(machine_fault(wrapped)).startswith("/disk/a cannot be used: read-only file system")
    assert machine_fault(KeyError("weights")) is None
    assert machine_fault(OSError(errno.ENOENT, "no such file", "a")) is None


def test_the_worker_answers_it_as_a_refusal_without_a_traceback(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space", "/disk/generator.safetensors")

    events, log = io.StringIO(), Log(io.StringIO())
    monkeypatch.setattr("espalier_torch.worker.probe", full)
    assert loop(events, log).answer('{"request": "probe"}') == 2
    event = json.loads(events.getvalue())
    assert event["type"] == "RequestError" and "/disk/generator.safetensors" in event["message"]
    assert not list(log.lines)
