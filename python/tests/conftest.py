"""A tiny generator, random pairs, and requests that train one on the other in seconds."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled import family
from espalier_torch.families.bundled.generator import Generator, GeneratorConfig
from espalier_torch.families.bundled.judge import Judge
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.run import train

WORDS, CODES, TOKENS = 20, 24, 64
REPOSITORY = Path(__file__).parents[2]


def tiny_generator(seed: int = 0) -> Generator:
    """A generator of two narrow blocks with random weights; no layer starts at zero."""
    torch.manual_seed(seed)
    model = Generator(GeneratorConfig(WORDS, codebook_size=CODES, code_width=4, width=16, layers=2, heads=2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def tiny_judge(seed: int = 1) -> Judge:
    """A judge with random weights over the tiny generator's captions and tokens, whose answers lie far apart."""
    judge = Judge.from_generator(tiny_generator(seed), questions=1)
    with torch.no_grad():
        judge.answer.weight.mul_(20)
    return judge.eval()


def lists(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """(P, L) numbers as a fixed-size list column."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1), kind), values.shape[1])


def random_path(generator: np.random.Generator, count: int, steps: int) -> np.ndarray:
    """(count, TOKENS) steps of commitment; every step commits at least one token."""
    base = np.arange(TOKENS) % steps
    return np.stack([generator.permutation(base) for _ in range(count)])


def write_pairs(file: Path, count: int = 32, seed: int = 5, steps: int = 6) -> Path:
    """Random pairs as the pairs stage lays them out, in two record batches."""
    generator = np.random.default_rng(seed)
    columns = {
        "pair_id": pa.array([f"pair-{index}" for index in range(count)]),
        "tag": pa.array(["counting" if index % 4 == 0 else "colors" for index in range(count)]),
        "text": lists(generator.integers(1, WORDS, (count, 8)), pa.uint16()),
        "chosen_tokens": lists(generator.integers(0, CODES, (count, TOKENS)), pa.uint16()),
        "rejected_tokens": lists(generator.integers(0, CODES, (count, TOKENS)), pa.uint16()),
        "chosen_committed_at": lists(random_path(generator, count, steps), pa.uint8()),
        "rejected_committed_at": lists(random_path(generator, count, steps), pa.uint8()),
    }
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, count // 2))
    return file


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A checkpoint folder of a tiny generator."""
    folder = tmp_path / "base"
    write_checkpoint(folder, "generator", tiny_generator(), exports=[], parents=[], training={})
    return folder


@pytest.fixture
def request_of(tmp_path: Path, base: Path) -> Callable[..., dict[str, Any]]:
    """Makes the raw request of a short run; keyword arguments override its fields."""
    pairs = write_pairs(tmp_path / "pairs.arrow")

    def made(name: str = "out", **fields: Any) -> dict[str, Any]:
        plain = {
            "request": "train",
            "pairs": str(pairs),
            "generator": str(base),
            "out": str(tmp_path / name),
            "threads": 1,
            "epochs": 3,
            "batch_pairs": 8,
            "learning_rate": 1e-3,
            "checkpoint_every": 4,
        }
        return {**plain, **fields}

    return made


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Runs a raw request to its end in this process, without the ONNX export: checkpoint.json and the events."""

    def no_export(model: Generator, folder: Path) -> list[str]:
        folder.mkdir(parents=True)
        return []

    monkeypatch.setattr(family, "export_generator", no_export)

    def run(raw: dict[str, Any], stop: Stop | None = None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        events: list[dict[str, Any]] = []
        fields = {name: value for name, value in raw.items() if name != "request"}
        return train(build(TrainRequest, fields), events.append, stop or Stop()), events

    return run


def steps_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of optimizer steps."""
    return [event for event in events if event["event"] == "step-end"]


def of_kind(events: list[dict], kind: str) -> list[dict]:
    return [event for event in events if event["event"] == kind]


class StopAfter(Stop):
    """Asks a run to stop after so many steps."""

    def __init__(self, steps: int):
        self.looks = 0
        self.steps = steps

    @property
    def reason(self) -> str:
        self.looks += 1
        return "SIGTERM" if self.looks > self.steps else ""

    def check(self) -> None:
        """Nothing: only the steps are counted."""


def curve(events: list[dict]) -> torch.Tensor:
    return torch.tensor([[event["loss"], event["grad_norm"], event["rewards/margins"]] for event in steps_of(events)])


@pytest.fixture
def showo_request(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Makes the raw request of a short run on the tiny Show-o in its released format."""
    from showo_requests import showo_requests  # noqa: PLC0415 (transformers takes seconds, and few tests need it)

    return showo_requests(tmp_path)


@pytest.fixture
def worker() -> list[str]:
    """The command that starts a worker."""
    return [sys.executable, "-m", "espalier_torch.worker"]
