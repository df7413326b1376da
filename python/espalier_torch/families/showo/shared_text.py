"""Image tokens that stand after the same text: the text goes through the model once for all images and masks of it.

Text never sees image tokens (arXiv 2408.12528, section 3.2), so its keys and values are the same for the chosen and the
rejected image of a pair and for every mask of them. Padding before the
longest text is left out, but for what fills a multiple of tokens: shapes seldom change then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from espalier_torch.decoding.shared_prefix import Sight, ThroughLayer, one_layer, through_layers
from espalier_torch.families.showo.layout import Layout

if TYPE_CHECKING:
    from transformers import PhiModel


def image_states(
    model: PhiModel,
    layout: Layout,
    texts: Tensor,
    rows: Tensor,
    tokens: Tensor,
    recompute: bool,
    through: ThroughLayer = one_layer,
) -> Tensor:
    """Hidden states of the image tokens after the last norm: (R, N, D).

    Args:
        model: the layers.
        layout: ids and lengths of a row.
        texts: (C, W) ends of text rows, as Layout.used_text cuts them.
        rows: (R,) int64, the text of each image.
        tokens: (R, N) image codes, codebook_size where masked.
        recompute: activations of a layer are computed again for the gradient.
        through: runs a layer.
    """
    words, image = model.embed_tokens(texts), model.embed_tokens(layout.image_part(tokens))
    sight = sight_of(model, layout, texts, rows, image)
    _, image = through_layers(model.layers, words, image, sight, recompute, through)
    return model.final_layernorm(image)[:, 1:-1]


def sight_of(model: PhiModel, layout: Layout, texts: Tensor, rows: Tensor, image: Tensor) -> Sight:
    """As in whole rows of `Layout.attention`, at the places that the tokens have there."""
    width, length = texts.shape[1], image.shape[1]
    places = torch.arange(layout.text_length - width, layout.length, device=texts.device).unsqueeze(0)
    shown = (texts != layout.pad)[rows]
    seen = torch.cat([shown, shown.new_ones(len(rows), length)], 1)
    return Sight(
        rows,
        layout.attention(texts),
        seen[:, None, None, :],  # the same for all of an image's tokens, so it is never laid out for each
        model.rotary_emb(image, position_ids=places[:, :width]),
        model.rotary_emb(image, position_ids=places[:, width:]),
    )
