"""Turns a released pickle of tensors into safetensors, once.

    python -m espalier_torch.convert_weights pytorch_model.bin model.safetensors
    python -m espalier_torch.convert_weights FOLDER/pytorch_model.bin.index.json FOLDER      a model in shards
    python -m espalier_torch.convert_weights t2i_XL_stage1_256.pt FOLDER/model.safetensors --image-side 256

Only tensors are unpickled (torch's weights_only reader); anything else in the file is an error, but for the command
line that some training runs left beside their weights. Beside LlamaGen's transformer goes the config.json that its
release lacks.
"""

import argparse
import json
import pickle
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from espalier_torch.checkpoints.released_weights import shard
from espalier_torch.families.llamagen.checkpoint import MARK, config_of, write_config
from espalier_torch.runtime.files import read_object, usual_modes

WRAPPERS = ("state_dict", "model", "module")
"""Under which of these names a release keeps its weights, where it keeps more than them."""


def tensors_in(source: Path) -> dict[str, Tensor]:
    """The weights in a pickle. Raises ValueError when there is more than tensors in it."""
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            found = torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as cause:
        raise ValueError(f"{source} holds more than tensors and is not opened: {cause}") from cause
    if isinstance(found, dict):
        found = next((found[name] for name in WRAPPERS if isinstance(found.get(name), dict)), found)
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise ValueError(f"{source} is no plain mapping from names to tensors")
    return found


def convert(source: Path, target: Path, image_side: int | None = None) -> int:
    """Writes the tensors of `source` to `target`; returns how many.

    Raises:
        ValueError: they are not all tensors, or LlamaGen's come without the side of its images in pixels.
    """
    if target.exists():
        raise ValueError(f"{target} exists already; delete it or name another")
    found = tensors_in(source)
    config = None
    if MARK in found:
        if image_side is None:
            raise ValueError(f"{source} is LlamaGen's, which does not say how large its images are: add --image-side")
        config = config_of(found, image_side)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    save_file({name: tensor.contiguous().clone() for name, tensor in found.items()}, partial)
    usual_modes(partial)
    partial.rename(target)
    if config is not None:
        write_config(config, target.parent)
    return len(found)


def convert_shards(index: Path, folder: Path) -> int:
    """Writes the shards of an index of pickles, and an index of theirs, into a folder; returns how many tensors.

    Raises:
        ValueError: it is no index, or names files elsewhere; else as `convert`.
    """
    names = read_object(index).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise ValueError(f"{index} is no index of shards: it has no weight_map")
    renamed = {name: name.replace("pytorch_model", "model").replace(".bin", ".safetensors") for name in names.values()}
    count = sum(convert(shard(index.parent, old), folder / new) for old, new in sorted(renamed.items()))
    written = {"metadata": {}, "weight_map": {tensor: renamed[file] for tensor, file in names.items()}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(written, indent=2) + "\n")
    return count


def main(arguments: list[str] | None = None) -> int:
    """The command; exit code 2 when the file is not what it should be."""
    parser = argparse.ArgumentParser(prog="python -m espalier_torch.convert_weights", description=__doc__)
    parser.add_argument("source", type=Path, help="a .bin or .pt file of tensors, or an index of shards")
    parser.add_argument("target", type=Path, help="the .safetensors file to write; of shards a folder")
    parser.add_argument("--image-side", type=int, help="of LlamaGen: side of its images in pixels, 256 or 512")
    parsed = parser.parse_args(arguments)
    try:
        if parsed.source.suffix == ".json":
            count = convert_shards(parsed.source, parsed.target)
        else:
            count = convert(parsed.source, parsed.target, parsed.image_side)
    except (ValueError, OSError) as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{parsed.target}: {count} tensors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
