"""The normalisation of the bundled generators, and the scale of attention between what it gives."""

import torch
from torch import Tensor

ATTENTION_SCALE = 0.25
"""Queries and keys have unit mean square, so logits lie within 0.25 * (head width): 8 at a head width of 32."""


def normalise(x: Tensor) -> Tensor:
    """Root-mean-square normalisation over the last dimension, without weights. Shape unchanged."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)
