"""Reading rendered scenes (Arrow streams written by `scripts/build/render-scenes.ts`) as tensors."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from espalier_torch.data.arrow_columns import fixed_lists

PIXELS = (64, 64, 3)


def batches(file: str | Path) -> Iterator[pa.RecordBatch]:
    """The record batches of an Arrow IPC stream, one at a time."""
    with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as reader:
        yield from reader


def read_pixels(file: str | Path, limit: int) -> Tensor:
    """The first `limit` images: (limit, 64, 64, 3) uint8."""
    found: list[np.ndarray] = []
    rows = 0
    for batch in batches(file):
        found.append(fixed_lists(batch.column("pixels"), "uint8")[: limit - rows].copy())
        rows += len(found[-1])
        if rows >= limit:
            break
    return torch.from_numpy(np.concatenate(found)).view(-1, *PIXELS)
