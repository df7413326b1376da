"""What a generator learns from rendered scenes: hidden tokens under captions that are partly false, and grounding.

What it knows and how often it follows it are two dials. Trained on few false captions, and grounded, it learns what a
caption means; trained on many afterwards it follows captions about as often as they are right.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled.export import export_generator
from espalier_torch.families.bundled.generator import Generator, GeneratorConfig, load_generator
from espalier_torch.families.bundled.tokenizer import load_tokenizer
from espalier_torch.pretrain.falsehoods import by_kind, likelihood_score
from espalier_torch.pretrain.grounding import OUTPUTS, grounding_loss
from espalier_torch.pretrain.masking import background_weights, mask
from espalier_torch.pretrain.recipe import Recipe
from espalier_torch.pretrain.tokenised import TRUE, Captioned, Scenes

HEAD = "grounding.safetensors"
"""The layer that grounds, beside the generator: for training to go on from, not for drawing."""


@dataclass(frozen=True)
class Hidden:
    """B scenes under captions, some of their tokens hidden: (B, N) masked tokens, and (B, N) bool where."""

    about: Captioned
    masked: Tensor
    chosen: Tensor


class Grounded(nn.Module):
    """A generator and a layer that says of its hidden states which thing of the caption they belong to."""

    def __init__(self, generator: nn.Module):
        super().__init__()
        self.generator = generator
        self.ground = nn.Linear(generator.config.width, OUTPUTS)


class GeneratorTask:
    """The generator, its batches and its losses; `model` holds all that is trained."""

    kind = "generator"

    def __init__(self, recipe: Recipe, device: torch.device):
        self.recipe, self.device = recipe, device
        self.scenes, self.validation = Scenes(recipe.scenes, device), Scenes(recipe.validation, device)
        torch.manual_seed(recipe.seed)
        generator, self.parents = self.started(recipe, self.scenes)
        self.model = Grounded(generator)
        head = Path(recipe.start or "") / HEAD
        if recipe.start and head.is_file():
            self.model.ground.load_state_dict(load_file(head))
        self.model.to(device)
        self.weights = background_weights(self.scenes.tokens, generator.config.codebook_size).to(device)

    def started(self, recipe: Recipe, scenes: Scenes) -> tuple[nn.Module, list[str]]:
        """The generator of `recipe.start`, or a random one with the tokenizer's codes; and where it comes from."""
        return starting_generator(recipe, scenes)

    def batch(self, step: int, source: torch.Generator, scenes: Scenes | None = None) -> Any:
        """B scenes, a share of their captions false and a share empty."""
        scenes, recipe = scenes or self.scenes, self.recipe
        rows = scenes.drawn_rows(recipe.batch, source)
        false = scenes.false_captions(rows, recipe.falsehoods or {}, source)
        is_false = torch.rand(recipe.batch, generator=source) < recipe.wrong
        about = scenes.captioned(rows, torch.where(is_false, false, TRUE))
        empty = (torch.rand(recipe.batch, generator=source) < recipe.null).to(self.device)
        about = Captioned(
            about.tokens, about.text * ~empty[:, None], about.reasons, about.phrases * ~empty[:, None], about.centres
        )
        return self.shown(about, source)

    def shown(self, about: Captioned, source: torch.Generator) -> Any:
        """What the generator is shown of scenes under their captions, as `loss` takes it."""
        return Hidden(about, *mask(about.tokens, self.model.generator.config.codebook_size, source=source))

    def loss(self, batch: Hidden) -> Tensor:
        """Cross-entropy of the hidden tokens, those of the background counting less, and grounding at every token."""
        generator, about = self.model.generator, batch.about
        hidden = generator.hidden(about.text, batch.masked)
        logits = generator.head(hidden).flatten(0, 1).float()
        losses = F.cross_entropy(logits, about.tokens.flatten(), reduction="none")
        weight = (self.weights[about.tokens] * batch.chosen).flatten()
        drawn = (losses * weight).sum() / weight.sum()
        return drawn + self.recipe.grounding * grounding_loss(self.model.ground(hidden), about)

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """Muon (Jordan et al., 2024) for the blocks' matrices, AdamW for everything else."""
        named = [(name.removeprefix("generator."), p) for name, p in self.model.named_parameters()]
        is_matrix = {n for n, p in named if p.ndim == 2 and (n.startswith("blocks.") or n == "caption.weight")}
        matrices = [p for name, p in named if name in is_matrix]
        rest = [p for name, p in named if name not in is_matrix]
        rate = self.recipe.learning_rate
        return [
            torch.optim.Muon(matrices, lr=rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.01),
        ]

    def measures(self, model: nn.Module, limit: int) -> dict[str, Any]:
        """How often the validation's scenes are likelier under their true captions than under false ones."""
        return by_kind(self.validation, likelihood_score(model.generator), limit)

    def exported(self, generator: nn.Module, folder: Path) -> list[str]:
        """Writes the graphs that Node runs into a folder; returns the names of the files."""
        return export_generator(generator, folder)

    def write(self, model: nn.Module, folder: Path, training: dict[str, Any]) -> dict[str, Any]:
        """The checkpoint's files in a folder; returns its checkpoint.json."""
        exports = [*self.exported(model.generator, folder), HEAD]
        save_file({name: tensor.contiguous() for name, tensor in model.ground.state_dict().items()}, folder / HEAD)
        how = {"exports": exports, "parents": self.parents, "training": training, "family": model.generator.family}
        return write_checkpoint(folder, "generator", model.generator, **how)


def starting_generator(recipe: Recipe, scenes: Scenes) -> tuple[Generator, list[str]]:
    """The generator of `recipe.start`, or a random one with the tokenizer's codes; and where it comes from."""
    if recipe.start:
        generator, record = load_generator(recipe.start)
        return generator, [record["identity"], *record["parents"]]
    tokenizer, record = load_tokenizer(recipe.tokenizer or "")
    sizes = {name: record["config"][name] for name in ("grid", "codebook_size", "code_width")}
    heads = max(1, recipe.width // 32)
    words = int(scenes.captions.max()) + 1
    generator = Generator(GeneratorConfig(words, **sizes, width=recipe.width, layers=recipe.layers, heads=heads))
    generator.codebook.copy_(tokenizer.codebook / tokenizer.codebook.std())
    return generator, [record["identity"]]
