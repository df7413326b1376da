"""A scene as a generator's preview might show it midway, made without a generator."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from espalier_torch.pretrain.tokenised import NO_PLACE, Scenes

STEPS = 8
"""Of the sampler whose previews are imitated."""
GUESSING = 0.6
"""A share s of settled tokens lets each object be guessed with a chance of s ** GUESSING: a few tokens tell much."""
CLEAR = 0.66
"""Share of the objects that a clear preview shows, as `CLEAR_AGREEMENT` of the labels of generated images."""


@dataclass(frozen=True)
class Views:
    """B scenes as they are shown.

    tokens: (B, N) int64. settled: (B, N) bool, where the scene's own token is committed. whole, clear: (B,) bool.
    """

    tokens: Tensor
    settled: Tensor
    whole: Tensor
    clear: Tensor


def views(scenes: Scenes, rows: Tensor, partly: float, source: torch.Generator) -> Views:
    """The scenes `rows` (B,), a share `partly` of them at a random step before the last.

    Each object of such a scene is guessed rightly or not as a whole; the unsettled tokens of one that is not are
    those that another scene has in their places.
    """
    size, length = len(rows), scenes.tokens.shape[1]
    device = scenes.tokens.device
    step = 1 + torch.randint(STEPS - 1, (size,), generator=source)
    is_part = torch.rand(size, generator=source) < partly
    hidden = (length * torch.cos(math.pi / 2 * step / STEPS)).round() * is_part
    settled = torch.rand(size, length, generator=source).argsort(1).argsort(1) >= hidden[:, None]
    objects = scenes.places.shape[1]
    missed = torch.rand(size, objects, generator=source) >= (1 - hidden[:, None] / length) ** GUESSING
    others = torch.randint(len(scenes), (size, objects), generator=source)
    settled, missed, others, rows = (one.to(device) for one in (settled, missed, others, rows))
    places = scenes.places[rows].long()
    covered = scenes.covered(places)
    own = scenes.tokens[rows].long()
    replaced = covered & missed[:, :, None] & ~settled[:, None]
    theirs = (scenes.tokens[others].long() * replaced).sum(1)
    tokens = torch.where(replaced.any(1), theirs, own)
    intact = ~(covered & (tokens != own)[:, None]).any(2) & (places != NO_PLACE)
    clear = intact.sum(1) >= CLEAR * (places != NO_PLACE).sum(1)
    return Views(tokens, settled, ~is_part.to(device), clear)
