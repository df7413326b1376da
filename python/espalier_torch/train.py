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

from espalier_torch.checkpoints.resumable_state import only_writer
from espalier_torch.distributed.processes import Processes, joined
from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.stopping import Stop
from espalier_torch.train_request import TrainRequest
from espalier_torch.training.cost import cost_event
from espalier_torch.training.reference.table import Emit
from espalier_torch.training.run import Run
from espalier_torch.training.settings import chosen_device

LOCK_SECONDS = 60.0


def train(request: TrainRequest, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Runs one training request to its end and returns the checkpoint.json it wrote.

    Args:
        request: what to train.
        emit: takes each event of `protocol.EVENTS`.
        stop: looked at after every step.

    Raises:
        RequestError: the request's files do not fit together.
        TrainingFailed: loss or weights are no longer finite, training diverged, memory ran out, or a self-test fails.
        Stopped: after a stop was asked for and a resumable checkpoint saved.
    """
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    with joined(request, chosen_device(request.device)) as processes:
        run = opened(request, processes)
        if not processes.first:
            processes.wait()
            run.help_to_end(stop)
            processes.wait()
            return {}
        return train_first(run, Path(request.out), emit, stop)


def estimate(request: TrainRequest) -> dict[str, Any]:
    """What a run of this request would need: the `estimate-end` event. Raises RequestError as `train`."""
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    return cost_event(opened(request, Processes(chosen_device(request.device))))


def train_first(run: Run, out: Path, emit: Emit, stop: Stop) -> dict[str, Any]:
    """The run in the process that writes its files."""
    if (out / "checkpoint.json").is_file():
        record = finished_record(out, run.fingerprint)
        emit({"event": "train-end", "step": run.steps, "folder": str(out), "identity": record["identity"]})
        return record
    if out.exists() and any(out.iterdir()):
        raise RequestError(f"{out} holds files that are no checkpoint; give another `out`, or delete it")
    with only_writer(run.work, LOCK_SECONDS):
        run.processes.wait()
        record = run.to_end(out, emit, stop)
        run.processes.wait()
        return record


def opened(request: TrainRequest, processes: Processes) -> Run:
    """The run with all its files read. Raises RequestError."""
    out = Path(request.out)
    work = Path(request.work) if request.work else out.with_name(out.name + ".work")
    try:
        return Run(request, work, processes)
    except RequestError:
        raise
    except (ValueError, OSError) as fault:
        raise RequestError(str(fault)) from fault


def finished_record(out: Path, fingerprint: str) -> dict[str, Any]:
    """checkpoint.json of a run that ended before. Raises RequestError when it is another run's."""
    record = json.loads((out / "checkpoint.json").read_text())
    if record.get("training", {}).get("fingerprint") != fingerprint:
        raise RequestError(f"{out} already holds another checkpoint; give another `out`, or delete it")
    return record


if __name__ == "__main__":
    from espalier_torch.train_command import main

    sys.exit(main())
