"""Turns rendered scenes into token grids for training the generator and the judge.

    python -m espalier_torch.pretrain.tokenise --scenes build/scenes-train.arrow \
        --tokenizer data/models/scenes-tokenizer --out build/scenes-train.safetensors
"""

import argparse

import numpy as np
import torch
from safetensors.torch import save_file

from espalier_torch.models.tokenizer import load_tokenizer, to_unit
from espalier_torch.pretrain.scenes import PIXELS, batches, fixed_lists

TASKS = ["single_object", "two_object", "counting", "colors", "position", "color_attr"]


@torch.no_grad()
def tokenise(scenes: str, tokenizer_folder: str, out: str) -> None:
    """Writes tokens (R, 64), text (R, 8), wrong_texts (R, 4, 8) as int16 and task (R,) as uint8."""
    tokenizer, record = load_tokenizer(tokenizer_folder)
    columns: dict[str, list[np.ndarray]] = {"tokens": [], "text": [], "wrong_texts": [], "task": []}
    for batch in batches(scenes):
        pixels = torch.from_numpy(fixed_lists(batch.column("pixels"), "uint8").copy()).view(-1, *PIXELS)
        tokens = torch.cat([tokenizer.encode(to_unit(part)) for part in pixels.split(256)])
        columns["tokens"].append(tokens.to(torch.int16).numpy())
        columns["text"].append(fixed_lists(batch.column("text"), "int16"))
        columns["wrong_texts"].append(fixed_lists(batch.column("wrong_texts"), "int16").reshape(-1, 4, 8))
        columns["task"].append(np.array([TASKS.index(task) for task in batch.column("task").to_pylist()], "uint8"))
    tensors = {name: torch.from_numpy(np.concatenate(parts)) for name, parts in columns.items()}
    save_file(tensors, out, metadata={"tokenizer": record["identity"]})


def main() -> None:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    tokenise(arguments.scenes, arguments.tokenizer, arguments.out)


if __name__ == "__main__":
    main()
