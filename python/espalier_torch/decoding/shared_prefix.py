"""Image tokens that stand after the same text: the text goes through the model once for all images of it.

Text never sees image tokens, so its keys and values are the same for the chosen and the rejected image of a pair and
for every mask of them. Layers are called as transformers' decoder layers are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

Rotary = tuple[Tensor, Tensor]
"""Two tensors (1 or B, L, width) that a layer turns queries and keys by."""


class SharedMemory:
    """Stands where a layer expects a cache: keeps the keys and values of the text, and puts them before the image's."""

    def __init__(self, rows: Tensor):
        self.rows, self.kept = rows, None

    def update(self, keys: Tensor, values: Tensor, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """First called for the texts, (C, heads, W, head width) each, then for R images, each after its own text."""
        if self.kept is None:
            self.kept = keys, values
            return keys, values
        before = [one.index_select(0, self.rows) for one in self.kept]
        return torch.cat([before[0], keys], 2), torch.cat([before[1], values], 2)


@dataclass(frozen=True)
class Sight:
    """Who sees whom, and the rotary positions: of C texts of W tokens, and of R images after them.

    rows: (R,) int64, the text of each image. text_seen (C, 1, W, W) and image_seen (R, 1, L or 1, W + L): bool.
    """

    rows: Tensor
    text_seen: Tensor
    image_seen: Tensor
    text_rotary: Rotary
    image_rotary: Rotary


def one_layer(layer: nn.Module, words: Tensor, image: Tensor, sight: Sight) -> tuple[Tensor, Tensor]:
    """(C, W, D) texts and (R, L, D) images through one layer."""
    memory = SharedMemory(sight.rows)
    words = layer(words, attention_mask=sight.text_seen, position_embeddings=sight.text_rotary, past_key_values=memory)
    image = layer(
        image, attention_mask=sight.image_seen, position_embeddings=sight.image_rotary, past_key_values=memory
    )
    return words, image


ThroughLayer = Callable[[nn.Module, Tensor, Tensor, Sight], tuple[Tensor, Tensor]]
"""As `one_layer`, which may be compiled."""


def through_layers(
    layers: Iterable[nn.Module],
    words: Tensor,
    image: Tensor,
    sight: Sight,
    recompute: bool,
    through: ThroughLayer = one_layer,
) -> tuple[Tensor, Tensor]:
    """(C, W, D) texts and (R, L, D) images through all layers; `recompute` keeps no activations for the gradient."""
    for layer in layers:
        if recompute:
            words, image = checkpoint(through, layer, words, image, sight, use_reentrant=False)
        else:
            words, image = through(layer, words, image, sight)
    return words, image
