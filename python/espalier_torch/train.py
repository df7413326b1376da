"""Trains a masked-token generator by DPO on pairs of images.

    python -m espalier_torch.train request.json
    python -m espalier_torch.train request.json --set learning_rate=1e-4 --set mask_policy=own-path --set out=runs/b

How it departs from the trainer of arXiv 2501.13926:
1. Images are token grids made once; nothing is encoded while training.
2. Chosen and rejected share their masks and caption dropout, and a pair has several stratified mask draws.
3. Logits are made only where a token is scored, and only over image codes.
4. The reference's log-probabilities are computed once and kept in a file.
5. A killed run goes on from its last checkpoint and ends in the same weights, bit for bit on a CPU.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch

from espalier_torch.checkpoint import only_writer
from espalier_torch.reference import Emit
from espalier_torch.request_fields import RequestError
from espalier_torch.train_request import TrainRequest
from espalier_torch.training.run import Run
from espalier_torch.training.stop import Stop

LOCK_SECONDS = 60.0


def train(request: TrainRequest, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Runs one training request to its end and returns the checkpoint.json it wrote.

    Args:
        request: what to train.
        emit: takes each event of `protocol.EVENTS`.
        stop: looked at after every step.

    Raises:
        RequestError: the request's files do not fit together.
        TrainingFailed: loss or weights are no longer finite, or a self-test fails.
        Stopped: after a stop was asked for and a resumable checkpoint saved.
    """
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    out = Path(request.out)
    work = Path(request.work) if request.work else out.with_name(out.name + ".work")
    try:
        run = Run(request, work)
    except (ValueError, OSError) as fault:
        raise RequestError(str(fault)) from fault
    if (out / "checkpoint.json").is_file():
        record = finished_record(out, run.fingerprint)
        emit({"event": "train-end", "step": run.steps, "folder": str(out), "identity": record["identity"]})
        return record
    if out.exists() and any(out.iterdir()):
        raise RequestError(f"{out} holds files that are no checkpoint; give another `out`, or delete it")
    with only_writer(work, LOCK_SECONDS):
        return run.to_end(out, emit, stop)


def finished_record(out: Path, fingerprint: str) -> dict[str, Any]:
    """checkpoint.json of a run that ended before. Raises RequestError when it is another run's."""
    record = json.loads((out / "checkpoint.json").read_text())
    if record.get("training", {}).get("fingerprint") != fingerprint:
        raise RequestError(f"{out} already holds another checkpoint; give another `out`, or delete it")
    return record


if __name__ == "__main__":
    from espalier_torch.train_command import main

    sys.exit(main())
