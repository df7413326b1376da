"""The two loops that are timed, each in a process of its own: the released trainer's way, and ours."""

import argparse
import resource
import sys
import tempfile
from pathlib import Path

import torch

from espalier_torch.benchmark.measured_models import captions_and_images, plain_model
from espalier_torch.benchmark.plain_trainer import PlainTrainer, clock, pairs_per_second
from espalier_torch.checkpoints.resumable_run import work_folder
from espalier_torch.distributed.processes import Processes
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.loop import one_step
from espalier_torch.training.opening import opened
from espalier_torch.training.reference.opening import open_reference

DROPOUT, LEARNING_RATE = 0.1, 1e-5
"""Of the released dpo.yaml, as is beta 0.1."""


def time_plain_loop(arguments: argparse.Namespace) -> dict[str, float]:
    """The released trainer's way, one mask an image."""
    before = peak_mb()
    model, rows = plain_model(arguments.generator, arguments.tokenizer)
    trainer = PlainTrainer(model, rows, beta=0.1, learning_rate=LEARNING_RATE, dropout=DROPOUT)
    speed = pairs_per_second(trainer, captions_and_images(Path(arguments.material)), arguments.batch, arguments.steps)
    return {"pairs_per_second": speed, "peak_mb": peak_mb() - before}


def time_our_loop(arguments: argparse.Namespace) -> dict[str, float]:
    """Our loop with as many masks; the reference's pass over the pairs is timed apart, since later runs reuse it."""
    before = peak_mb()
    with tempfile.TemporaryDirectory() as folder:
        request = our_request(arguments, folder)
        state = opened(request, work_folder(Path(request.out), None), Processes(torch.device("cpu")))
        started = clock()
        reference = open_reference(state, lambda event: None, Stop())
        pass_seconds = clock() - started
        state.step = 1  # the first step measures token metrics
        for _ in range(2):
            one_step(state, reference)
        state.step, started = 1, clock()
        for _ in range(arguments.steps):
            one_step(state, reference)
        seconds = clock() - started
    trained, epoch = arguments.steps * arguments.batch, len(state.pairs)
    return {
        "pairs_per_second": trained / seconds,
        "pairs_per_second_first_run": trained / (seconds + pass_seconds * trained / epoch),
        "micro_pairs": state.micro_pairs,
        "peak_mb": peak_mb() - before,
    }


def our_request(arguments: argparse.Namespace, folder: str) -> TrainRequest:
    """As many masks, pairs and steps as the plain loop takes; all else is the default."""
    return build(
        TrainRequest,
        {
            "pairs": str(Path(arguments.material) / "pairs.arrow"),
            "generator": arguments.generator,
            "out": f"{folder}/out",
            "steps": arguments.steps + 2,
            "batch_pairs": arguments.batch,
            "micro_pairs": arguments.micro,
            "learning_rate": LEARNING_RATE,
            "masks": {"policy": "random", "draws": 1, "tables": 1},
            "caption_dropout": DROPOUT,
            "metrics_every": 10**6,
        },
    )


def peak_mb() -> float:
    """Highest memory of this process so far, in MB."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest / (2**20 if sys.platform == "darwin" else 2**10)


LOOPS = {"plain": time_plain_loop, "ours": time_our_loop}
