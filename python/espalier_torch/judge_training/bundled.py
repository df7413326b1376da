"""A bundled judge under training: what it starts from, its losses, and the checkpoint it leaves."""

import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled.export import export_judge
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.families.bundled.judge import Judge, load_judge
from espalier_torch.judge_training.batches import Batch
from espalier_torch.judge_training.loss import answer_loss, ranking_loss, reason_loss
from espalier_torch.judge_training.questions_and_reasons import QUESTIONS, REASONS
from espalier_torch.judge_training.samples import Samples, check_samples
from espalier_torch.protocol.judge_requests import JudgeTrainRequest


class BundledJudge:
    """A judge of every question and reason, in one read-out on a generator's trunk."""

    whole = True

    def __init__(self, request: JudgeTrainRequest, samples: Samples):
        self.request = request
        self.model, self.parents = starting_judge(request)
        check_samples(samples, self.model.config)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """As TrainedJudge.losses."""
        logits = self.model(batch.text, batch.tokens, batch.settled)
        questions, reasons = logits.split([len(QUESTIONS), len(REASONS)], 1)
        return {
            "answers": answer_loss(questions, batch.answers),
            "ranking": self.request.ranking_weight * ranking_loss(questions, batch.answers, batch.prompts),
            "reasons": self.request.reason_weight * reason_loss(reasons, batch.reasons, batch.answers),
        }

    def trained_weights(self) -> dict[str, Tensor]:
        """As TrainedJudge.trained_weights: all of them."""
        return self.model.state_dict()

    def write(self, folder: Path, events: Path, training: dict[str, Any]) -> dict[str, Any]:
        """As TrainedJudge.write: weights and ONNX."""
        exports = export_judge(self.model, folder)
        shutil.copyfile(events, folder / "events.jsonl")
        return write_checkpoint(
            folder,
            "judge",
            self.model,
            exports=[*exports, "events.jsonl"],
            parents=self.parents,
            training=training,
            extra={"questions": QUESTIONS, "reasons": REASONS},
        )


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
