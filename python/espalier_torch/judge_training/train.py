"""Trains a judge on labelled images (arXiv 2501.13926, sections 3.2 and 4): every question in one read-out.

    echo '{"request": "train-judge", "samples": [...], "generator": ..., "out": ...}' | python -m espalier_torch.worker

A question that a sample does not answer is left out of its loss.
"""

from pathlib import Path
from typing import Any

import torch

from espalier_torch.checkpoints.resumable_state import only_writer
from espalier_torch.judge_training.run import JudgeRun
from espalier_torch.judging.request import JudgeTrainRequest
from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.stopping import Stop
from espalier_torch.train import LOCK_SECONDS, finished_record
from espalier_torch.training.reference.table import Emit


def train_judge(request: JudgeTrainRequest, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Runs one request to its end and returns the checkpoint.json it wrote.

    Args:
        request: what to train.
        emit: takes each event of `protocol.EVENTS`.
        stop: looked at after every step.

    Raises:
        RequestError: the request's files do not fit together.
        TrainingFailed: the loss is no longer finite.
        Stopped: after a stop was asked for and a resumable checkpoint saved.
    """
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    out = Path(request.out)
    work = Path(request.work) if request.work else out.with_name(out.name + ".work")
    try:
        run = opened(request, work)
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


def opened(request: JudgeTrainRequest, work: Path) -> JudgeRun:
    """The run with its files read: of a bundled judge, or of a vision-language one."""
    if request.image_tokenizer is None:
        return JudgeRun(request, work)
    from espalier_torch.judge_training.tune_vision_language import TuningRun  # noqa: PLC0415 (transformers takes seconds to import)

    return TuningRun(request, work)
