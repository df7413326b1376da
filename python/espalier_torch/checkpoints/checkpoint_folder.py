"""Writing and reading checkpoint folders: weights as safetensors, exports, and a readable checkpoint.json."""

import contextlib
import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.checkpoints.model_weights import Model, filled
from espalier_torch.runtime.files import read_object, sha256_of, usual_modes

FORMAT = 1


def versions() -> dict[str, str]:
    """Versions that can change a result."""
    return {"python": platform.python_version(), "torch": torch.__version__}


def write_checkpoint(
    folder: str | Path,
    kind: str,
    model: nn.Module,
    *,
    exports: list[str],
    parents: list[str],
    training: dict[str, Any],
    family: str = "bundled",
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes `<kind>.safetensors` and checkpoint.json beside the exports already in the folder.

    Args:
        folder: checkpoint folder; made when missing.
        kind: "generator", "tokenizer" or "judge".
        model: its `config.as_dict()` is recorded and its state dict saved.
        exports: names of the files already written there.
        parents: identities of the checkpoints it came from.
        training: settings, seed, steps and data of the run.
        family: of the model; says who can run it.
        extra: further top-level fields.

    Returns:
        The checkpoint.json that was written. Its `identity` is the sha256 of the weights file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{kind}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, weights)
    about = {"kind": kind, "family": family, "config": model.config.as_dict(), **(extra or {})}
    return write_record(folder, about, [weights.name, *exports], None, parents, training)


def write_record(
    folder: Path,
    about: dict[str, Any],
    names: list[str],
    identity: str | None,
    parents: list[str],
    training: dict[str, Any],
) -> dict[str, Any]:
    """Writes checkpoint.json beside files that are in the folder already, with their hashes.

    Args:
        folder: the checkpoint's.
        about: kind, family, config and further top-level fields.
        names: the files.
        identity: of the weights; None takes the hash of the first file.
        parents: identities of the checkpoints it came from.
        training: settings, seed, steps and data of the run.
    """
    files = {name: sha256_of(folder / name) for name in names}
    record = {
        "format": FORMAT,
        **about,
        "name": folder.name,
        "identity": identity or files[names[0]],
        "parents": parents,
        "files": files,
        "training": {**training, "versions": versions()},
    }
    (folder / "checkpoint.json").write_text(json.dumps(record, indent=2) + "\n")
    usual_modes(folder)
    return record


def read_checkpoint(folder: str | Path, kind: str) -> dict[str, Any]:
    """checkpoint.json of a folder. Raises ValueError when it is missing or of another kind or format."""
    file = Path(folder) / "checkpoint.json"
    if not file.is_file():
        raise ValueError(f"No checkpoint.json in {folder}: expected a {kind} checkpoint folder")
    record = read_object(file)
    if record.get("kind") != kind or record.get("format") != FORMAT:
        found = f"{record.get('kind')!r} of format {record.get('format')!r}"
        raise ValueError(f"Expected {file} to be a {kind!r} checkpoint of format {FORMAT}, got {found}")
    return record


def family_record(folder: str | Path, family: str) -> dict[str, Any]:
    """checkpoint.json of a generator. Raises ValueError as `read_checkpoint`, and where it is of another family."""
    record = read_checkpoint(folder, "generator")
    if record.get("family") != family:
        raise ValueError(f"Expected {folder} to hold a generator of {family}, got one of {record.get('family')}")
    return record


def load_model(folder: str | Path, kind: str, make: Callable[[dict[str, Any]], Model]) -> tuple[Model, dict[str, Any]]:
    """The model of a checkpoint folder of ours, for inference, and its checkpoint.json.

    Args:
        folder: the checkpoint's.
        kind: "generator", "tokenizer" or "judge".
        make: the model with any weights, from the `config` of checkpoint.json.

    Raises:
        ValueError: the folder holds no such checkpoint, or other weights than its config asks for.
    """
    record = read_checkpoint(folder, kind)
    with reading_config(folder, kind):
        model = make(record["config"])
    load_weights(folder, kind, model)
    return model.eval(), record


@contextlib.contextmanager
def reading_config(folder: str | Path, kind: str) -> Iterator[None]:
    """Words what a model's class makes of a config that is not its own, as ValueError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError) as cause:
        raise ValueError(f"The config in {Path(folder) / 'checkpoint.json'} is no {kind}'s: {cause!r}") from cause


def load_weights(folder: str | Path, kind: str, model: nn.Module) -> None:
    """Fills `model` from `<kind>.safetensors`, strictly. Raises ValueError when they are not its weights."""
    filled(model, tensors_of(Path(folder) / f"{kind}.safetensors"), f"the {kind} in {folder}")


def tensors_of(file: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Raises ValueError when it is damaged."""
    try:
        return load_file(file)
    except (SafetensorError, OSError) as cause:
        raise ValueError(f"{file} cannot be read as safetensors ({cause}); is it whole? Fetch it again") from cause
