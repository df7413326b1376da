"""The bundled next-token generator: 8 words, then an 8 x 8 grid of codes in raster order, as large as the masked one.

A causal transformer with rotary positions in two dimensions (as LlamaGen, arXiv 2406.06525), the codebook's own vectors
as input and output features, and the caption added to the place that every code is drawn after.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import family_record, load_model
from espalier_torch.decoding.next_token import Prefix, RasterGenerator
from espalier_torch.decoding.shared_prefix import Rotary
from espalier_torch.families.normalise import ATTENTION_SCALE, normalise

FAMILY = "bundled-next-token"


@dataclass(frozen=True)
class NextTokenConfig:
    """Sizes of the generator."""

    vocabulary_size: int
    text_length: int = 8
    grid: int = 8
    codebook_size: int = 1024
    code_width: int = 16
    width: int = 128
    layers: int = 4
    heads: int = 4

    def as_dict(self) -> dict[str, int]:
        """The fields as plain JSON values."""
        return asdict(self)

    @property
    def tokens(self) -> int:
        """Image tokens of one image."""
        return self.grid * self.grid


class Block(nn.Module):
    """Self-attention and squared-ReLU MLP, residual, pre-normalised; called as transformers' decoder layers are."""

    def __init__(self, config: NextTokenConfig, layer: int):
        super().__init__()
        self.layer, self.heads, width = layer, config.heads, config.width
        self.attention_in = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.widen = nn.Linear(width, 4 * width, bias=False)
        self.narrow = nn.Linear(4 * width, width, bias=False)
        nn.init.zeros_(self.attention_out.weight)
        nn.init.zeros_(self.narrow.weight)

    def forward(
        self, x: Tensor, attention_mask: Tensor, position_embeddings: Rotary, past_key_values: Any = None
    ) -> Tensor:
        """(B, L, D) -> (B, L, D); the arguments are those of LlamaGen's layers."""
        query, key, value = self.attention_in(normalise(x)).unflatten(-1, (3, self.heads, -1)).unbind(2)
        query, key = (turned(normalise(one).transpose(1, 2), position_embeddings) for one in (query, key))
        value = value.transpose(1, 2)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask, scale=ATTENTION_SCALE)
        x = x + self.attention_out(mixed.transpose(1, 2).flatten(2))
        return x + self.narrow(F.relu(self.widen(normalise(x))).square())


class NextTokenGenerator(RasterGenerator):
    """Codes after a caption. A caption of zeros is the null prompt of guidance."""

    family = FAMILY

    def __init__(self, config: NextTokenConfig):
        super().__init__()
        self.config = config
        width = config.width
        self.register_buffer("codebook", torch.randn(config.codebook_size, config.code_width))
        self.words = nn.Embedding(config.vocabulary_size, width)
        self.word_positions = nn.Parameter(torch.randn(config.text_length, width) * 0.3)
        self.caption = nn.Linear(config.text_length * width, width, bias=False)
        self.codes = nn.Linear(config.code_width, width)
        self.token_features = nn.Embedding(config.codebook_size, width)
        self.layers = nn.ModuleList(Block(config, index) for index in range(config.layers))
        self.out = nn.Linear(width, width, bias=False)
        self.out_codes = nn.Linear(config.code_width, width)
        self.out_features = nn.Parameter(torch.zeros(config.codebook_size, width))
        self.out_bias = nn.Parameter(torch.zeros(config.codebook_size))
        self.width, self.prefix_width = width, config.text_length + 1
        self.image_tokens, self.codebook_size = config.tokens, config.codebook_size
        self.cache_shape = (config.layers, config.heads, width // config.heads)
        nn.init.normal_(self.words.weight, std=0.5)
        nn.init.normal_(self.token_features.weight, std=0.02)
        nn.init.normal_(self.out.weight, std=0.02)

    def prefix(self, captions: Tensor, null: Tensor) -> Prefix:
        """As RasterGenerator.prefix, of (C, T) word ids; the last place is the whole caption."""
        words = self.words(captions.masked_fill(null.unsqueeze(1), 0)) + self.word_positions
        states = torch.cat([words, self.caption(words.flatten(1)).unsqueeze(1)], 1)
        shown = torch.ones_like(states[..., 0], dtype=torch.bool)
        seen = shown[:, None, None].expand(-1, 1, self.prefix_width, -1)
        straight = torch.ones(1, self.prefix_width, self.cache_shape[2] // 2, device=states.device)
        start = torch.zeros_like(captions[:, 0])
        return Prefix(states, seen, shown, (straight, torch.zeros_like(straight)), start)

    def code_states(self, codes: Tensor) -> Tensor:
        """As RasterGenerator.code_states."""
        return F.embedding(codes, self.codes(self.codebook) + self.token_features.weight)

    def image_rotary(self, start: Tensor, places: Tensor) -> Rotary:
        """As RasterGenerator.image_rotary: half of a head turns with the row, the other half with the column.

        Rows and columns count from 1: the words stand at 0.
        """
        side, quarter = self.config.grid, self.cache_shape[2] // 4
        speeds = 20.0 ** -(torch.arange(quarter, device=places.device) / quarter)
        rows = torch.div(places, side, rounding_mode="floor")
        angles = [(one + 1).unsqueeze(-1) * speeds for one in (rows, places - rows * side)]
        turns = torch.cat(angles, -1)
        return turns.cos(), turns.sin()

    def logits(self, states: Tensor) -> Tensor:
        """As RasterGenerator.logits."""
        features = self.out_codes(self.codebook) + self.out_features
        return F.linear(self.out(normalise(states)), features, self.out_bias)


def turned(x: Tensor, rotary: Rotary) -> Tensor:
    """(B, H, L, head width): its halves turned against each other by (B or 1, L, head width / 2) angles."""
    cosine, sine = (one.unsqueeze(1) for one in rotary)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)


def load_next_token(folder: str | Path) -> tuple[NextTokenGenerator, dict[str, Any]]:
    """The generator of a checkpoint folder and its checkpoint.json. Raises ValueError as `load_model`."""
    family_record(folder, FAMILY)
    return load_model(folder, "generator", lambda config: NextTokenGenerator(NextTokenConfig(**config)))
