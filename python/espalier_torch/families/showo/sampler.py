"""Samples images in our own semantics: many prompts in one batch, slots refilled as paths end.

A path's randomness is a function of (seed, step, position) alone. Its temperature starts anew with the path and falls
linearly. Compared with the released code see `showo/released.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.families.showo.model import Showo
from espalier_torch.families.showo.schedule import masked_counts, newly_committed
from espalier_torch.families.showo.step import StepModel
from espalier_torch.objective.sampling import SamplerSettings, remasking_temperature
from espalier_torch.runtime import device_randomness, randomness
from espalier_torch.runtime.sending import sent


@dataclass
class Path:
    """One image being made.

    text: ids of the prompt without special tokens. seed: unsigned 32-bit. tokens: (N,) int64 codes, codebook_size where
    masked. committed_at: (N,) uint8 step of each token. predicted: (N,) the whole image as last drawn, None before.
    Tensors lie on the device once a step was run.
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
        """One forward pass for at most `slots` paths, and what it commits, all at once and on the device."""
        counters = [[path.seed, path.step, self.counts[path.step + 1]] for path in paths]
        seeds, steps, stay = sent(torch.tensor(counters).t().contiguous(), self.steps.device)
        noise = [remasking_temperature(self.settings.temperature, path.step, self.settings.steps) for path in paths]
        scale = sent(torch.tensor(noise, dtype=torch.float64).unsqueeze(1), self.steps.device)
        length = self.layout.image_tokens
        tokens, committed_at = (torch.stack(one) for one in zip(*[self.state(path) for path in paths], strict=True))
        uniform = device_randomness.uniform(seeds, steps, length, randomness.TOKEN_DRAW).float()
        drawn, certainty = self.steps.draw_there([path.text for path in paths], tokens, uniform)
        confidence = certainty.double() + scale * device_randomness.gumbel(seeds, steps, length)
        fresh = newly_committed(committed_at, confidence, stay.unsqueeze(1))
        tokens = torch.where(fresh, drawn, tokens)
        committed_at = torch.where(fresh, steps.unsqueeze(1).to(torch.uint8), committed_at)
        for path, *state in zip(paths, tokens.unbind(), committed_at.unbind(), drawn.unbind(), strict=True):
            path.tokens, path.committed_at, path.predicted = state
            path.step += 1
        self.function_evaluations += len(paths) * (self.steps.rows // self.slots)

    def state(self, path: Path) -> tuple[Tensor, Tensor]:
        """A path's tokens and when they were committed, on the device."""
        return sent(path.tokens, self.steps.device), sent(path.committed_at, self.steps.device)

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
            yield from fetched([path for path in running if self.done(path)])
            # Those that go on keep their slots, and so their place in the prefix cache.
            running = [path for path in running if not self.done(path)]


def fetched(paths: list[Path]) -> list[Path]:
    """The paths with their tensors on the CPU, in one copy each kind."""
    if paths:
        for name in ("tokens", "committed_at", "predicted"):
            rows = torch.stack([getattr(path, name) for path in paths]).cpu().unbind()
            for path, row in zip(paths, rows, strict=True):
                setattr(path, name, row.clone())
    return paths
