"""What takes the place of a log-ratio when the policy is held to its reference by another f-divergence.

Wang et al. 2023, "Beyond Reverse KL" (arXiv 2309.16240), theorem 1: the implicit reward is beta * f'(u) with
u = pi / pi_reference. Each function takes log u, any shape, and gives f'(u), shifted so that f'(1) = 0.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

HIGHEST_EXPONENT = 80.0
"""e ** 80 is finite in float32."""


def reverse_kl(log_ratios: Tensor, alpha: float) -> Tensor:
    """f(u) = u log u: plain DPO."""
    return log_ratios


def forward_kl(log_ratios: Tensor, alpha: float) -> Tensor:
    """f(u) = -log u: f' = 1 - 1 / u."""
    return 1 - torch.exp(-log_ratios)


def js_divergence(log_ratios: Tensor, alpha: float) -> Tensor:
    """Jensen-Shannon: f' = log(2 u / (1 + u))."""
    return F.logsigmoid(log_ratios) + math.log(2)


def alpha_divergence(log_ratios: Tensor, alpha: float) -> Tensor:
    """f' = (u ** (alpha - 1) - 1) / (alpha - 1); order 1 is reverse KL."""
    if abs(alpha - 1) < 1e-6:
        return log_ratios
    return (torch.exp(((alpha - 1) * log_ratios).clamp(max=HIGHEST_EXPONENT)) - 1) / (alpha - 1)


def alpha_divergence_older(log_ratios: Tensor, alpha: float) -> Tensor:
    """f' = (1 - u ** -alpha) / alpha, which TRL before 1.0 called `alpha_divergence`."""
    highest = math.log(torch.finfo(log_ratios.dtype).max)
    return (1 - torch.exp((-alpha * log_ratios).clamp(max=highest))) / alpha


DIVERGENCES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "reverse_kl": reverse_kl,
    "forward_kl": forward_kl,
    "js_divergence": js_divergence,
    "alpha_divergence": alpha_divergence,
    "alpha_divergence_older": alpha_divergence_older,
}
