"""Turns rendered scenes into token grids for training the generator and the judges.

    python -m espalier_torch.pretrain.tokenise --scenes build/scenes-train.arrow \
        --tokenizer data/models/scenes-tokenizer --out build/scenes-train.tokens.arrow

The same rows with `tokens` in place of `pixels`, compressed: 320,000 scenes are about 20 MB.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.families.bundled.tokenizer import load_tokenizer
from espalier_torch.families.pixels import to_unit
from espalier_torch.pretrain.scenes import PIXELS, batches


@torch.no_grad()
def tokenise(scenes: str, tokenizer_folder: str, out: str) -> int:
    """Writes the tokenised scenes and returns how many; the file appears whole or not at all."""
    tokenizer, record = load_tokenizer(tokenizer_folder)
    partial, rows = Path(f"{out}.partial"), 0
    writer = None
    with pa.OSFile(str(partial), "wb") as sink:
        for batch in batches(scenes):
            pixels = torch.from_numpy(fixed_lists(batch.column("pixels"), "uint8").copy()).view(-1, *PIXELS)
            grids = torch.cat([tokenizer.encode(to_unit(part)) for part in pixels.split(64)])
            table = with_tokens(batch, grids.to(torch.int16).numpy().astype(np.uint16), record["identity"])
            writer = writer or pa.ipc.new_stream(sink, table.schema, options=COMPRESSED)
            writer.write_batch(table)
            rows += len(table)
        if writer is not None:
            writer.close()
    partial.rename(out)
    return rows


COMPRESSED = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=9))


def with_tokens(batch: pa.RecordBatch, grids: np.ndarray, tokenizer: str) -> pa.RecordBatch:
    """The batch with (R, N) tokens where its pixels were; the schema says whose tokens they are."""
    tokens = pa.FixedSizeListArray.from_arrays(pa.array(grids.reshape(-1)), grids.shape[1])
    columns = {name: batch.column(name) for name in batch.schema.names if name != "pixels"}
    made = pa.RecordBatch.from_pydict({"tokens": tokens, **columns})
    return made.replace_schema_metadata({**(batch.schema.metadata or {}), "tokenizer": tokenizer})


def main() -> None:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True, help="rendered scenes (Arrow)")
    parser.add_argument("--tokenizer", required=True, help="tokenizer checkpoint folder")
    parser.add_argument("--out", required=True, help="file to write (Arrow)")
    arguments = parser.parse_args()
    print(f"{tokenise(arguments.scenes, arguments.tokenizer, arguments.out)} scenes in {arguments.out}")


if __name__ == "__main__":
    main()
