"""Requests that train the tiny Show-o in seconds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from conftest import lists, random_path
from golden_showo import layout, written_release

CODES, TOKENS = 64, 16


def write_pairs(file: Path, count: int = 8) -> Path:
    """Random pairs of the tiny Show-o's images, with the text rows that its captions have."""
    generator = np.random.default_rng(3)
    captions = [[int(word) for word in generator.integers(1, 190, 4)] for _ in range(count // 2)]
    rows = np.stack([layout().text_row(captions[index // 2]).numpy() for index in range(count)])
    columns = {
        "tag": pa.array(["colors"] * count),
        "text": lists(rows, pa.uint16()),
        "chosen_tokens": lists(generator.integers(0, CODES, (count, TOKENS)), pa.uint16()),
        "rejected_tokens": lists(generator.integers(0, CODES, (count, TOKENS)), pa.uint16()),
        "chosen_committed_at": lists(random_path(generator, count, 4)[:, :TOKENS], pa.uint8()),
        "rejected_committed_at": lists(random_path(generator, count, 4)[:, :TOKENS], pa.uint8()),
    }
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


def showo_requests(folder: Path) -> Callable[..., dict[str, Any]]:
    """Makes the raw request of a short run on the tiny Show-o in its released format."""
    pairs, base = write_pairs(folder / "pairs.arrow"), written_release(folder / "show-o")

    def made(name: str = "out", **fields: Any) -> dict[str, Any]:
        plain = {
            "pairs": str(pairs), "generator": str(base), "out": str(folder / name), "threads": 1, "steps": 6,
            "batch_pairs": 4, "learning_rate": 1e-2, "checkpoint_every": 2, "adapter": {"rank": 4},
            "caption_dropout": 0.25,
        }  # fmt: skip
        return {**plain, **fields}

    return made
