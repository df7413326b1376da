r"""Speed, memory and gradient noise of training, ours against the released trainer's way.

    echo '[[1, 2, 3, 0, 0, 0, 0, 0]]' | \
        python -m espalier_torch.benchmark.training --generator BASE --tokenizer TOKENIZER --judge JUDGE

Captions come as word ids on stdin; `npm run bench:training` gives those of the bundled prompts. Every contender runs in
a process of its own, in turns; its memory is what the process grew by since its libraries were loaded. The last line is
one JSON object.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from espalier_torch.benchmark.gradient_variance import DEFAULT, RELEASED, STRATIFIED, noise_of
from espalier_torch.benchmark.measured_models import write_images, write_showo
from espalier_torch.benchmark.measured_pairs import write_measured_pairs
from espalier_torch.benchmark.timed_loops import LOOPS

SHOWO = {"batch": 10, "steps": 2, "turns": 1}
"""On the small Show-o: the released batch, and about a minute in all."""


def main() -> None:
    """Parses the command line; measures, or is one contender."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", required=True, help="checkpoint folder of the generator")
    for name in ["tokenizer", "judge"]:
        parser.add_argument(f"--{name}", help=f"checkpoint folder of the {name}")
    parser.add_argument("--batch", type=int, default=32, help="pairs an optimizer step")
    parser.add_argument("--micro", type=int, help="pairs of one of our forward passes (micro_pairs)")
    parser.add_argument("--steps", type=int, default=12, help="optimizer steps timed in a turn")
    parser.add_argument("--turns", type=int, default=3, help="turns of each contender")
    parser.add_argument("--seeds", type=int, default=12, help="gradients of each kind of masks")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--show-o", action="store_true", help="also on a small Show-o of random weights")
    parser.add_argument("--contender", choices=list(LOOPS), help=argparse.SUPPRESS)
    parser.add_argument("--material", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(json.dumps(LOOPS[arguments.contender](arguments) if arguments.contender else compared(arguments)))


def compared(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    captions = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        material = Path(folder)
        pairs = write_measured_pairs(
            material / "pairs.arrow", arguments.generator, arguments.judge, captions, 2 * arguments.batch
        )
        write_images(material, arguments.tokenizer)
        found = raced(arguments, material)
        noise = noise_of(arguments.generator, pairs, arguments.seeds)
    if arguments.show_o:
        with tempfile.TemporaryDirectory() as folder:
            material = Path(folder)
            write_showo(material, 2 * SHOWO["batch"])
            write_images(material, None)
            small = {**vars(arguments), **SHOWO, "generator": str(material / "generator"), "tokenizer": None}
            found["show_o_shape"] = raced(argparse.Namespace(**small), material)
    return {
        **found,
        "gradient_variance_ratio": noise[STRATIFIED]["variance"] / noise[RELEASED]["variance"],
        "gradient_noise_ratio": noise[DEFAULT]["relative"] / noise[RELEASED]["relative"],
        "gradients": noise,
        "threads": arguments.threads,
    }


def raced(arguments: argparse.Namespace, material: Path) -> dict[str, Any]:
    """Both contenders in turns; figures are medians over them."""
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in LOOPS}
    for turn in range(arguments.turns):
        for name in list(LOOPS)[:: 1 if turn % 2 == 0 else -1]:
            turns[name].append(in_own_process(name, arguments, material))
            print(f"{name} {turns[name][-1]}", file=sys.stderr)
    found = {name: {key: statistics.median(turn[key] for turn in of) for key in of[0]} for name, of in turns.items()}
    plain, ours = found["plain"], found["ours"]
    return {
        "speedup": ours["pairs_per_second"] / plain["pairs_per_second"],
        "speedup_with_reference_pass": ours["pairs_per_second_first_run"] / plain["pairs_per_second"],
        "memory_ratio": ours["peak_mb"] / plain["peak_mb"],
        "pairs_per_second": {name: one["pairs_per_second"] for name, one in found.items()},
        "peak_mb": {name: one["peak_mb"] for name, one in found.items()},
        "batch": arguments.batch,
        "micro_pairs": ours["micro_pairs"],
    }


def in_own_process(name: str, arguments: argparse.Namespace, material: Path) -> dict[str, float]:
    """Runs one contender."""
    given = {
        "contender": name, "material": material, "generator": arguments.generator, "tokenizer": arguments.tokenizer,
        "batch": arguments.batch, "micro": arguments.micro, "steps": arguments.steps, "threads": arguments.threads,
    }  # fmt: skip
    options = [part for key, value in given.items() if value is not None for part in (f"--{key}", str(value))]
    command = [sys.executable, "-m", "espalier_torch.benchmark.training", *options]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
