"""Saving a judge's training, and going on with it."""

from pathlib import Path

from espalier_torch.checkpoints.resumable_run import state_of_this_run
from espalier_torch.checkpoints.resumable_state import copied, load_group, load_state, optimizer_tensors, save_state
from espalier_torch.judge_training.state import JudgeTrainingState
from espalier_torch.protocol.recorded import recorded


def resume(state: JudgeTrainingState) -> None:
    """Takes up the newest whole checkpoint of this very run."""
    found = state_of_this_run(state, "with other settings, samples or checkpoints")
    if found is None:
        return
    folder, saved = found
    load_state(folder, state.model, state.optimizer, whole=state.judge.whole)
    state.average = load_group(folder, "average", state.device) or state.average
    state.step = saved["step"]


def save(state: JudgeTrainingState) -> Path:
    """Saves a resumable checkpoint; returns its folder."""
    groups = {"model": state.judge.trained_weights(), "optimizer": optimizer_tensors(state.optimizer)}
    if state.average is not None:
        groups["average"] = state.average
    record = {"fingerprint": state.fingerprint, "request": recorded(state.request)}
    return save_state(state.work, state.step, copied(groups), record, state.request.keep_checkpoints)
