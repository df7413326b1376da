"""What a judge learns from rendered scenes: every question about true and false captions, with reasons and grounding.

A scene counts as one prompt, so that its captions are ranked against each other. The only way that a scene partly drawn
can be completed is the whole: process and potential of a part are the truth of the whole. "Zero-shot" means, as in
arXiv 2501.13926, a judge that never saw a generated image; labelled ones may be learned from beside the scenes.
"""

import glob
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled.export import export_judge
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.families.bundled.judge import Judge, load_judge
from espalier_torch.judge_training.batches import Batch, SamplePlan
from espalier_torch.judge_training.bundled import take_over
from espalier_torch.judge_training.loss import answer_loss, ranking_loss, reason_loss
from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS, REASONS
from espalier_torch.judge_training.samples import check_samples, read_samples
from espalier_torch.pretrain.falsehoods import by_kind, outcome_score
from espalier_torch.pretrain.grounding import OUTPUTS, grounding_loss
from espalier_torch.pretrain.partly_drawn import Views, views
from espalier_torch.pretrain.recipe import Recipe
from espalier_torch.pretrain.tokenised import TRUE, Captioned, Scenes

RANKING_WEIGHT = 0.5
REASON_WEIGHT = 0.2
"""As in the request of a judge's training."""


class JudgeTask:
    """The judge, its batches and its losses; `model` holds all that is trained."""

    kind = "judge"

    def __init__(self, recipe: Recipe, device: torch.device):
        self.recipe, self.device = recipe, device
        self.scenes, self.validation = Scenes(recipe.scenes, device), Scenes(recipe.validation, device)
        torch.manual_seed(recipe.seed)
        judge, self.parents = starting_judge(recipe.start or "")
        self.model = judge.to(device)
        self.labelled: SamplePlan | None = None
        if recipe.labelled:
            samples = read_samples(named_files(recipe.labelled))
            check_samples(samples, judge.config)
            self.labelled = SamplePlan(samples, round(recipe.batch * recipe.labelled_share), recipe.seed, device)

    def batch(self, step: int, source: torch.Generator, scenes: Scenes | None = None) -> tuple[Batch, Captioned]:
        """Both captions of B scenes, 2B rows, then labelled images; and the scenes of the first 2B rows."""
        scenes = scenes or self.scenes
        rows = scenes.drawn_rows(self.recipe.batch, source)
        false = scenes.false_captions(rows, self.recipe.falsehoods or {}, source)
        shown = views(scenes, rows, self.recipe.partly, source)
        captions = torch.cat([torch.full_like(false, TRUE), false])
        about = scenes.captioned(rows.repeat(2), captions)
        asked = scene_batch(shown, about)
        if self.labelled is None or scenes is not self.scenes:
            return asked, about
        return joined(asked, self.labelled.batch(step)), about

    def loss(self, batch: tuple[Batch, Captioned]) -> Tensor:
        """The sum of all losses of a batch."""
        asked, about = batch
        logits, grounding = self.model.with_grounding(asked.text, asked.tokens, asked.settled)
        questions, reasons = logits.float().split([len(QUESTIONS), len(REASONS)], 1)
        return (
            answer_loss(questions, asked.answers)
            + RANKING_WEIGHT * ranking_loss(questions, asked.answers, asked.prompts)
            + REASON_WEIGHT * reason_loss(reasons, asked.reasons, asked.answers)
            + self.recipe.grounding * grounding_loss(grounding[: len(about.tokens)], about)
        )

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """AdamW for everything."""
        return [
            torch.optim.AdamW(
                self.model.parameters(), lr=self.recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0.02
            )
        ]

    def measures(self, model: nn.Module, limit: int) -> dict[str, Any]:
        """How often true captions are told from false ones on the validation's scenes."""
        return by_kind(self.validation, outcome_score(model), limit)

    def write(self, model: nn.Module, folder: Path, training: dict[str, Any]) -> dict[str, Any]:
        """The checkpoint's files in a folder; returns its checkpoint.json."""
        exports = export_judge(model, folder)
        extra = {"questions": QUESTIONS, "reasons": REASONS}
        return write_checkpoint(
            folder, "judge", model, exports=exports, parents=self.parents, training=training, extra=extra
        )


def named_files(patterns: list[str]) -> list[str]:
    """The files that patterns name, in order; a name that matches nothing stays, and is missed when it is read."""
    return [file for pattern in patterns for file in sorted(glob.glob(pattern)) or [pattern]]


def starting_judge(folder: str) -> tuple[Judge, list[str]]:
    """A judge of every question with the trunk of a generator, or all of another judge; and where it comes from."""
    kind = json.loads((Path(folder) / "checkpoint.json").read_text()).get("kind")
    old, record = load_judge(folder) if kind == "judge" else load_generator(folder)
    trunk = old.trunk if kind == "judge" else old
    judge = Judge.from_generator(trunk, len(QUESTIONS), len(REASONS), settled=True, grounding=OUTPUTS)
    if kind == "judge":
        take_over(judge, old, record.get("questions", []) + record.get("reasons", []))
    return judge, [record["identity"], *record["parents"]] if kind == "judge" else [record["identity"]]


def scene_batch(shown: Views, about: Captioned) -> Batch:
    """2B rows of B scenes as they are shown: under their true captions, then under false ones."""
    size, device = len(shown.whole), shown.whole.device
    true = torch.arange(2 * size, device=device) < size
    whole, clear = shown.whole.repeat(2), shown.clear.repeat(2)
    asked = {
        "outcome": (true, whole),
        "process": (true, torch.ones_like(whole)),
        "clarity": (clear, torch.ones_like(whole)),
        "potential": (true, clear),
        "reflection": (true, whole),
    }
    answers = [torch.where(is_asked, answer.to(torch.uint8), NOT_ASKED) for answer, is_asked in asked.values()]
    bits = torch.arange(len(REASONS), device=device)
    return Batch(
        text=about.text,
        tokens=shown.tokens.repeat(2, 1),
        settled=shown.settled.repeat(2, 1),
        answers=torch.stack(answers, 1),
        reasons=((about.reasons[:, None] >> bits) & 1).to(torch.uint8),
        prompts=torch.arange(size, device=device).repeat(2),
    )


def joined(scenes: Batch, labelled: Batch) -> Batch:
    """The rows of both; prompts of the second are others than those of the first."""
    shifted = replace(labelled, prompts=labelled.prompts + len(scenes.prompts))
    return Batch(*(torch.cat([getattr(one, field.name) for one in (scenes, shifted)]) for field in fields(Batch)))
