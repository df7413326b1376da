"""Compatibility: images as the released Show-o code samples them, step by step and draw by draw.

Only for comparing with numbers made by that code (showlab/Show-o, ZiyuGuo99/Image-Generation-CoT). Its temperature
compounds over the steps and is never reset, one token stays masked to the end, and draws come from one generator in
the order of the calls. Our own sampler is `showo/sampler.py`.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from espalier_torch.families.showo.model import Showo

SMALLEST_LOG = 1e-20


def cosine(ratio: Tensor) -> Tensor:
    """Share of tokens masked at a share of the steps, float32."""
    return torch.cos(ratio * math.pi * 0.5)


def power(exponent: float) -> Callable[[Tensor], Tensor]:
    """1 - ratio ** exponent, kept within [1e-6, 1]."""
    return lambda ratio: (1.0 - ratio**exponent).clamp(1e-6, 1.0)


def sigmoid(ratio: Tensor) -> Tensor:
    """A sigmoid from -3 to 3 turned over and scaled to [1e-6, 1]."""
    first, last = torch.sigmoid(torch.tensor(-3.0)), torch.sigmoid(torch.tensor(3.0))
    return ((last - torch.sigmoid(ratio * 6 - 3)) / (last - first)).clamp(1e-6, 1.0)


SCHEDULES: dict[str, Callable[[Tensor], Tensor]] = {
    "cosine": cosine,
    "linear": power(1),
    "pow2": power(2),
    "pow0.5": power(0.5),
    "sigmoid": sigmoid,
}


@dataclass
class Temperature:
    """The released temperature: each step multiplies it by the share of steps left; nothing resets it between paths."""

    value: float = 1.0

    def after(self, step: int, steps: int) -> float:
        """The temperature of step `step` (from 0), which is also the start of the next."""
        self.value *= 1.0 - (step + 1) / steps
        return self.value


@dataclass(frozen=True)
class ReleasedSettings:
    """Steps, guidance in the form (1 + g) * conditional - g * unconditional, and the schedule's name."""

    steps: int = 18
    guidance_scale: float = 1.75
    schedule: str = "cosine"


@dataclass(frozen=True)
class ReleasedStep:
    """What one step of the released sampler did with B images of N tokens.

    image_logits: (B or 2B, N, codebook_size) before guidance, conditional rows first.
    probabilities: (B, N, codebook_size) after it.
    tokens: (B, N) codes, known ones kept. masked: (B, N) bool, what the next step sees masked.
    mask_count: (B, 1). temperature: of this step.
    """

    image_logits: Tensor
    probabilities: Tensor
    tokens: Tensor
    masked: Tensor
    mask_count: Tensor
    temperature: float


def generate(
    model: Showo,
    text: Tensor,
    tokens: Tensor,
    settings: ReleasedSettings,
    temperature: Temperature,
    generator: torch.Generator | None,
) -> Iterator[ReleasedStep]:
    """Runs the released sampler; the tokens of the last step are the image.

    Args:
        model: the generator.
        text: (B, text_length) prompt rows.
        tokens: (B, N) codes, codebook_size where masked; all masked to begin with.
        settings: steps, guidance and schedule.
        temperature: goes on from where an earlier call left it, as the released search does.
        generator: of the draws.
    """
    layout = model.layout
    for step in range(settings.steps):
        logits = image_logits(model, text, tokens, settings.guidance_scale > 0)
        probabilities = guided(logits, settings.guidance_scale).softmax(-1)
        drawn = torch.multinomial(probabilities.flatten(0, 1), 1, generator=generator).view(tokens.shape)
        unknown = tokens == layout.codebook_size
        whole = torch.where(unknown, drawn, tokens)
        own = probabilities.gather(-1, whole.unsqueeze(-1)).squeeze(-1)
        confidence = torch.where(unknown, own, torch.finfo(own.dtype).max)
        count = mask_count(unknown, step, settings)
        noise = temperature.after(step, settings.steps)
        masked = least_confident(confidence, count, noise, generator)
        tokens = torch.where(masked, layout.codebook_size, whole)
        yield ReleasedStep(logits, probabilities, whole, masked, count, noise)


def image_logits(model: Showo, text: Tensor, tokens: Tensor, with_null: bool) -> Tensor:
    """Logits of the image codes at image positions, conditional rows and, if asked, unconditional ones after them."""
    if with_null:
        null = model.layout.text_row([]).to(text.device).expand_as(text)
        text, tokens = torch.cat([text, null]), torch.cat([tokens, tokens])
    return model.head(model.hidden(text, tokens))


def guided(logits: Tensor, scale: float) -> Tensor:
    """(1 + g) * conditional - g * unconditional of (2B, ...) logits, or the logits themselves at scale 0."""
    if scale == 0:
        return logits
    conditional, unconditional = logits.chunk(2)
    return (1 + scale) * conditional - scale * unconditional


def mask_count(unknown: Tensor, step: int, settings: ReleasedSettings) -> Tensor:
    """(B, 1) float32: tokens still masked after a step; at least one, and one fewer than before."""
    ratio = torch.tensor((step + 1) / settings.steps)
    scheduled = (unknown.shape[-1] * SCHEDULES[settings.schedule](ratio)).floor()
    below = unknown.sum(-1, keepdim=True) - 1
    return torch.minimum(below, scheduled.to(unknown.device)).clamp(min=1)


def least_confident(
    probabilities: Tensor, count: Tensor, temperature: float, generator: torch.Generator | None
) -> Tensor:
    """(B, N) bool: the positions strictly below the `count`-th (from 0) lowest log(p) + temperature * gumbel."""
    uniform = torch.zeros_like(probabilities).uniform_(0, 1, generator=generator)
    gumbel = -clamped_log(-clamped_log(uniform))
    confidence = clamped_log(probabilities) + temperature * gumbel
    cut_off = confidence.sort(-1).values.gather(-1, count.long())
    return confidence < cut_off


def clamped_log(values: Tensor) -> Tensor:
    """log of values not below 1e-20."""
    return values.clamp(min=SMALLEST_LOG).log()
