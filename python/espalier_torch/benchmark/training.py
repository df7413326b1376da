r"""Speed, memory and gradient noise of training, ours against the released trainer's way.

    echo '[[1, 2, 3, 0, 0, 0, 0, 0]]' | \
        python -m espalier_torch.benchmark.training --generator BASE --tokenizer TOKENIZER --judge JUDGE

Captions come as word ids on stdin; `npm run bench:training` gives those of the bundled prompts. Every contender runs in
a process of its own, in turns; its memory is what the process grew by after it was loaded. The last line is one JSON
object.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from espalier_torch.benchmark.gradient_variance import gradient_variances
from espalier_torch.benchmark.material import write_material
from espalier_torch.benchmark.plain_trainer import PlainTrainer, pairs_per_second
from espalier_torch.models.generator import load_generator
from espalier_torch.models.tokenizer import load_tokenizer, to_bytes
from espalier_torch.pair_subsets import chosen_pairs
from espalier_torch.pairs import read_pairs
from espalier_torch.request_fields import build
from espalier_torch.train import opened
from espalier_torch.train_request import TrainRequest
from espalier_torch.training.loop import one_step
from espalier_torch.training.processes import Processes
from espalier_torch.training.stop import Stop

DROPOUT = 0.1


def main() -> None:
    """Parses the command line; measures, or is one contender."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["generator", "tokenizer", "judge"]:
        parser.add_argument(f"--{name}", required=True, help=f"checkpoint folder of the {name}")
    parser.add_argument("--batch", type=int, default=32, help="pairs an optimizer step")
    parser.add_argument("--micro", type=int, default=4, help="pairs of one of our forward passes (micro_pairs)")
    parser.add_argument("--steps", type=int, default=12, help="optimizer steps timed in a turn")
    parser.add_argument("--turns", type=int, default=3, help="turns of each contender")
    parser.add_argument("--seeds", type=int, default=12, help="gradients of each kind of masks")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--contender", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--pairs", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(json.dumps(CONTENDERS[arguments.contender](arguments) if arguments.contender else compared(arguments)))


def compared(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures: medians over turns."""
    captions = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        pairs = write_material(
            Path(folder) / "pairs.arrow", arguments.generator, arguments.judge, captions, 2 * arguments.batch
        )
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
        for turn in range(arguments.turns):
            for name in list(CONTENDERS)[:: 1 if turn % 2 == 0 else -1]:
                turns[name].append(in_own_process(name, pairs))
                print(f"{name} {turns[name][-1]}", file=sys.stderr)
        variances = noise(arguments, pairs)
    found = {name: {key: statistics.median(turn[key] for turn in of) for key in of[0]} for name, of in turns.items()}
    plain, ours = found["plain"], found["ours"]
    return {
        "speedup": ours["pairs_per_second"] / plain["pairs_per_second"],
        "speedup_with_reference_pass": ours["pairs_per_second_first_run"] / plain["pairs_per_second"],
        "memory_ratio": ours["peak_mb"] / plain["peak_mb"],
        "gradient_variance_ratio": variances["stratified"] / variances["independent"],
        "gradient_variances": variances,
        "pairs_per_second": {name: one["pairs_per_second"] for name, one in found.items()},
        "peak_mb": {name: one["peak_mb"] for name, one in found.items()},
        "batch": arguments.batch,
        "micro": arguments.micro,
        "threads": arguments.threads,
    }


def in_own_process(name: str, pairs: Path) -> dict[str, float]:
    """Runs one contender."""
    command = [sys.executable, "-m", "espalier_torch.benchmark.training", *sys.argv[1:]]
    done = subprocess.run(
        [*command, "--contender", name, "--pairs", str(pairs)], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def plain_contender(arguments: argparse.Namespace) -> dict[str, float]:
    """The released trainer's way, one mask an image."""
    model, _ = load_generator(arguments.generator)
    tokenizer, _ = load_tokenizer(arguments.tokenizer)
    pairs = read_pairs([arguments.pairs])
    with torch.no_grad():
        images = [to_bytes(tokenizer.decode(tokens)) for tokens in (pairs.chosen_tokens, pairs.rejected_tokens)]
    before = peak_mb()
    trainer = PlainTrainer(model, tokenizer, beta=0.1, learning_rate=1e-5, dropout=DROPOUT)
    speed = pairs_per_second(trainer, (pairs.text, *images), arguments.batch, arguments.steps)
    return {"pairs_per_second": speed, "peak_mb": peak_mb() - before}


def our_contender(arguments: argparse.Namespace, draws: int = 1) -> dict[str, float]:
    """Our loop with as many masks; the reference's pass over the pairs is timed apart, since later runs reuse it."""
    with tempfile.TemporaryDirectory() as folder:
        request = build(
            TrainRequest,
            {
                "pairs": arguments.pairs,
                "generator": arguments.generator,
                "out": f"{folder}/out",
                "steps": arguments.steps + 2,
                "batch_pairs": arguments.batch,
                "micro_pairs": arguments.micro,
                "learning_rate": 1e-5,
                "mask_draws": draws,
                "mask_tables": 1,
                "caption_dropout": DROPOUT,
                "metrics_every": 10**6,
            },
        )
        before = peak_mb()
        run = opened(request, Processes(torch.device("cpu")))
        started = time.perf_counter()
        reference = run.reference(lambda event: None, Stop())
        pass_seconds = time.perf_counter() - started
        run.step = 1  # the first step measures token metrics
        for _ in range(2):
            one_step(run, reference)
        run.step, started = 1, time.perf_counter()
        for _ in range(arguments.steps):
            one_step(run, reference)
        seconds = time.perf_counter() - started
    trained, epoch = arguments.steps * arguments.batch, len(run.pairs)
    return {
        "pairs_per_second": trained / seconds,
        "pairs_per_second_first_run": trained / (seconds + pass_seconds * trained / epoch),
        "peak_mb": peak_mb() - before,
    }


def noise(arguments: argparse.Namespace, pairs: Path) -> dict[str, float]:
    """Variances of the gradient for the bundled generator, moved a little from its reference as training does."""
    model, _ = load_generator(arguments.generator)
    reference, _ = load_generator(arguments.generator)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.01 * weight.std(correction=0))
    few = chosen_pairs(read_pairs([pairs]), torch.arange(min(16, arguments.batch)), "measured")
    return gradient_variances(model, reference, few, draws=4, seeds=arguments.seeds)


def peak_mb() -> float:
    """Highest memory of this process so far, in MB."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest / (2**20 if sys.platform == "darwin" else 2**10)


CONTENDERS = {"plain": plain_contender, "ours": our_contender}


if __name__ == "__main__":
    main()
