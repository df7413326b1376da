"""The checkpoint a finished run leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.checkpoints.resumable_state import load_group
from espalier_torch.events import EventLog
from espalier_torch.families.trainable import write_beside
from espalier_torch.training.adapter import merged, write_adapter
from espalier_torch.training.settings import result_settings
from espalier_torch.training.watching.watch import BEST

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def write_result(run: Run, out: Path, log: EventLog) -> dict[str, Any]:
    """Weights, ONNX or config.json, events and checkpoint.json, written under another name and renamed as one.

    With an adapter the weights are merged, and the adapter lies beside them for whoever carries it on.
    """
    best = load_group(run.work, BEST, run.device) if run.request.keep == "best" else None
    run.model.load_state_dict(best or run.result_weights())
    run.model.cpu()
    model = merged(run.model)
    staging = out.parent / f".{out.name}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    folder = staging / out.name
    exports = write_beside(model, folder)
    if run.policy.adapter is not None:
        exports += write_adapter(run.model, run.policy.adapter, folder)
    log.copy_to(folder / "events.jsonl")
    record = write_checkpoint(
        folder,
        "generator",
        model,
        exports=[*exports, "events.jsonl"],
        parents=[run.policy.identity],
        training=training_record(run),
        family=model.family,
        extra=adapter_record(run),
    )
    folder.rename(out)
    staging.rmdir()
    log.emit({"event": "train-end", "step": run.step, "folder": str(out), "identity": record["identity"]})
    return record


def adapter_record(run: Run) -> dict[str, Any]:
    """Which weights the adapter sits on; nothing without an adapter."""
    if run.policy.adapter is None:
        return {}
    return {"adapter": {"base": run.policy.base, "rank": run.request.adapter_rank, "start": run.request.adapter_start}}


def training_record(run: Run) -> dict[str, Any]:
    """What made the checkpoint: settings, and inputs by hash."""
    return {
        "method": "dpo",
        "pairs": {"sha256": run.pairs.sha256, "count": len(run.pairs)},
        "reference": {"policy": run.request.reference_policy, "identity": run.reference_identity},
        "round": run.request.round,
        "seed": run.request.seed,
        "steps": run.step,
        **({"judge": run.guide.identity} if run.guide else {}),
        **({"kept": run.watch.best} if run.request.keep == "best" else {}),
        "fingerprint": run.fingerprint,
        "settings": result_settings(run.request),
    }
