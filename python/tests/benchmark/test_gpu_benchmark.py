"""The benchmark for who has a card runs in small on a CPU, and says what it left out."""

import json

import pytest
import torch

from espalier_torch.benchmark import gpu
from espalier_torch.benchmark.gpu import FIGURES, Run, main, sizes_of, table

ASKED_FOR = (
    "speedup", "matrix_fraction", "verdict_speedup", "second_question_ratio", "training_speedup",
    "training_memory_ratio", "lora_speedup",
)  # fmt: skip


def test_everything_is_measured_in_small_on_a_cpu(capsys: pytest.CaptureFixture):
    assert main(["--device", "cpu"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert found["left_out"] == {} and found["device"] and found["size"] == "small"
    assert all(found[name] > 0 for name in ASKED_FOR)
    assert found["second_question_ratio"] < 0.8 and found["training_memory_ratio"] < 1
    assert len(lines) == len(FIGURES) and not [line for line in lines if "not measured" in line]


def test_what_does_not_fit_is_left_out_and_the_rest_is_measured():
    run = Run(torch.device("cpu"), budget=100)

    def full() -> dict:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nmore")

    run.part("training", full)
    run.part("judging", lambda: {"second_question_ratio": 0.25})
    assert run.left_out == {"training": "CUDA out of memory. Tried to allocate 2 GiB"}
    assert run.found["second_question_ratio"] == 0.25 and run.found["training_speedup"] is None
    assert "not measured" in table(run.found) and "0.250" in table(run.found)


def test_a_plain_loop_that_does_not_fit_gets_fewer_pairs(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    def plain(given):
        asked.append(given.batch)
        if given.batch > 2:
            raise torch.OutOfMemoryError("full")
        return gpu.Loop(1.0, 100.0)

    monkeypatch.setattr(gpu, "plain_loop", plain)
    monkeypatch.setattr(gpu, "our_loop", lambda given, adapter, compiled: gpu.Loop(6.0 if adapter else 5.0, 40.0))
    plain.__name__ = gpu.our_loop.__name__ = "loop"
    found = gpu.training(Run(torch.device("cpu"), 100), "small", 8, 1)
    assert asked == [8, 4, 2] and found["training_batch"] == 2
    assert found["training_speedup"] == 5 and found["lora_speedup"] == 1.2 and found["training_memory_ratio"] == 0.4


def test_a_device_that_is_not_there_is_refused(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["--device", "cuda"]) == 2
    assert "no CUDA device" in capsys.readouterr().err
    assert sizes_of(torch.device("cpu"))[0] == "small"
