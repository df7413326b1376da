"""Image tokens that stand after the same text: the text goes through the model once for all images and masks of it.

Text never sees image tokens (arXiv 2408.12528, section 3.2), so its keys and values are the same for the chosen and the
rejected image of a pair and for every mask of them. Padding before the longest text is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from espalier_torch.decoding.shared_prefix import Sight, through_layers
from espalier_torch.families.showo.layout import Layout

if TYPE_CHECKING:
    from transformers import PhiModel


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
    _, image = through_layers(model.layers, words, image, sight, recompute)
    return model.final_layernorm(image)[:, 1:-1]


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
