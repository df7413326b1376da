"""What a second question about the same images costs, and what 8-bit weights do to the answers."""

from typing import Any

import torch

from espalier_torch.benchmark.measures import Bench
from espalier_torch.verifiers.float8 import CAPABILITY, narrowed
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.vision_language import YesNoJudge

PROMPTS = ("a photo", "a photo of a red cat on a chair", "two dogs")
TURNS = 3


@torch.inference_mode()
def second_question(bench: Bench) -> dict[str, float]:
    """`second_question_ratio` and `continuation_ratio`: seconds of another question about images, over the first.

    The first question looks at the images and reads them. Then clarity's conversation goes on with the potential, and
    the outcome is asked, which shares the image alone.
    """
    judge, prompts = bench.judge, [PROMPTS[row % len(PROMPTS)] for row in range(bench.slots)]
    codes = torch.randint(bench.layout.codebook_size, (bench.slots, bench.layout.image_tokens), device=bench.device)
    keys = [row.tobytes() for row in codes.cpu().numpy()]
    seconds: dict[str, list[float]] = {"clarity": [], "potential": [], "outcome": []}

    def ask(question: str) -> None:
        judge.ask_about([question], prompts, keys, lambda places: bench.pixels(codes[places]))

    for turn in range(TURNS + 1):
        judge.features.kept.clear()
        judge.eyes.memory.kept.clear()
        for question, times in seconds.items():
            spent = bench.seconds(lambda one=question: ask(one))
            if turn > 0:
                times.append(spent)
    fastest = {question: min(times) for question, times in seconds.items()}
    return {
        "second_question_ratio": fastest["outcome"] / fastest["clarity"],
        "continuation_ratio": fastest["potential"] / fastest["clarity"],
        "first_question_seconds": fastest["clarity"],
        "second_question_seconds": fastest["outcome"],
    }


@torch.inference_mode()
def in_8_bits(bench: Bench) -> dict[str, Any]:
    """Speed of the judge's first question in 8 bits over 16, and how far P(yes) moves; it leaves the judge in 8 bits.

    Nothing on a card that cannot multiply 8-bit numbers.
    """
    if bench.device.type == "cuda" and torch.cuda.get_device_capability() < CAPABILITY:
        return {}
    eyes = bench.judge.eyes
    pictures = torch.randint(256, (bench.slots, 384, 384, 3), dtype=torch.uint8, device=bench.device)
    prompts = [PROMPTS[row % len(PROMPTS)] for row in range(bench.slots)]

    def measured() -> tuple[float, torch.Tensor]:
        judge = YesNoJudge(eyes, read_questions(None), "random", batch=bench.slots)
        judge.ask(["outcome"], prompts, pictures)
        eyes.memory.kept.clear()
        judge.features.kept.clear()
        found: list[torch.Tensor] = []
        seconds = bench.seconds(lambda: found.append(judge.ask(["outcome"], prompts, pictures)))
        return seconds, found[0]

    before, exact = measured()
    narrowed(eyes.model.model.language_model.layers)
    after, rounded = measured()
    apart = (exact - rounded).abs()
    shift = {"fp8_yes_shift": apart.mean().item(), "fp8_yes_shift_most": apart.max().item()}
    return {"fp8_speedup": before / after, **shift}
