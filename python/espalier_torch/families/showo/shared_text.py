"""Image tokens that stand after the same text: the text goes through the model once for all images and masks of it.

Text never sees image tokens (arXiv 2408.12528, section 3.2), so its keys and values are the same for the chosen and the
rejected image of a pair and for every mask of them. Padding before the longest text is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from espalier_torch.families.showo.layout import Layout

if TYPE_CHECKING:
    from transformers import PhiModel

Rotary = tuple[Tensor, Tensor]


class TextMemory:
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

    rows: (R,) int64, the text of each image.
    """

    rows: Tensor
    text_seen: Tensor
    image_seen: Tensor
    text_rotary: Rotary
    image_rotary: Rotary


def image_states(model: PhiModel, layout: Layout, text: Tensor, tokens: Tensor, recompute: bool) -> Tensor:
    """Hidden states of the image tokens after the last norm: (R, N, D).

    Args:
        model: the layers.
        layout: ids and lengths of a row.
        text: (R, text_length) text rows; equal ones are computed once.
        tokens: (R, N) image codes, codebook_size where masked.
        recompute: activations of a layer are computed again for the gradient.
    """
    texts, rows = torch.unique(text, dim=0, return_inverse=True)
    texts = texts[:, int((texts == layout.pad).sum(1).min()) :]
    words, image = model.embed_tokens(texts), model.embed_tokens(layout.image_part(tokens))
    sight = sight_of(model, layout, texts, rows, image)
    for layer in model.layers:
        if recompute:
            words, image = checkpoint(one_layer, layer, words, image, sight, use_reentrant=False)
        else:
            words, image = one_layer(layer, words, image, sight)
    return model.final_layernorm(image)[:, 1:-1]


def one_layer(layer: nn.Module, words: Tensor, image: Tensor, sight: Sight) -> tuple[Tensor, Tensor]:
    """(C, W, D) texts and (R, N + 2, D) images through one layer."""
    memory = TextMemory(sight.rows)
    words = layer(words, attention_mask=sight.text_seen, position_embeddings=sight.text_rotary, past_key_values=memory)
    image = layer(
        image, attention_mask=sight.image_seen, position_embeddings=sight.image_rotary, past_key_values=memory
    )
    return words, image


def sight_of(model: PhiModel, layout: Layout, texts: Tensor, rows: Tensor, image: Tensor) -> Sight:
    """As in whole rows of `Layout.attention`, at the places that the tokens have there."""
    width, length = texts.shape[1], image.shape[1]
    places = torch.arange(layout.text_length - width, layout.length, device=texts.device).unsqueeze(0)
    shown = (texts != layout.pad)[rows][:, None, None, :].expand(-1, 1, length, -1)
    itself = shown.new_ones(len(rows), 1, length, length)
    return Sight(
        rows,
        layout.attention(texts),
        torch.cat([shown, itself], 3),
        model.rotary_emb(image, position_ids=places[:, :width]),
        model.rotary_emb(image, position_ids=places[:, width:]),
    )
