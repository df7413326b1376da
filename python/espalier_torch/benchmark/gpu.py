"""Everything that a graphics card is for, in a few minutes: generation, judging and training.

    python -m espalier_torch.benchmark.gpu                      sizes by what the card has; small ones on a CPU
    python -m espalier_torch.benchmark.gpu --budget 200         leaves out what does not fit in so many seconds

Weights are random: of the true sizes where the card has the memory for them (Show-o on Phi-1.5, a 7B LLaVA-OneVision),
small ones elsewhere. Prints a table; the last line is one JSON object. What was not measured is null, with the reason
in `left_out`. `python -m espalier_torch.benchmark --help` says what the plain loop is.
"""

import argparse
import gc
import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import torch

from espalier_torch.benchmark.__main__ import about, measure, say
from espalier_torch.benchmark.measures import STEPS, Bench
from espalier_torch.benchmark.models import MAGVIT_SIZES, SHOWO_SIZES
from espalier_torch.benchmark.second_question import in_8_bits, second_question
from espalier_torch.benchmark.true_training import Loop, Material, material, our_loop, plain_loop

GIGABYTE = 2**30
FIGURES = {
    "speedup": "images chosen a second, over the released search",
    "generation_speedup": "images a second, over one path at a time",
    "images_per_second": "images a second",
    "matrix_fraction": "share of the measured matrix peak",
    "host_share": "share of a step that is no forward pass",
    "verdict_speedup": "verdicts a second, over sampled answers",
    "second_question_ratio": "a second question's time, over the first's",
    "continuation_ratio": "potential after clarity, over clarity",
    "fp8_speedup": "verdicts in 8 bits, over bfloat16",
    "fp8_yes_shift": "how far P(yes) moves in 8 bits, mean",
    "training_speedup": "pairs a second, over the released trainer",
    "training_memory_ratio": "its memory, over the released trainer's",
    "lora_speedup": "pairs a second of an adapter, over all weights",
    "lora_memory_ratio": "its memory, over all weights'",
}
NEEDED = {"judging": 40.0, "training": 60.0, "compiled": 150.0, "generation": 60.0}
"""Seconds that each part takes at most at true size on an H200; it is left out where fewer are left."""


class Run:
    """What was measured so far, and the time that is left."""

    def __init__(self, device: torch.device, budget: float):
        self.device, self.ends = device, time.monotonic() + budget
        self.found: dict[str, Any] = dict.fromkeys(FIGURES)
        self.left_out: dict[str, str] = {}

    @property
    def left(self) -> float:
        """Seconds."""
        return self.ends - time.monotonic()

    def part(self, name: str, work: Callable[[], dict[str, Any]]) -> None:
        """Measures a part. What is in its way, such as too little memory or time, leaves it out and no other."""
        if self.device.type == "cuda" and self.left < NEEDED[name]:
            self.left_out[name] = f"{self.left:.0f} of the budget's seconds were left, it may take {NEEDED[name]:.0f}"
            return
        say(name)
        try:
            self.found.update(work())
        except Exception as fault:
            traceback.print_exc()
            self.left_out[name] = (str(fault) or type(fault).__name__).splitlines()[0]
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def judging_and_generation(run: Run, size: str, slots: int, compile_mode: str) -> None:
    """Both on the same models, which are let go of at the end."""
    bench = Bench(size, run.device, slots, compile_mode)
    run.part("judging", lambda: second_question(bench))
    run.part("generation", lambda: {**measure(bench), **about(bench), "host_share": host_share(bench)})
    run.part("judging", lambda: in_8_bits(bench))


