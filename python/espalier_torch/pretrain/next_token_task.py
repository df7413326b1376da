"""What a next-token generator learns from rendered scenes: each code after those before it, and grounding.

The data, the captions that are partly false and the weights of the background are the masked generator's.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.families.bundled.tokenizer import load_tokenizer
from espalier_torch.families.bundled_next_token.export import export_next_token
from espalier_torch.families.bundled_next_token.generator import (
    NextTokenConfig,
    NextTokenGenerator,
    load_next_token,
)
from espalier_torch.pretrain.falsehoods import Score, by_kind
from espalier_torch.pretrain.generator_task import GeneratorTask
from espalier_torch.pretrain.grounding import grounding_loss
from espalier_torch.pretrain.recipe import Recipe
from espalier_torch.pretrain.tokenised import Captioned, Scenes


class NextTokenTask(GeneratorTask):
    """The next-token generator, its batches and its losses; `model` holds all that is trained."""

    def started(self, recipe: Recipe, scenes: Scenes) -> tuple[NextTokenGenerator, list[str]]:
        """As GeneratorTask.started."""
        if recipe.start:
            generator, record = load_next_token(recipe.start)
            return generator, [record["identity"], *record["parents"]]
        tokenizer, record = load_tokenizer(recipe.tokenizer or "")
        sizes = {name: record["config"][name] for name in ("grid", "codebook_size", "code_width")}
        heads, words = max(1, recipe.width // 32), int(scenes.captions.max()) + 1
        config = NextTokenConfig(words, **sizes, width=recipe.width, layers=recipe.layers, heads=heads)
        generator = NextTokenGenerator(config)
        generator.codebook.copy_(tokenizer.codebook / tokenizer.codebook.std())
        return generator, [record["identity"]]

    def shown(self, about: Captioned, source: torch.Generator) -> Captioned:
        """As GeneratorTask.shown: nothing is hidden."""
        return about

    def loss(self, about: Captioned) -> Tensor:
        """Cross-entropy of every code, those of the background counting less, and grounding before every code."""
        generator, every = self.model.generator, torch.arange(len(about.text), device=self.device)
        states = generator.image_states(about.text, torch.zeros_like(every, dtype=torch.bool), about.tokens, every)
        losses = F.cross_entropy(
            generator.logits(states).flatten(0, 1).float(), about.tokens.flatten(), reduction="none"
        )
        weight = self.weights[about.tokens].flatten()
        drawn = (losses * weight).sum() / weight.sum()
        return drawn + self.recipe.grounding * grounding_loss(self.model.ground(states), about)

    def measures(self, model: nn.Module, limit: int) -> dict[str, Any]:
        """As GeneratorTask.measures, by exact likelihoods."""
        return by_kind(self.validation, exact_score(model.generator), limit)

    def exported(self, generator: nn.Module, folder: Path) -> list[str]:
        """As GeneratorTask.exported."""
        return export_next_token(generator, folder)


def exact_score(generator: NextTokenGenerator) -> Score:
    """Log-likelihood of the codes given the caption."""

    def score(text: Tensor, tokens: Tensor, _: int) -> Tensor:
        every = torch.arange(len(text), device=text.device)
        return generator.log_probabilities(text, torch.zeros_like(every, dtype=torch.bool), tokens, every).sum(1)

    return score
