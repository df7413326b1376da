"""Saving a run, and going on with it."""

from dataclasses import asdict

import torch

from espalier_torch.checkpoints.resumable_run import state_of_this_run
from espalier_torch.checkpoints.resumable_state import load_group, load_state, optimizer_tensors
from espalier_torch.distributed.sharded_tensors import shares_like, whole
from espalier_torch.protocol.recorded import recorded
from espalier_torch.runtime.stopping import TrainingFailed
from espalier_torch.training.reference.reference import Reference
from espalier_torch.training.state import TrainingState, Watched
from espalier_torch.training.weights import trained_weights


def resume(state: TrainingState) -> None:
    """Takes up the newest whole checkpoint of this very run."""
    found = state_of_this_run(state, "with other settings, pairs or checkpoints")
    if found is None:
        return
    folder, saved = found
    state.resumed_from = folder
    load_state(folder, state.model, state.optimizer, whole=state.policy.adapter is None)
    if state.average is not None:
        state.average = shares_like(load_group(folder, "average", state.device), state.average)
    state.step = saved["step"]
    state.micro_pairs = saved.get("micro_pairs", state.micro_pairs)
    state.watched = Watched(**saved["watch"])
    state.losses.rewards.mean, state.losses.rewards.count = saved["rewards"]


def save(state: TrainingState, reference: Reference) -> None:
    """Begins to save a resumable checkpoint, refusing weights that are not finite."""
    groups = {
        "model": trained_weights(state),
        "optimizer": optimizer_tensors(state.optimizer),
        "average": state.average,
        "reference": reference.tensors(),
    }
    tensors = {name: whole(group) for name, group in groups.items() if group}
    broken = [name for name, tensor in tensors["model"].items() if not torch.isfinite(tensor).all()]
    if broken:
        raise TrainingFailed(f"Weights are not finite at step {state.step}: {', '.join(broken)}; lower learning_rate")
    if not state.processes.first:
        return
    rewards = state.losses.rewards
    record = {
        "fingerprint": state.fingerprint,
        "request": recorded(state.request),
        "watch": asdict(state.watched),
        "rewards": [rewards.mean, rewards.count],
        "micro_pairs": state.micro_pairs,
    }
    state.saver.save(state.step, tensors, record)