def host_share(bench: Bench) -> float:
    """Share of a batched step in which no forward pass runs: numbers drawn, tokens committed, copies."""
    steps, layout = bench.sampler.steps, bench.layout
    tokens = torch.full((bench.slots, layout.image_tokens), layout.codebook_size, device=bench.device)
    given = (layout.image_part(tokens), torch.rand(tokens.shape, device=bench.device))
    with torch.inference_mode():
        forward = bench.seconds(lambda: [steps.run(*given, steps.keys, steps.values, steps.seen) for _ in range(3)]) / 3
    return max(0.0, 1 - forward * STEPS / bench.batched())


def training(run: Run, size: str, batch: int, steps: int) -> dict[str, Any]:
    """All three loops; the batch is halved until the plain one fits."""
    compiled = run.device.type == "cuda" and run.left > NEEDED["compiled"]
    with material(SHOWO_SIZES[size], MAGVIT_SIZES[size], run.device, batch, steps) as given:
        try:
            plain = freed(run, plain_loop, given)
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
            plain = None
        if plain is not None:
            whole = freed(run, our_loop, given, False, compiled)
            lora = freed(run, our_loop, given, True, compiled and run.left > NEEDED["training"])
    if plain is None:
        return training(run, size, batch // 2, steps)
    return {
        "training_speedup": whole.pairs_per_second / plain.pairs_per_second,
        "training_memory_ratio": whole.bytes / plain.bytes,
        "lora_speedup": lora.pairs_per_second / whole.pairs_per_second,
        "lora_memory_ratio": lora.bytes / whole.bytes,
        "training_pairs_per_second": [one.pairs_per_second for one in (plain, whole, lora)],
        "training_gigabytes": [one.bytes / GIGABYTE for one in (plain, whole, lora)],
        "training_batch": batch,
        "training_compiled": compiled,
    }


def freed(run: Run, loop: Callable[..., Loop], given: Material, *how: bool) -> Loop:
    """A loop's figures, its memory given back."""
    say(f"{loop.__name__} {' '.join(map(str, how))}".replace("_", " "))
    found = loop(given, *how)
    gc.collect()
    if run.device.type == "cuda":
        torch.cuda.empty_cache()
    return found


def sizes_of(device: torch.device) -> tuple[str, int, int, int]:
    """Size, slots, pairs a step and timed steps that a device has the memory for."""
    if device.type != "cuda":
        return "small", 4, 4, 2
    total = torch.cuda.get_device_properties(device).total_memory
    if total < 38 * GIGABYTE:
        return "small", 64, 10, 10
    return "full", 64 if total > 60 * GIGABYTE else 16, 10 if total > 75 * GIGABYTE else 4, 10


def table(found: dict[str, Any]) -> str:
    """The figures, a line each."""
    width = max(map(len, FIGURES.values()))
    said = {name: "not measured" if found[name] is None else f"{found[name]:.3f}" for name in FIGURES}
    return "\n".join(f"{words:<{width}}  {said[name]:>12}" for name, words in FIGURES.items())


def rounded(value: Any) -> Any:
    """Numbers to four places, in lists too."""
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


def main(arguments: list[str] | None = None) -> int:
    """The command. Exit code 2 when the device asked for is not there."""
    parser = argparse.ArgumentParser(prog="python -m espalier_torch.benchmark.gpu", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--budget", type=float, default=350, help="seconds in which all must be measured")
    parsed = parser.parse_args(arguments)
    cuda = torch.cuda.is_available()
    if parsed.device == "cuda" and not cuda:
        print("--device cuda: torch finds no CUDA device here; use cpu or auto", file=sys.stderr)
        return 2
    device = torch.device("cuda" if cuda and parsed.device != "cpu" else "cpu")
    size, slots, batch, steps = sizes_of(device)
    started = time.monotonic()
    run = Run(device, parsed.budget)
    judging_and_generation(run, size, slots, "default" if device.type == "cuda" else "none")
    run.part("training", lambda: training(run, size, batch, steps))
    run.found |= {"left_out": run.left_out, "seconds": time.monotonic() - started}
    print(table(run.found))
    print(json.dumps({name: rounded(value) for name, value in run.found.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
