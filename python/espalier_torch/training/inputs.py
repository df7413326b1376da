"""What a run reads: pairs, generator, reference, judge; each checked against the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from espalier_torch.data.pair_subsets import split_by_caption
from espalier_torch.data.pairs import Pairs, check_pairs, check_tasks, read_pairs
from espalier_torch.families.bundled.generator import Generator
from espalier_torch.families.bundled.judge import Judge, load_judge
from espalier_torch.families.trainable import load_trainable, trainable_record
from espalier_torch.request_fields import RequestError
from espalier_torch.train_request import TrainRequest
from espalier_torch.training.adapter import CONFIG, add_adapter, take_up_adapter

if TYPE_CHECKING:
    from espalier_torch.families.trainable import Trainable


@dataclass
class Policy:
    """The generator under training, with its adapter where there is one.

    record: checkpoint.json of the checkpoint training starts from. adapter: peft's settings, None without an adapter.
    base: identity of the weights that the adapter is added to.
    """

    model: Trainable
    record: dict[str, Any]
    adapter: Any
    base: str

    @property
    def identity(self) -> str:
        """Identity of the checkpoint training starts from."""
        return self.record["identity"]


def load_policy(request: TrainRequest) -> Policy:
    """The starting generator. Raises RequestError when a carried adapter does not belong to its base."""
    record = trainable_record(request.generator)
    folder = request.adapter_base if request.adapter_start == "carried" else request.generator
    model, base = load_trainable(folder)
    adapter = add_adapter(model, request) if request.adapter == "lora" else None
    if request.adapter_start == "carried":
        said = record.get("adapter", {}).get("base")
        if said != base["identity"] or not (Path(request.generator) / CONFIG).is_file():
            raise RequestError(
                f"adapter_start is 'carried', but {request.generator} has no adapter on {base['identity'][:12]} "
                f"(its own base is {said and said[:12]}); use 'fresh', or name that base in adapter_base"
            )
        take_up_adapter(model, Path(request.generator))
    model.recompute = request.recompute_activations
    return Policy(model.eval(), record, adapter, base["identity"])


def load_pairs(request: TrainRequest, config: Any) -> tuple[Pairs, Pairs | None]:
    """Pairs to train on, and those of held-out captions where a share is held out. Raises ValueError."""
    pairs = read_pairs(request.pairs)
    check_pairs(
        pairs,
        vocabulary_size=config.vocabulary_size,
        codebook_size=config.codebook_size,
        tokens=config.tokens,
        text_length=config.text_length,
    )
    if request.balance == "task":
        check_tasks(pairs)
    return split_by_caption(pairs, request.held_out_share) if request.held_out_share else (pairs, None)


@dataclass
class LoadedJudge:
    """A torch judge, frozen, and the place of the question asked among its answers."""

    model: Judge
    identity: str
    question: int

    def logits(self, text: Any, tokens: Any) -> Any:
        """(B, T) words and (B, N) tokens, or (B, N, codes) weights, to (B,) logits of "yes"."""
        return self.model(text, tokens)[:, self.question]


def load_guide(folder: str, question: str, generator: Trainable) -> LoadedJudge:
    """The judge that guides training. Raises RequestError when it cannot be asked about this generator's images."""
    if not isinstance(generator, Generator):
        raise RequestError(
            f"guidance_judge needs a judge that reads the generator's own tokens; there is none of {generator.family}: "
            "leave guidance out"
        )
    config = generator.config
    judge, record = load_judge(folder)
    questions = record.get("questions", ["outcome"])
    if question not in questions:
        raise RequestError(f"The judge in {folder} answers {', '.join(questions)}, not {question!r}")
    sizes = [(one.vocabulary_size, one.text_length, one.grid, one.codebook_size) for one in (judge.config, config)]
    if sizes[0] != sizes[1]:
        raise RequestError(f"The judge in {folder} reads other captions or tokens than this generator's")
    freeze(judge)
    return LoadedJudge(judge, record["identity"], questions.index(question))


def freeze(model: nn.Module) -> None:
    """No gradient is kept for the model's own weights; gradients still flow through it."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
