"""Trains a judge on labelled images (arXiv 2501.13926, sections 3.2 and 4): every question in one read-out.

    echo '{"request": "train-judge", "samples": [...], "generator": ..., "out": ...}' | python -m espalier_torch.worker

A question that a sample does not answer is left out of its loss. Resumable, bit for bit the same on a CPU however often
it was killed.
"""

from pathlib import Path
from typing import Any

import torch

from espalier_torch.checkpoints.resumable_run import logged_to_end, once, work_folder
from espalier_torch.distributed.devices import chosen_device, use_threads
from espalier_torch.judge_training.batches import SamplePlan
from espalier_torch.judge_training.bundled import BundledJudge
from espalier_torch.judge_training.loop import run_steps
from espalier_torch.judge_training.resume import resume
from espalier_torch.judge_training.samples import Samples, read_samples
from espalier_torch.judge_training.state import JudgeTrainingState, TrainedJudge
from espalier_torch.protocol.event_log import Emit, EventLog
from espalier_torch.protocol.fields import refusing
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.recorded import judge_fingerprint, result_settings
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.optimizer import clone_of, make_optimizer


def train_judge(request: JudgeTrainRequest, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Runs one request to its end and returns the checkpoint.json it wrote.

    Args:
        request: what to train.
        emit: takes each event of `protocol.events`.
        stop: looked at after every step.

    Raises:
        RequestError: the request's files do not fit together.
        TrainingFailed: the loss is no longer finite.
        Stopped: after a stop was asked for and a resumable checkpoint saved.
    """
    use_threads(request.threads)
    out = Path(request.out)
    with refusing(ValueError, OSError):
        state = opened(request, work_folder(out, request.work))
    return once(out, state, emit, lambda: to_end(state, out, emit, stop))


def opened(request: JudgeTrainRequest, work: Path) -> JudgeTrainingState:
    """The run with its files read and its model, optimizer and average made."""
    device = chosen_device(request.device)
    samples = read_samples(request.samples)
    judge = starting_judge(request, samples, device)
    plan = SamplePlan(samples, request.batch, request.seed, device)
    settings, fingerprint = result_settings(request), judge_fingerprint(request, samples.sha256, judge.parents)
    judge.model.to(device).train()
    average = clone_of(judge.model) if request.average_decay > 0 else None
    optimizer = make_optimizer(judge.model, request)
    return JudgeTrainingState(request, work, device, samples, judge, plan, settings, fingerprint, optimizer, average)


def starting_judge(request: JudgeTrainRequest, samples: Samples, device: torch.device) -> TrainedJudge:
    """What is trained. Raises ValueError when files do not fit."""
    if request.image_tokenizer is None:
        return BundledJudge(request, samples)
    # transformers takes seconds to import, which a bundled judge need not wait.
    from espalier_torch.judge_training.vision_language import VisionLanguageJudge  # noqa: PLC0415

    return VisionLanguageJudge(request, samples, device)


def to_end(state: JudgeTrainingState, out: Path, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Resumes or starts, trains what is left, writes the result."""
    resume(state)

    def train(tell: Emit) -> None:
        tell(start_event(state))
        run_steps(state, tell, stop)

    def write(folder: Path, log: EventLog) -> dict[str, Any]:
        if state.average is not None:
            state.model.load_state_dict(state.average)
        state.model.cpu().eval()
        return state.judge.write(folder, log.file, training_record(state))

    return logged_to_end(out, state, emit, train, write)


def start_event(state: JudgeTrainingState) -> dict[str, Any]:
    """Says what is about to run."""
    return {
        "event": "judge-start",
        "step": state.step,
        "steps": state.steps,
        "samples": len(state.samples),
        "answers": state.samples.answered(),
        "parents": state.judge.parents,
        "fingerprint": state.fingerprint,
        "device": state.device.type,
    }


def training_record(state: JudgeTrainingState) -> dict[str, Any]:
    """What made the checkpoint."""
    samples = state.samples
    return {
        "method": "judge",
        "samples": {"sha256": samples.sha256, "count": len(samples), "answers": samples.answered()},
        "steps": state.steps,
        "seed": state.request.seed,
        "fingerprint": state.fingerprint,
        "settings": state.settings,
    }
