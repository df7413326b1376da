"""The checkpoint a finished run leaves behind."""

from pathlib import Path
from typing import Any

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint, write_record
from espalier_torch.checkpoints.resumable_state import load_group
from espalier_torch.families.registry import Family, OwnLayout, family_named
from espalier_torch.protocol.event_log import EventLog
from espalier_torch.protocol.recorded import result_settings
from espalier_torch.training.adapter import merged, write_adapter
from espalier_torch.training.inputs import load_policy
from espalier_torch.training.state import TrainingState
from espalier_torch.training.watching.watch import BEST
from espalier_torch.training.weights import adapter_alone, kept_weights


def write_result(state: TrainingState, folder: Path, log: EventLog) -> dict[str, Any]:
    """Weights, ONNX or config.json, events and checkpoint.json in a new folder; returns its checkpoint.json.

    With an adapter the weights are merged, and the adapter lies beside them for whoever carries it on.
    """
    best = load_group(state.work, BEST, state.device) if state.request.held_out.keep == "best" else None
    weights = best or kept_weights(state)
    if state.halved:  # below its adapter the result has the weights it began with, unrounded
        state.model = load_policy(state.request).model.to(state.device)
        weights = {**state.model.state_dict(), **adapter_alone(weights)}
    state.model.load_state_dict(weights)
    state.model.cpu()
    family = family_named(state.model.family)
    write = in_its_own_layout if hasattr(family, "write") else whole_model
    return write(state, family, folder, log)


def whole_model(state: TrainingState, family: Family, folder: Path, log: EventLog) -> dict[str, Any]:
    """A checkpoint of our layout: all weights, an adapter merged in."""
    model = merged(state.model)
    exports = [*family.write_beside(model, folder), *beside(state, folder, log)]
    return write_checkpoint(
        folder,
        "generator",
        model,
        exports=exports,
        parents=[state.policy.identity],
        training=training_record(state),
        family=model.family,
        extra=adapter_record(state),
    )


def in_its_own_layout(state: TrainingState, family: OwnLayout, folder: Path, log: EventLog) -> dict[str, Any]:
    """A checkpoint that holds what its family writes."""
    written = family.write(state.model, folder)
    names = [*written.names, *beside(state, folder, log)]
    about = {"kind": "generator", "family": state.model.family, **written.about, **adapter_record(state)}
    parents = [state.policy.identity]
    return write_record(folder, about, names, written.identity, parents, training_record(state))


def beside(state: TrainingState, folder: Path, log: EventLog) -> list[str]:
    """Writes the adapter, where there is one, and the events; returns the names of the files."""
    adapter = [] if state.policy.adapter is None else write_adapter(state.model, state.policy.adapter, folder)
    log.copy_to(folder / "events.jsonl")
    return [*adapter, "events.jsonl"]


def adapter_record(state: TrainingState) -> dict[str, Any]:
    """Which weights the adapter sits on; nothing without an adapter."""
    policy, request = state.policy, state.request
    if policy.adapter is None:
        return {}
    start = "fresh" if request.adapter_base is None else "carried"
    return {"adapter": {"base": policy.base, "rank": request.adapter.rank, "start": start}}


def training_record(state: TrainingState) -> dict[str, Any]:
    """What made the checkpoint: settings, and inputs by hash."""
    return {
        "method": "dpo",
        "pairs": {"sha256": state.pairs.sha256, "count": len(state.pairs)},
        "reference": {"policy": state.request.reference_policy, "identity": state.reference.identity},
        "round": state.request.round,
        "seed": state.request.seed,
        "steps": state.step,
        **({"judge": state.guide.identity} if state.guide else {}),
        **({"kept": state.watched.best} if state.request.held_out.keep == "best" else {}),
        "fingerprint": state.fingerprint,
        "settings": result_settings(state.request),
    }
