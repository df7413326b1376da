"""Requests that train the tiny Janus-Pro in seconds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from llamagen_requests import write_pairs
from tiny_janus import CODES, written_janus

from espalier_torch.families.janus.checkpoint import load_janus
from espalier_torch.families.janus.text import JanusPrompts


def janus_requests(folder: Path) -> Callable[..., dict[str, Any]]:
    """Makes the raw request of a short run on the tiny Janus-Pro."""
    base = written_janus(folder / "janus")
    prompts = JanusPrompts(base, load_janus(base)[0])
    rows = prompts.rows(["a red cat", "two dog", "a bench", "a blue car and a dog"])
    pairs = write_pairs(folder / "pairs.arrow", rows, codes=CODES, kind=pa.uint32())

    def made(name: str = "out", **fields: Any) -> dict[str, Any]:
        plain = {
            "pairs": str(pairs), "generator": str(base), "out": str(folder / name), "threads": 1, "steps": 6,
            "batch_pairs": 4, "learning_rate": 1e-2, "checkpoint_every": 2, "caption_dropout": 0.25,
            "adapter": {"rank": 4},
        }  # fmt: skip
        return {**plain, **fields}

    return made
