"""Pairs to measure on: two images of each caption by the generator itself, the better one by the judge chosen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.families.bundled.judge import load_judge
from espalier_torch.objective.sampling import SamplerSettings, sample

BATCH = 32


@torch.no_grad()
def write_measured_pairs(file: Path, generator: str, judge: str, captions: Sequence[Sequence[int]], count: int) -> Path:
    """Writes `count` pairs over the captions (word ids) as the pairs stage lays them out, without their pixels."""
    model, _ = load_generator(generator)
    verifier, _ = load_judge(judge)
    text = torch.tensor(captions)[torch.arange(count) % len(captions)]
    sides = [drawn(model, text, seed=side * count) for side in (0, 1)]
    yes = [torch.cat([verifier(*rows)[:, 0] for rows in zip(text.split(BATCH), side[0].split(BATCH), strict=True)])
           for side in sides]  # fmt: skip
    first = (yes[0] >= yes[1]).unsqueeze(1)
    columns = {"text": lists(text, pa.uint16()), "tag": pa.array(["benchmark"] * count)}
    for name, place in (("chosen", 0), ("rejected", 1)):
        for what, kind, part in (("tokens", pa.uint16(), 0), ("committed_at", pa.uint8(), 1)):
            picked = torch.where(first, sides[place][part], sides[1 - place][part])
            columns[f"{name}_{what}"] = lists(picked, kind)
    write_table(file, columns)
    return file


def write_table(file: Path, columns: dict[str, pa.Array]) -> None:
    """An Arrow stream of the columns."""
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def drawn(model: torch.nn.Module, text: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Tokens and steps of commitment of one image a caption, (P, N) each."""
    seeds = seed + np.arange(len(text))
    settings, config = SamplerSettings(steps=8, guidance_scale=1.0), model.config
    parts = [
        sample(model, rows, own, mask_id=config.codebook_size, tokens=config.tokens, settings=settings)
        for rows, own in zip(text.split(BATCH), np.split(seeds, range(BATCH, len(seeds), BATCH)), strict=True)
    ]
    return torch.cat([part.tokens for part in parts]), torch.cat([part.committed_at for part in parts])


def lists(values: Tensor, kind: pa.DataType) -> pa.Array:
    """(P, L) numbers as a fixed-size list column."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.flatten().numpy(), kind), values.shape[1])
