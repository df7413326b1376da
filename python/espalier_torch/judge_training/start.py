"""The judge a training run begins with."""

import torch
from torch import nn

from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.families.bundled.judge import Judge, load_judge
from espalier_torch.judge_training.questions_and_reasons import QUESTIONS, REASONS
from espalier_torch.judging.request import JudgeTrainRequest


def starting_judge(request: JudgeTrainRequest) -> tuple[Judge, list[str]]:
    """A judge of every question and reason, and the identities of the checkpoints it comes from, nearest first.

    Its trunk is the generator's, or that of the judge it goes on from.

    Raises:
        ValueError: a folder holds no such checkpoint, or the judge is of another size.
    """
    generator, record = load_generator(request.generator)
    # The read-out's first weights are drawn: the same for the same seed, whatever was drawn before.
    torch.manual_seed(request.seed)
    judge = Judge.from_generator(generator, len(QUESTIONS), len(REASONS), request.settled)
    if request.start is None:
        return judge, [record["identity"]]
    old, old_record = load_judge(request.start)
    if sizes_of(old) != sizes_of(judge):
        raise ValueError(f"The judge in {request.start} has other sizes than the generator in {request.generator}")
    take_over(judge, old, old_record.get("questions", []) + old_record.get("reasons", []))
    return judge, [old_record["identity"], record["identity"]]


def sizes_of(judge: Judge) -> tuple[int, int, int]:
    """Width, layers and read-out."""
    return judge.config.width, judge.config.layers, judge.config.read_out


@torch.no_grad()
def take_over(judge: Judge, old: Judge, known: list[str]) -> None:
    """Copies what an older judge learned; questions it was never asked start where its outcome question ended."""
    weights = judge.state_dict()
    learned = {k: v for k, v in old.state_dict().items() if k in weights and not k.startswith("answer.")}
    judge.load_state_dict({**weights, **learned})
    for row, name in enumerate([*QUESTIONS, *REASONS]):
        source = name if name in known else "outcome" if name in QUESTIONS else None
        if source in known:
            copy_row(judge.answer, row, old.answer, known.index(source))


def copy_row(layer: nn.Linear, row: int, source: nn.Linear, source_row: int) -> None:
    """Makes one output of a layer the same as one of another."""
    layer.weight[row] = source.weight[source_row]
    layer.bias[row] = source.bias[source_row]
