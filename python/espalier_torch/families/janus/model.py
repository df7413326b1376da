"""Janus-Pro (Chen et al., 2025, arXiv 2501.17811): one Llama that reads text and pictures, and draws codes row by row.

The modules are transformers' own `JanusForConditionalGeneration`, under its names. Drawing has an embedding and a head
of its own; the image tower, its aligner and the image tokenizer take no part in it and are never trained here.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import JanusConfig, JanusForConditionalGeneration

from espalier_torch.decoding.next_token import Prefix, RasterGenerator
from espalier_torch.decoding.shared_prefix import Rotary
from espalier_torch.families.janus.layout import FAMILY

TEXT_LENGTH = 128
"""Places before the first code: prompt, its marks, and padding. Ours; Janus-Pro's own limit is far away."""

UNUSED = ("vision_model", "aligner", "vqmodel")
"""Parts that take no part in drawing."""


@dataclass(frozen=True)
class JanusSizes:
    """transformers' configuration as plain JSON values, and the places of a text row."""

    janus: dict[str, Any]
    text_length: int = TEXT_LENGTH

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self)

    def made(self) -> JanusConfig:
        """transformers' configuration."""
        return JanusConfig(**self.janus)

    @property
    def vocabulary_size(self) -> int:
        """Ids that a text row may hold."""
        return self.janus["text_config"]["vocab_size"]

    @property
    def codebook_size(self) -> int:
        """Image codes."""
        return self.janus["vq_config"]["num_embeddings"]

    @property
    def tokens(self) -> int:
        """Codes of one image."""
        vision = self.janus["vision_config"]
        return (vision["image_size"] // vision["patch_size"]) ** 2


class Janus(RasterGenerator):
    """Janus-Pro as it draws. A text row is padding, the mark of a text's beginning, the text, and an image's mark."""

    family = FAMILY
    frozen = r"^model\.(vision_model|aligner|vqmodel)\."
    """Names of layers that no adapter is put into."""

    def __init__(self, config: JanusSizes, whole: JanusForConditionalGeneration | None = None):
        super().__init__()
        made = whole or JanusForConditionalGeneration(config.made())
        self.config, self.model = config, made.model
        text, language = made.config.text_config, made.model.language_model
        if not made.config.tie_word_embeddings:
            self.lm_head = made.lm_head.requires_grad_(False)  # answers in words, which are not trained
        for name in UNUSED:
            getattr(self.model, name).requires_grad_(False)
        self.begin, self.padding = text.bos_token_id, text.pad_token_id
        self.width, self.prefix_width = text.hidden_size, config.text_length
        self.image_tokens, self.codebook_size = config.tokens, config.codebook_size
        attention = language.layers[0].self_attn
        self.cache_shape = (text.num_hidden_layers, text.num_key_value_heads, attention.head_dim)

    @property
    def layers(self) -> nn.ModuleList:
        """As RasterGenerator.layers."""
        return self.model.language_model.layers

    def prefix(self, captions: Tensor, null: Tensor) -> Prefix:
        """As RasterGenerator.prefix, of (C, T) text rows. Without their words padding stands between the marks."""
        shown = (captions == self.begin).cumsum(1) > 0
        words = shown & (captions != self.begin)
        words[:, -1] = False
        language = self.model.language_model
        states = language.embed_tokens(torch.where(words & null.unsqueeze(1), self.padding, captions))
        length = captions.shape[1]
        itself = torch.eye(length, dtype=torch.bool, device=captions.device)
        seen = (shown.unsqueeze(1) & itself.cumsum(1).bool().T) | itself
        places = (shown.cumsum(1) - 1).clamp(min=0)
        return Prefix(states, seen.unsqueeze(1), shown, language.rotary_emb(states, places), shown.sum(1))

    def code_states(self, codes: Tensor) -> Tensor:
        """As RasterGenerator.code_states."""
        return self.model.generation_aligner(self.model.generation_embeddings(codes))

    def image_rotary(self, start: Tensor, places: Tensor) -> Rotary:
        """As RasterGenerator.image_rotary."""
        language = self.model.language_model
        return language.rotary_emb(language.norm.weight, start.unsqueeze(1) + places)

    def logits(self, states: Tensor) -> Tensor:
        """As RasterGenerator.logits."""
        return self.model.generation_head(self.model.language_model.norm(states))
