"""Pairs of pictures that prefer one colour, and requests that train a tiny pipeline on them."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

NOUNS = ("cup", "dog", "car", "box", "hat", "jar", "pen", "key")


def write_colour_pairs(folder, count=16, side=32, chosen=(210, 30, 30), rejected=(30, 30, 210)):
    """Pairs in the layout of the pairs stage: chosen pictures are mostly of one colour, rejected ones of another."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(3)
    prompts = [f"a {NOUNS[place % len(NOUNS)]}" for place in range(count)]
    sides = {
        name: [write_picture(folder / f"{name}-{place}.png", colour, side, random) for place in range(count)]
        for name, colour in (("chosen", chosen), ("rejected", rejected))
    }
    columns = {"pair_id": [f"pair-{place}" for place in range(count)], "prompt": prompts, "tag": [""] * count}
    for name, files in sides.items():
        columns[f"{name}_sha256"] = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        columns[name] = [{"bytes": None, "path": str(file)} for file in files]
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [(name, image if name in sides else pa.string()) for name in columns]
    table = pa.table(columns, schema=pa.schema(fields))
    file = folder / "pairs.arrow"
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return str(file)


def write_picture(file, colour, side, random):
    """A PNG of a colour, a little noisy."""
    pixels = np.asarray(colour) + random.normal(0, 12, (side, side, 3))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file)
    return file


def picture_request(generator, pairs, out, **fields):
    """The raw request of a short training."""
    return {
        "request": "train", "generator": str(generator), "pairs": [pairs], "out": str(out), "threads": 1,
        "batch_pairs": 8, "micro_pairs": 8, "epochs": 2, "learning_rate": 1e-3, "checkpoint_every": 2,
        "adapter": {"rank": 4, "alpha": 8}, "masks": {"draws": 2}, **fields,
    }  # fmt: skip
