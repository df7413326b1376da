"""A DPO loop that does what the released trainer of arXiv 2501.13926 does, to measure ours against.

Both images are encoded again at every step, each with a mask and a caption dropout of its own. Policy and reference
each take chosen and rejected in one pass, make logits of the whole vocabulary at every position, and sum the masked
tokens' log-probabilities. The SFT term is in the graph with weight 0, as released. Two things flatter it: images lie in
memory instead of in PNG files, and nothing is logged.
"""

import copy
import time
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.families.bundled.generator import Generator
from espalier_torch.families.bundled.tokenizer import Tokenizer
from espalier_torch.families.pixels import to_unit
from espalier_torch.families.showo.layout import IGNORED
from espalier_torch.families.showo.magvit import Magvit
from espalier_torch.families.showo.model import Showo
from espalier_torch.families.showo.released_training import mask_images, summed_log_probabilities


class RowLayout(Protocol):
    """How a family's rows are laid out."""

    tokenizer: Tokenizer | Magvit
    mask: int
    text_length: int

    def logits(self, model: nn.Module, text: Tensor, tokens: Tensor) -> Tensor:
        """(B, T) text and (B, N) tokens to (B, L, V) logits of every position."""

    def labels(self, text: Tensor, labels: Tensor) -> Tensor:
        """(B, N) labels of image tokens to (B, L) labels of every position."""


class BundledRows:
    """The bundled generator: words, then image tokens; its vocabulary is that of image codes."""

    def __init__(self, model: Generator, tokenizer: Tokenizer):
        self.tokenizer, self.mask, self.text_length = tokenizer, model.config.codebook_size, model.config.text_length

    def logits(self, model: Generator, text: Tensor, tokens: Tensor) -> Tensor:
        """As `RowLayout`."""
        return model.head(model.trunk(text, tokens))

    def labels(self, text: Tensor, labels: Tensor) -> Tensor:
        """As `RowLayout`."""
        return F.pad(labels, (self.text_length, 0), value=IGNORED)


class ShowoRows:
    """Show-o: one row of text, the image and its ends, padded to full length; all ids in one vocabulary."""

    def __init__(self, model: Showo, tokenizer: Magvit):
        self.layout = model.layout
        self.tokenizer, self.mask, self.text_length = tokenizer, self.layout.codebook_size, self.layout.text_length

    def logits(self, model: Showo, text: Tensor, tokens: Tensor) -> Tensor:
        """As `RowLayout`."""
        ids = self.layout.rows(self.layout.with_null_prompts(text), tokens)
        return model(ids, self.layout.attention(ids))

    def labels(self, text: Tensor, labels: Tensor) -> Tensor:
        """As `RowLayout`."""
        shifted = torch.where(labels == IGNORED, IGNORED, labels + self.layout.first_code)
        return torch.cat([text, self.layout.enclosed(shifted)], 1)


class PlainTrainer:
    """The model, its frozen copy, and the loop. Images are (P, H, W, 3) uint8."""

    def __init__(self, model: nn.Module, rows: RowLayout, beta: float, learning_rate: float, dropout: float):
        self.model, self.rows = model, rows
        self.reference = copy.deepcopy(model).requires_grad_(False)
        self.beta, self.dropout = beta, dropout
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)

    def step(self, text: Tensor, chosen: Tensor, rejected: Tensor) -> float:
        """One optimizer step on B pairs; returns the loss."""
        sides = [self.prepared(text, images) for images in (chosen, rejected)]
        texts, tokens, labels = (torch.cat(part) for part in zip(*sides, strict=True))
        policy, logits = self.log_likelihoods(self.model, texts, tokens, labels)
        with torch.no_grad():
            reference, _ = self.log_likelihoods(self.reference, texts, tokens, labels)
        chosen_ratio, rejected_ratio = (policy - reference).chunk(2)
        first = self.rows.text_length
        sft = F.cross_entropy(
            logits[: len(text), first:].flatten(0, 1), labels[: len(text), first:].flatten(), ignore_index=IGNORED
        )
        loss = -F.logsigmoid(self.beta * (chosen_ratio - rejected_ratio)).mean() + 0 * sft
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    @torch.no_grad()
    def prepared(self, text: Tensor, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Text, masked tokens and labels of every position, of one image a pair."""
        tokens = self.rows.tokenizer.encode(to_unit(images))
        times, order = (torch.rand(shape, device=tokens.device) for shape in ((len(tokens),), tokens.shape))
        masked, labels, _ = mask_images(tokens, self.rows.mask, times, order)
        text = text.masked_fill(torch.rand(len(text), 1, device=text.device) < self.dropout, 0)
        return text, masked, self.rows.labels(text, labels)

    def log_likelihoods(self, model: nn.Module, text: Tensor, tokens: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """(R,) sums over the masked tokens, and the logits (R, L, V) of every position they come from."""
        logits = self.rows.logits(model, text, tokens).float()
        return summed_log_probabilities(logits, labels, self.rows.text_length), logits


def clock() -> float:
    """Seconds of processor time for each thread: what else runs on the machine does not count."""
    return time.process_time() / torch.get_num_threads()


def pairs_per_second(trainer: PlainTrainer, pairs: tuple[Tensor, Tensor, Tensor], batch: int, steps: int) -> float:
    """Speed over `steps` optimizer steps after two that do not count. `pairs`: text, chosen and rejected images."""
    started = 0.0
    for step in range(steps + 2):
        if step == 2:
            started = clock()
        rows = torch.arange(step * batch, (step + 1) * batch) % len(pairs[0])
        trainer.step(*(part[rows] for part in pairs))
    return steps * batch / (clock() - started)
