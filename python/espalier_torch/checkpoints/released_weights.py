"""Reads weights that others released: safetensors only, in one file or in shards. Pickles are refused with the cure."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import tensors_of
from espalier_torch.runtime.files import digest_of, read_object, sha256_of

PICKLES = (".bin", ".pt", ".pth", ".ckpt")


def read_weights(place: str | Path) -> dict[str, Tensor]:
    """Every tensor of a safetensors file, or of the one set of them in a folder, by name.

    Raises:
        ValueError: there are no safetensors there, or several sets, or an index that leads elsewhere.
    """
    place = Path(place)
    if place.is_dir():
        found: dict[str, Tensor] = {}
        for file in weight_files(place):
            found.update(tensors_of(file))
        return found
    if place.suffix in PICKLES:
        raise pickle_refused(place)
    if not place.is_file():
        raise ValueError(f"No weights at {place}: expected a safetensors file or a folder of them")
    return tensors_of(place)


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model folder: those of its index, or its only one. Raises ValueError."""
    indexes = sorted(folder.glob("*.safetensors.index.json"))
    if len(indexes) == 1:
        names = read_object(indexes[0]).get("weight_map")
        if not isinstance(names, dict) or not names:
            raise ValueError(f"{indexes[0]} is no index of shards: it has no weight_map; fetch it again")
        return [shard(folder, str(name)) for name in sorted(set(names.values()))]
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return files
    if files:
        listed = ", ".join(file.name for file in files)
        raise ValueError(f"Expected one safetensors file or one index of shards in {folder}, got {listed}")
    for file in sorted(folder.iterdir()):
        if file.suffix in PICKLES:
            raise pickle_refused(file)
    raise ValueError(f"No safetensors in {folder}: is it a model's folder, and downloaded to the end?")


def weights_identity(folder: Path) -> str:
    """sha256 of a model folder's weights: of its one file, or of the digests of its shards. Raises ValueError."""
    if not folder.is_dir():
        raise ValueError(f"No model folder at {folder}")
    return digest_of([sha256_of(file) for file in weight_files(folder)])


def shard(folder: Path, name: str) -> Path:
    """A file of an index. Raises ValueError when its name leads out of the folder or it is missing."""
    if Path(name).name != name:
        raise ValueError(f"The index in {folder} names {name!r}: expected a file beside it")
    file = folder / name
    if not file.is_file():
        raise ValueError(f"{folder} lacks {name}, which its index names; download it again")
    return file


def pickle_refused(file: Path) -> ValueError:
    """The refusal of a pickle, with the way round it."""
    target = file.with_name("model.safetensors")
    return ValueError(
        f"{file} is a pickle, which can run any code when it is read. Convert it once, tensors only: "
        f"python -m espalier_torch.convert_weights {file} {target}"
    )


def read_config(folder: str | Path) -> dict[str, Any]:
    """config.json of a model folder. Raises ValueError when there is none."""
    file = Path(folder) / "config.json"
    if not file.is_file():
        raise ValueError(f"No config.json in {folder}: expected the folder of a released model")
    return read_object(file)


def new_name(name: str, patterns: Sequence[tuple[str, str]]) -> str:
    """The name of a released tensor in another format: by the first pattern that is found in it, otherwise its own."""
    for pattern, replacement in patterns:
        name, count = re.subn(pattern, replacement, name)
        if count:
            return name
    return name
