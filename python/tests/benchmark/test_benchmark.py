"""The benchmark measures what it says, on the small models."""

import json

import pytest
import torch

from espalier_torch.benchmark.__main__ import CANDIDATES, about, judge_calls, main, measure
from espalier_torch.benchmark.measures import STEPS, Bench
from espalier_torch.benchmark.next_token import NextTokenBench, measure_next_token


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench("small", torch.device("cpu"), slots=2, compile_mode="none")


def test_every_figure_is_there_and_positive(bench: Bench):
    found = {**measure(bench), **about(bench)}
    shares = ("speedup", "matrix_fraction", "judge_calls_ratio", "generation_speedup", "verdict_speedup")
    assert all(found[name] > 0 for name in shares)
    assert found["size"] == "small" and json.loads(json.dumps(found)) == found


def test_the_plain_loop_writes_a_picture_a_step(bench: Bench):
    pictures = bench.plain_path()
    assert len(pictures) == STEPS and all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_operations_are_those_of_the_layers(bench: Bench):
    # 4 rows of 66 tokens through 4 layers of width 64, and 2 x 64 tokens through a head of 64 codes.
    linear = 2 * 66 * (4 * 64**2 + 2 * 64 * 256)
    attention = 4 * 66 * (66 + 16) * 64
    assert bench.operations() == 4 * 4 * (linear + attention) + 2 * 2 * 64 * 64 * 64


def test_judge_calls_are_counted_over_the_papers_clear_steps():
    released, ours = judge_calls()
    assert released / CANDIDATES == pytest.approx(10 + 1 + 0.5, abs=0.1)
    assert ours / CANDIDATES == pytest.approx(1.2 + 1 + 0.5, abs=0.1)


def test_paths_of_a_next_token_generator_are_measured_against_transformers():
    bench = NextTokenBench("small", torch.device("cpu"), 2, "none")
    said: list[str] = []
    found = measure_next_token(bench, said.append)
    assert all(found[name] > 0 for name in found) and len(said) == 3
    # Weights of four layers and the head, in 4 rows; keys and values of 128 + 64 places.
    layer = 4 * 128**2 + 3 * 128 * 352 + 2 * 128
    weights, cache = 4 * layer + (128 * 128 + 128) + (256 * 128 + 256), 4 * 4 * (128 + 64) * 128
    assert bench.a_code() == (2 * 4 * weights + 4 * cache, 4 * (weights + 2 * cache))
    codes = bench.batched()
    assert codes.shape == (2, 64) and bench.plain().shape == (1, 64) and int(codes.max()) < 256


def test_a_device_that_is_not_there_is_refused(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["--device", "cuda"]) == 2
    assert "no CUDA device" in capsys.readouterr().err
