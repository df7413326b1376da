"""Resumable states of a run: weights, optimizer and step, in folders that are whole or absent."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.distributed.sharded_tensors import share_like, shares_like
from espalier_torch.runtime.files import flush, flush_folder, usual_modes

STATE_FORMAT = 1


def save_state(
    work: Path, step: int, tensors: Mapping[str, Mapping[str, Tensor]], record: Mapping[str, Any], keep: int
) -> Path:
    """Writes `work/step-<step>` under a temporary name, flushes and renames it; then drops all but the newest `keep`.

    Args:
        work: the run's folder.
        step: optimizer steps done.
        tensors: groups of tensors on the CPU, a file each: "model", "optimizer", and what else there is.
        record: what must match on resume (the run's fingerprint), and numbers to go on from.
        keep: number of step folders left.
    """
    folder = work / f"step-{step:06d}"
    partial = work / f".step-{step:06d}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, group in tensors.items():
        save_file(dict(group), partial / f"{name}.safetensors")
    state = {"format": STATE_FORMAT, "step": step, **record}
    (partial / "state.json").write_text(json.dumps(state, indent=2) + "\n")
    usual_modes(partial)
    flush_folder(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    flush(work)
    for old in state_folders(work)[:-keep]:
        shutil.rmtree(old)
    return folder


def save_weights(file_stem: Path, weights: Mapping[str, Tensor]) -> None:
    """Writes `<file_stem>.safetensors`, whole or not at all."""
    file_stem.parent.mkdir(parents=True, exist_ok=True)
    partial = file_stem.with_suffix(".partial")
    save_file(plain(weights), partial)
    usual_modes(partial)
    flush(partial)
    partial.replace(file_stem.with_suffix(".safetensors"))


def plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous copies on the CPU, as safetensors wants them."""
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}


def copied(groups: Mapping[str, Mapping[str, Tensor]]) -> dict[str, dict[str, Tensor]]:
    """Every group as `plain` copies it."""
    return {name: plain(group) for name, group in groups.items()}


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state by parameter number, and torch's generator (models with dropout draw from it)."""
    found = {
        f"{index}.{name}": value
        for index, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
    }
    return {**found, "random_state": torch.get_rng_state()}


def newest_state(work: Path) -> tuple[Path, dict[str, Any]] | None:
    """The newest step folder and its state.json, or None. Half-written folders carry another name."""
    folders = state_folders(work)
    if not folders:
        return None
    return folders[-1], json.loads((folders[-1] / "state.json").read_text())


def kept_in(work: Path) -> str:
    """Says where the last good state is."""
    found = newest_state(work)
    return f"The last good checkpoint is kept in {found[0]}." if found else "No checkpoint was saved before."


def state_folders(work: Path) -> list[Path]:
    """Whole step folders, oldest first."""
    return sorted(work.glob("step-*"))


def load_state(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, whole: bool = True) -> None:
    """Fills model and optimizer from a step folder, which may hold a part of the weights where `whole` is False."""
    found = shares_like(load_file(folder / "model.safetensors"), model.state_dict())
    model.load_state_dict(found, strict=whole)
    tensors = load_file(folder / "optimizer.safetensors")
    torch.set_rng_state(tensors.pop("random_state"))
    load_optimizer(tensors, optimizer)


def load_optimizer(tensors: Mapping[str, Tensor], optimizer: torch.optim.Optimizer) -> None:
    """Fills an optimizer from what `optimizer_tensors` gave, torch's generator left out."""
    trained = [one for group in optimizer.param_groups for one in group["params"]]
    states: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, field = name.split(".", 1)
        # A copy: the file's tensors are mapped at any offset, and vector code may round by alignment.
        states.setdefault(int(index), {})[field] = share_like(tensor.clone(), trained[int(index)])
    optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})


def load_group(folder: Path, name: str, device: torch.device) -> dict[str, Tensor] | None:
    """Another group of tensors of a step folder, such as the moving average; None where it has none."""
    file = folder / f"{name}.safetensors"
    if not file.is_file():
        return None
    return {key: tensor.clone().to(device) for key, tensor in load_file(file).items()}
