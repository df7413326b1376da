"""Keys and values of what a language model has read of a conversation, so that another one costs its new words alone.

A row is [words before the image] [features of the image] [words after it]; rows of one batch have the image at the same
places, so what they have read is kept side by side. Words after the image are padded on the right, which a causal model
never looks back from: no row needs a mask of its own.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

Layers = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer, (B, heads, L, head width) each."""


@dataclass(frozen=True)
class Read:
    """What was read about one image.

    layers: of the batch that it was read in. row: its place there. before, after: ids of the words on either side.
    """

    layers: Layers
    row: int
    before: tuple[int, ...]
    after: tuple[int, ...]

    def shared(self, after: Sequence[int]) -> int:
        """How many words after the image need not be read again: all, where a conversation goes on, else none.

        An answer then hardly depends on what was asked before, and at least one word is left, which gives it.
        """
        goes_on = len(self.after) < len(after) and tuple(after[: len(self.after)]) == self.after
        return len(self.after) if goes_on else 0


class ConversationMemory:
    """What was read about the last images, the longest unused let go first.

    most: images kept; 0 keeps none.
    """

    def __init__(self, most: int):
        self.most = most
        self.kept: OrderedDict[int, tuple[Tensor, Read]] = OrderedDict()

    def of(self, features: Tensor, before: tuple[int, ...]) -> Read | None:
        """What was read about an image, known by the very tensor of its features, after these words."""
        found = self.kept.get(id(features))
        # The tensor is kept as well, so that no other one can have its number.
        return None if found is None or found[1].before != before else found[1]

    def keep(self, features: Tensor, read: Read) -> None:
        """Puts it in the place of what was read about the image before."""
        self.kept[id(features)] = features, read
        self.kept.move_to_end(id(features))
        while len(self.kept) > self.most:
            self.kept.popitem(last=False)


def cache_of(reads: Sequence[Read], length: int) -> DynamicCache:
    """The first `length` places of each image's reading, as one batch that a model of transformers goes on from."""
    batches: list[Layers] = []
    for read in reads:
        if not any(read.layers is one for one in batches):
            batches.append(read.layers)
    offsets = [sum(len(one[0][0]) for one in batches[:place]) for place in range(len(batches))]
    where = [next(place for place, one in enumerate(batches) if one is read.layers) for read in reads]
    rows = [offsets[place] + read.row for place, read in zip(where, reads, strict=True)]
    whole = rows == list(range(sum(len(one[0][0]) for one in batches)))
    index = torch.tensor(rows, device=batches[0][0][0].device)

    def gathered(layer: int, part: int) -> Tensor:
        pieces = [one[layer][part][:, :, :length] for one in batches]
        together = pieces[0] if len(pieces) == 1 else torch.cat(pieces)
        return together if whole else together.index_select(0, index)

    return DynamicCache([(gathered(layer, 0), gathered(layer, 1)) for layer in range(len(batches[0]))])


def layers_of(cache: DynamicCache) -> Layers:
    """What a model has left in its cache."""
    return [(layer.keys, layer.values) for layer in cache.layers]
