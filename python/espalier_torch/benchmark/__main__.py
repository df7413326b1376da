"""How fast batched generation and judging are, against a loop that does what the released code does.

    python -m espalier_torch.benchmark                          full size where CUDA is present, small on a CPU
    python -m espalier_torch.benchmark --size full --slots 128 --compile reduce-overhead
    python -m espalier_torch.benchmark --family janus-pro       against one path at a time by transformers' generate

Weights are random, of the true sizes at `--size full` (Show-o on Phi-1.5, MAGVIT-v2, a 7B LLaVA-OneVision). The plain
loop runs one path at a time, makes logits over all 58,498 ids, decodes and writes a PNG at every step, and has every
verdict sampled by a judge that reads the PNG back. Its answers are cut at 2 tokens (a word and the end), which flatters
it: random weights would go on to the 100 it allows. The last line is one JSON object.
"""

import argparse
import json
import platform
import random
import sys
from typing import Any

import torch

from espalier_torch.benchmark.measures import STEPS, Bench
from espalier_torch.benchmark.next_token import NextTokenBench, measure_next_token
from espalier_torch.decoding.draws import COMPILE_MODES

CANDIDATES = 20
CLEAR_STEPS = range(8, 13)
"""Where the first clear image of a path comes, of 18 steps (arXiv 2501.13926, section 4.2)."""

CLARITY_FROM = 11
"""The step from which clarity is worth asking: images after it are clear, before it mostly not (same place)."""

POTENTIAL_SHARE = 0.5
"""Share of clear paths that are kept, as assumed for counting judge calls."""


def judge_calls(searches: int = 200) -> tuple[float, float]:
    """Judge calls per selected image: the released PARM's and ours, over drawn first clear steps and potentials.

    The released search asks clarity from the first step on; ours from CLARITY_FROM. Both then ask the potential once a
    path and the outcome of every path kept.
    """
    drawn = random.Random(0)
    released = ours = 0
    for _ in range(searches * CANDIDATES):
        clear = drawn.choice(CLEAR_STEPS)
        kept = drawn.random() < POTENTIAL_SHARE
        released += clear + 1 + kept
        ours += max(clear, CLARITY_FROM) - CLARITY_FROM + 1 + 1 + kept
    return released / searches, ours / searches


def measure(bench: Bench) -> dict[str, Any]:
    """Every figure; progress goes to standard error."""
    say("matrix products")
    peak = bench.matrix_peak()
    say(f"{bench.slots} paths in one batch")
    batch_seconds = bench.batched()
    say("one path at a time")
    pictures: list[bytes] = []
    bench.plain_path()
    plain_seconds = bench.seconds(lambda: pictures.extend(bench.plain_path()))
    say("verdicts")
    bench.plain_verdict(pictures[0])
    plain_verdict = bench.seconds(lambda: [bench.plain_verdict(picture) for picture in pictures[:4]]) / 4
    bench.batched_verdicts()
    verdict = bench.seconds(bench.batched_verdicts) / (2 * bench.slots)
    released, ours = (calls / CANDIDATES for calls in judge_calls())
    batched_path = batch_seconds / bench.slots
    return {
        "speedup": (plain_seconds + released * plain_verdict) / (batched_path + ours * verdict),
        "matrix_fraction": bench.operations() * STEPS / batch_seconds / peak,
        "judge_calls_ratio": ours / released,
        "generation_speedup": plain_seconds / batched_path,
        "verdict_speedup": plain_verdict / verdict,
        "images_per_second": 1 / batched_path,
        "plain_images_per_second": 1 / plain_seconds,
        "matrix_tflops": peak / 1e12,
    }


def about(bench: Bench | NextTokenBench) -> dict[str, Any]:
    """What it was measured on."""
    return {
        "size": bench.size,
        "slots": bench.slots,
        "dtype": str(bench.dtype).removeprefix("torch."),
        "device": torch.cuda.get_device_name() if bench.device.type == "cuda" else platform.machine(),
        "torch": torch.__version__,
    }


def say(what: str) -> None:
    """Progress, for a person."""
    print(f"measuring: {what}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The command. Exit code 2 when the device asked for is not there."""
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(prog="python -m espalier_torch.benchmark", description=__doc__)
    parser.add_argument("--family", choices=["show-o", "janus-pro"], default="show-o")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--size", choices=["auto", "small", "full"], default="auto", help="full where CUDA is present")
    parser.add_argument("--slots", type=int, help="paths in a batch; 64 at full size, 8 else")
    parser.add_argument("--compile", choices=COMPILE_MODES, default=None, help="torch.compile's mode; default on CUDA")
    parsed = parser.parse_args(arguments)
    device = ("cuda" if cuda else "cpu") if parsed.device == "auto" else parsed.device
    if device == "cuda" and not cuda:
        print("--device cuda: torch finds no CUDA device here; use cpu or auto", file=sys.stderr)
        return 2
    size = ("full" if device == "cuda" else "small") if parsed.size == "auto" else parsed.size
    slots = parsed.slots or (64 if size == "full" else 8)
    how = (size, torch.device(device), slots, parsed.compile or ("default" if device == "cuda" else "none"))
    if parsed.family == "show-o":
        bench = Bench(*how)
        found = {**measure(bench), **about(bench)}
    else:
        bench = NextTokenBench(*how)
        found = {"family": parsed.family, **measure_next_token(bench, say), **about(bench)}
    print(json.dumps({name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
