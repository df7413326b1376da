"""The checkpoint a finished run leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from espalier_torch.checkpoint_folder import write_checkpoint
from espalier_torch.events import EventLog
from espalier_torch.export import export_generator
from espalier_torch.training.settings import result_settings

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def write_result(run: Run, out: Path, log: EventLog) -> dict[str, Any]:
    """Weights, ONNX, events and checkpoint.json, written under another name and renamed as one."""
    if run.average is not None:
        run.model.load_state_dict(run.average)
    run.model.cpu()
    staging = out.parent / f".{out.name}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    folder = staging / out.name
    exports = export_generator(run.model, folder)
    log.copy_to(folder / "events.jsonl")
    record = write_checkpoint(
        folder,
        "generator",
        run.model,
        exports=[*exports, "events.jsonl"],
        parents=[run.parent["identity"]],
        training=training_record(run),
    )
    folder.rename(out)
    staging.rmdir()
    log.emit({"event": "train-end", "step": run.step, "folder": str(out), "identity": record["identity"]})
    return record


def training_record(run: Run) -> dict[str, Any]:
    """What made the checkpoint: settings, and inputs by hash."""
    return {
        "method": "dpo",
        "pairs": {"sha256": run.pairs.sha256, "count": len(run.pairs)},
        "reference": {"policy": run.request.reference_policy, "identity": run.reference_identity},
        "round": run.request.round,
        "seed": run.request.seed,
        "steps": run.steps,
        "fingerprint": run.fingerprint,
        "settings": result_settings(run.request),
    }
