"""One draw from a distribution over codes, and the step around it as one graph."""

from collections.abc import Callable

import torch
from torch import Tensor

COMPILE_MODES = ("none", "default", "reduce-overhead", "max-autotune")
"""torch.compile's modes; reduce-overhead and max-autotune capture CUDA graphs."""


def inverse_transform(logits: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """(..., K) logits and (...) numbers in [0, 1) -> (...) int64 draws and their log-probabilities."""
    weights = torch.exp(logits - logits.amax(-1, keepdim=True))
    summed = weights.cumsum(-1)
    total = summed[..., -1:]
    drawn = (summed <= uniform.unsqueeze(-1) * total).sum(-1).clamp(max=logits.shape[-1] - 1)
    own = (weights.gather(-1, drawn.unsqueeze(-1)) / total).squeeze(-1)
    return drawn, own.clamp(min=1e-20).log()


def compiled(step: Callable, mode: str) -> Callable:
    """The step under torch.compile, whole and with fixed shapes. Raises ValueError for a mode torch does not have."""
    if mode not in COMPILE_MODES:
        raise ValueError(f"Unknown compile mode {mode!r}; known are {', '.join(COMPILE_MODES)}")
    return torch.compile(step, mode=mode, fullgraph=True, dynamic=False)
