"""Turns a released pickle of tensors into safetensors, once.

    python -m espalier_torch.convert_weights pytorch_model.bin model.safetensors

Only tensors are unpickled (torch's weights_only reader); anything else in the file is an error.
"""

import argparse
import pickle
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from espalier_torch.runtime.files import usual_modes


def convert(source: Path, target: Path) -> int:
    """Writes the tensors of `source` to `target`; returns how many. Raises ValueError when they are not all tensors."""
    if target.exists():
        raise ValueError(f"{target} exists already; delete it or name another")
    try:
        found = torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as cause:
        raise ValueError(f"{source} holds more than tensors and is not opened: {cause}") from cause
    found = found.get("state_dict", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ValueError(f"{source} is no plain mapping from names to tensors")
    partial = target.with_name(f".{target.name}.partial")
    save_file({name: tensor.contiguous().clone() for name, tensor in found.items()}, partial)
    usual_modes(partial)
    partial.rename(target)
    return len(found)


def main(arguments: list[str] | None = None) -> int:
    """The command; exit code 2 when the file is not what it should be."""
    parser = argparse.ArgumentParser(prog="python -m espalier_torch.convert_weights", description=__doc__)
    parser.add_argument("source", type=Path, help="a .bin or .pt file of tensors")
    parser.add_argument("target", type=Path, help="the .safetensors file to write")
    parsed = parser.parse_args(arguments)
    try:
        count = convert(parsed.source, parsed.target)
    except (ValueError, OSError) as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{parsed.target}: {count} tensors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
