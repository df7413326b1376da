"""A DPO loop that does what the released trainer of arXiv 2501.13926 does, to measure ours against.

Both images are encoded again at every step; chosen and rejected go through the model one after the other, each with
a mask and a caption dropout of its own; logits are made over all positions, and their cross-entropy is taken where a
token was masked; the reference stays loaded and runs beside the policy at every step.
"""

import copy
import math
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.models.generator import Generator
from espalier_torch.models.tokenizer import Tokenizer, to_unit

IGNORED = -100


class PlainTrainer:
    """The model, its frozen copy, and the loop. Images are (P, H, W, 3) uint8."""

    def __init__(self, model: Generator, tokenizer: Tokenizer, beta: float, learning_rate: float, dropout: float):
        self.model, self.tokenizer = model, tokenizer
        self.reference = copy.deepcopy(model).requires_grad_(False)
        self.beta, self.dropout = beta, dropout
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)

    def step(self, text: Tensor, chosen: Tensor, rejected: Tensor) -> float:
        """One optimizer step on B pairs; returns the loss."""
        sides = [self.side(text, images) for images in (chosen, rejected)]
        margin = (sides[0][0] - sides[0][1]) - (sides[1][0] - sides[1][1])
        loss = -F.logsigmoid(self.beta * margin).mean()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()

    def side(self, text: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Log-likelihoods of one image a pair under policy and reference, (B,) each, with masks of their own."""
        with torch.no_grad():
            tokens = self.tokenizer.encode(to_unit(images))
        ratio = torch.cos(torch.rand(len(tokens)) * math.pi / 2)
        counts = (ratio * tokens.shape[1]).round().clamp(min=1).unsqueeze(1)
        masked = torch.rand(tokens.shape).argsort(-1).argsort(-1) < counts
        dropped = torch.rand(len(text), 1) < self.dropout
        inputs = (text.masked_fill(dropped, 0), torch.where(masked, self.model.config.codebook_size, tokens))
        labels = torch.where(masked, tokens, IGNORED)
        with torch.no_grad():
            reference = self.log_likelihood(self.reference, inputs, labels)
        return self.log_likelihood(self.model, inputs, labels), reference

    def log_likelihood(self, model: Generator, inputs: tuple[Tensor, Tensor], labels: Tensor) -> Tensor:
        """(B,) sums over the masked tokens, from logits (B, T + N, codes) of every position of the sequence."""
        text, tokens = inputs
        logits = model.head(model.trunk(text, tokens)).float()
        padded = F.pad(labels, (text.shape[1], 0), value=IGNORED)
        losses = F.cross_entropy(logits.transpose(1, 2), padded, ignore_index=IGNORED, reduction="none")
        return -losses.sum(1)


def pairs_per_second(trainer: PlainTrainer, pairs: tuple[Tensor, Tensor, Tensor], batch: int, steps: int) -> float:
    """Speed over `steps` optimizer steps after two that do not count. `pairs`: text, chosen and rejected images."""
    started = 0.0
    for step in range(steps + 2):
        if step == 2:
            started = time.perf_counter()
        rows = torch.arange(step * batch, (step + 1) * batch) % len(pairs[0])
        trainer.step(*(part[rows] for part in pairs))
    return steps * batch / (time.perf_counter() - started)
