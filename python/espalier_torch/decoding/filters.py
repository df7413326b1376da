"""What is left of a next token's distribution: guidance, temperature, then top-k, then top-p.

Top-p is nucleus sampling (Holtzman et al., 2020, arXiv 1904.09751): the token that crosses p is kept.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class DrawSettings:
    """How the next token is drawn.

    guidance_scale: s in unconditional + s * (conditional - unconditional); up to 1 there is no guidance.
    temperature: the logits are divided by it; 0 takes the likeliest token. top_k: tokens kept; None keeps all.
    top_p: share of the probability kept, in (0, 1]. guided_tokens: tokens, from the first, that guidance applies to;
    None guides all.
    """

    guidance_scale: float = 1.0
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    guided_tokens: int | None = None

    @property
    def branches(self) -> int:
        """Rows of a forward pass for one path: the conditional one, and with guidance the unconditional one."""
        return 2 if self.guidance_scale > 1 else 1


def guided(logits: Tensor, positions: Tensor, settings: DrawSettings) -> Tensor:
    """(branches * S, K) logits, conditional rows first, at (S,) positions -> (S, K) float32."""
    if settings.branches == 1:
        return logits.float()
    conditional, unconditional = logits.float().chunk(2)
    if settings.guided_tokens is None:
        return unconditional + settings.guidance_scale * (conditional - unconditional)
    inside = (positions < settings.guided_tokens).unsqueeze(-1)
    return torch.where(inside, unconditional + settings.guidance_scale * (conditional - unconditional), conditional)


def filtered(logits: Tensor, settings: DrawSettings) -> Tensor:
    """(..., K) guided logits -> the same divided by the temperature, -inf where a filter takes a token out."""
    logits = logits / max(settings.temperature, 1e-5)
    if settings.top_k is not None:
        least = logits.topk(min(settings.top_k, logits.shape[-1])).values[..., -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    if settings.top_p < 1:
        ordered, order = logits.sort(descending=True)
        before = ordered.softmax(-1).cumsum(-1).roll(1, -1)
        beyond = before > settings.top_p
        beyond[..., 0] = False
        logits = logits.masked_fill(beyond.scatter(-1, order, beyond), -torch.inf)
    return logits
