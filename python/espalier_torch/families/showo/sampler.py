"""Samples images in our own semantics: many prompts in one batch, slots refilled as paths end.

A path's randomness is a function of (seed, step, position) alone. Its temperature starts anew with the path and falls
linearly. Compared with the released code see `showo/released.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.families.showo.model import Showo
from espalier_torch.families.showo.schedule import masked_counts, newly_committed
from espalier_torch.families.showo.step import StepModel
from espalier_torch.objective.sampling import SamplerSettings, remasking_temperature
from espalier_torch.runtime import randomness


@dataclass
class Path:
    """One image being made.

    text: ids of the prompt without special tokens. seed: unsigned 32-bit. tokens: (N,) int64 codes, codebook_size where
    masked. committed_at: (N,) uint8 step of each token. predicted: (N,) the whole image as last drawn, None before.
    """

    text: tuple[int, ...]
    seed: int
    tokens: Tensor
    committed_at: Tensor
    step: int = 0
    predicted: Tensor | None = field(default=None)


class ShowoSampler:
    """Opens paths and advances them, `slots` at a time.

    Args:
        model: on its device and in its dtype (bfloat16 on a GPU).
        settings: steps, guidance and temperature.
        slots: paths in one forward pass; fewer are padded, so candidates depend on `slots` but not on their company.
        compile_mode: one of draws.COMPILE_MODES.
    """

    def __init__(self, model: Showo, settings: SamplerSettings, slots: int = 16, compile_mode: str = "none"):
        self.layout, self.settings, self.slots = model.layout, settings, slots
        self.counts = masked_counts(self.layout.image_tokens, settings.steps)
        self.steps = StepModel(model, slots, settings.guidance_scale, compile_mode)
        self.function_evaluations = 0

    def open(self, text: Sequence[int], seed: int) -> Path:
        """A path before its first step, all tokens masked."""
        size = (self.layout.image_tokens,)
        masked = torch.full(size, self.layout.codebook_size)
        return Path(tuple(text), seed, masked, torch.full(size, NEVER_COMMITTED, dtype=torch.uint8))

    def advance(self, paths: Sequence[Path]) -> None:
        """Runs one decoding step on each path, whatever step it is at. Raises ValueError for one that is done."""
        if any(self.done(path) for path in paths):
            raise ValueError("A path was asked to advance that has no steps left")
        for first in range(0, len(paths), self.slots):
            self.step(paths[first : first + self.slots])

    def step(self, paths: Sequence[Path]) -> None:
        """One forward pass for at most `slots` paths."""
        places = np.arange(self.layout.image_tokens)
        numbers = [randomness.uniform(path.seed, path.step, places, randomness.TOKEN_DRAW) for path in paths]
        uniform = torch.from_numpy(np.stack(numbers)).float()
        tokens = torch.stack([path.tokens for path in paths])
        drawn, log_probability = self.steps.draw([path.text for path in paths], tokens, uniform)
        for path, own, certainty in zip(paths, drawn, log_probability, strict=True):
            noise = remasking_temperature(self.settings.temperature, path.step, self.settings.steps)
            gumbel = torch.from_numpy(randomness.gumbel(path.seed, path.step, places))
            fresh = newly_committed(path.committed_at, certainty.double() + noise * gumbel, self.counts[path.step + 1])
            path.tokens = torch.where(fresh, own, path.tokens)
            path.committed_at = path.committed_at.masked_fill(fresh, path.step)
            path.predicted, path.step = own, path.step + 1
        self.function_evaluations += len(paths) * (self.steps.rows // self.slots)

    def done(self, path: Path) -> bool:
        """Whether a path has no steps left."""
        return path.step == self.settings.steps

    def sample(self, wanted: Iterable[tuple[Sequence[int], int]]) -> Iterator[Path]:
        """Runs (text, seed) pairs to their ends, in the order they end; a free slot takes the next pair at once."""
        source = iter(wanted)
        running: list[Path] = []
        while True:
            for text, seed in source:
                running.append(self.open(text, seed))
                if len(running) == self.slots:
                    break
            if not running:
                return
            self.advance(running)
            yield from (path for path in running if self.done(path))
            # Those that go on keep their slots, and so their place in the prefix cache.
            running = [path for path in running if not self.done(path)]
