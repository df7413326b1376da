"""Resumable state of a training run: weights, optimizer and step, in folders that are whole or absent."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

try:
    import fcntl
except ImportError:  # Windows has no flock; there the lock is not taken
    fcntl = None  # type: ignore[assignment]

STATE_FORMAT = 1


def save_state(
    work: Path,
    step: int,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: Mapping[str, Tensor] | None,
    record: Mapping[str, Any],
    keep: int,
) -> Path:
    """Writes `work/step-<step>` under a temporary name, flushes and renames it; then drops all but the newest `keep`.

    Args:
        work: the run's folder.
        step: optimizer steps done.
        model: its state dict is saved.
        optimizer: an AdamW over the model's parameters.
        average: moving average of the weights, when there is one.
        record: what must match on resume (the run's fingerprint).
        keep: number of step folders left.
    """
    folder = work / f"step-{step:06d}"
    partial = work / f".step-{step:06d}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_file(plain(model.state_dict()), partial / "model.safetensors")
    save_file(optimizer_tensors(optimizer), partial / "optimizer.safetensors")
    if average is not None:
        save_file(plain(average), partial / "average.safetensors")
    state = {"format": STATE_FORMAT, "step": step, **record}
    (partial / "state.json").write_text(json.dumps(state, indent=2) + "\n")
    flush_folder(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    flush(work)
    for old in state_folders(work)[:-keep]:
        shutil.rmtree(old)
    return folder


def plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous copies on the CPU, as safetensors wants them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state by parameter number, and torch's generator (models with dropout draw from it)."""
    found = {
        f"{index}.{name}": value
        for index, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
    }
    return plain({**found, "random_state": torch.get_rng_state()})


def newest_state(work: Path) -> tuple[Path, dict[str, Any]] | None:
    """The newest step folder and its state.json, or None. Half-written folders carry another name."""
    folders = state_folders(work)
    if not folders:
        return None
    return folders[-1], json.loads((folders[-1] / "state.json").read_text())


def state_folders(work: Path) -> list[Path]:
    """Whole step folders, oldest first."""
    return sorted(work.glob("step-*"))


def load_state(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
) -> dict[str, Tensor] | None:
    """Fills model and optimizer from a step folder; returns the moving average where there is one."""
    model.load_state_dict(load_file(folder / "model.safetensors"))
    tensors = load_file(folder / "optimizer.safetensors")
    torch.set_rng_state(tensors.pop("random_state"))
    states: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, field = name.split(".", 1)
        # A copy: the file's tensors are mapped at any offset, and vector code may round by alignment.
        states.setdefault(int(index), {})[field] = tensor.clone()
    optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
    average = folder / "average.safetensors"
    if not average.is_file():
        return None
    return {name: tensor.clone().to(device) for name, tensor in load_file(average).items()}


def flush_folder(folder: Path) -> None:
    """Forces a folder's files, then the folder itself, to disk."""
    for file in folder.iterdir():
        flush(file)
    flush(folder)


def flush(path: Path) -> None:
    """fsync of a file or, where the system allows it, a folder."""
    with contextlib.suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def only_writer(work: Path, wait_seconds: float) -> Iterator[None]:
    """Holds the run's folder; the system lets go when the process ends, however it ends.

    Raises:
        TimeoutError: another trainer still holds it after `wait_seconds`.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as handle:
        ends = time.monotonic() + wait_seconds
        while fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as cause:
                if time.monotonic() > ends:
                    raise TimeoutError(f"Another trainer is writing to {work}; end it first") from cause
                time.sleep(0.2)
        yield
