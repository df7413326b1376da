"""LlamaGen's text-to-image transformer (Sun et al., 2024, arXiv 2406.06525): caption states, then codes, row by row.

Parameters have the released names (FoundationVision/LlamaGen). Two things are as released and look odd:
- The rotary table of caption places holds zeros, so that their queries and keys vanish: a caption place sees all before
  it alike, and an image weighs all shown caption places alike.
- Without its caption an image stands after learned states, under the mask of the caption that was taken away.
"""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.decoding.next_token import Prefix, RasterGenerator
from espalier_torch.decoding.shared_prefix import Rotary

FAMILY = "llamagen"


@dataclass(frozen=True)
class LlamaGenConfig:
    """Sizes of the transformer; the defaults are those of the released GPT-XL for 256 x 256 pixels.

    width; layers; heads; key_heads: of keys and values; hidden: of the feed-forward. codebook_size: image codes.
    text_length: caption places. caption_width: of the text encoder's states. tokens: codes of one image, a square.
    vocabulary_size: ids of the text encoder.
    """

    width: int = 1280
    layers: int = 36
    heads: int = 20
    key_heads: int = 20
    hidden: int = 3584
    codebook_size: int = 16384
    text_length: int = 120
    caption_width: int = 2048
    tokens: int = 256
    vocabulary_size: int = 32128
    norm_epsilon: float = 1e-5
    rotary_base: float = 10000.0

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self)


class CaptionStates(NamedTuple):
    """C captions read by the text encoder, padded on the left: states (C, T, caption_width), and (C, T) bool, where
    words stand.
    """

    states: Tensor
    shown: Tensor


class RootMeanSquare(nn.Module):
    """x / root mean square of x, in float32, times a weight (Zhang and Sennrich, 2019, arXiv 1910.07467)."""

    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)).type_as(x) * self.weight


class Attention(nn.Module):
    """Attention with rotary positions."""

    def __init__(self, config: LlamaGenConfig, layer: int):
        super().__init__()
        self.layer, self.head_width = layer, config.width // config.heads
        self.sizes = (config.width, *2 * (config.key_heads * self.head_width,))
        self.wqkv = nn.Linear(config.width, sum(self.sizes), bias=False)
        self.wo = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor, seen: Tensor, rotary: Rotary, memory: Any) -> Tensor:
        """(B, L, D) -> (B, L, D); the arguments are the layer's."""
        query, key, value = (
            one.unflatten(-1, (-1, self.head_width)).transpose(1, 2) for one in self.wqkv(x).split(self.sizes, -1)
        )
        query, key = turned(query, rotary), turned(key, rotary)
        if memory is not None:
            key, value = memory.update(key, value, self.layer)
        grouped = key.shape[1] != query.shape[1]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen, enable_gqa=grouped)
        return self.wo(mixed.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """w2(silu(w1 x) * w3 x): SwiGLU (Shazeer, 2020, arXiv 2002.05202)."""

    def __init__(self, config: LlamaGenConfig):
        super().__init__()
        self.w1, self.w3 = (nn.Linear(config.width, config.hidden, bias=False) for _ in range(2))
        self.w2 = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Layer(nn.Module):
    """Attention and feed-forward, each after a norm and beside what goes past it."""

    def __init__(self, config: LlamaGenConfig, layer: int):
        super().__init__()
        self.attention, self.feed_forward = Attention(config, layer), FeedForward(config)
        self.attention_norm, self.ffn_norm = (RootMeanSquare(config.width, config.norm_epsilon) for _ in range(2))

    def forward(
        self, x: Tensor, attention_mask: Tensor, position_embeddings: Rotary, past_key_values: Any = None
    ) -> Tensor:
        """(B, L, D) -> (B, L, D), called as transformers' decoder layers are.

        Args:
            x: hidden states.
            attention_mask: (B, 1, L, keys) bool, who sees whom.
            position_embeddings: cosines and sines, (B or 1, L, head width / 2) each.
            past_key_values: takes the keys and values of the layer and gives those to look at; None keeps to x.
        """
        x = x + self.attention(self.attention_norm(x), attention_mask, position_embeddings, past_key_values)
        return x + self.feed_forward(self.ffn_norm(x))


class CaptionProjection(nn.Module):
    """Caption states to the transformer's width."""

    def __init__(self, config: LlamaGenConfig):
        super().__init__()
        self.fc1 = nn.Linear(config.caption_width, config.width, bias=False)
        self.fc2 = nn.Linear(config.width, config.width, bias=False)

    def forward(self, states: Tensor) -> Tensor:
        """(..., caption_width) -> (..., D)."""
        return self.fc2(F.gelu(self.fc1(states), approximate="tanh"))


class CaptionEmbedding(nn.Module):
    """The projection, and the learned states that stand where there is no caption."""

    def __init__(self, config: LlamaGenConfig):
        super().__init__()
        self.cap_proj = CaptionProjection(config)
        self.register_buffer("uncond_embedding", torch.randn(config.text_length, config.caption_width) * 0.02)


class LlamaGen(RasterGenerator):
    """Codes after caption states."""

    family = FAMILY

    def __init__(self, config: LlamaGenConfig):
        super().__init__()
        self.config = config
        self.cls_embedding = CaptionEmbedding(config)
        self.tok_embeddings = nn.Embedding(config.codebook_size, config.width)
        self.layers = nn.ModuleList(Layer(config, index) for index in range(config.layers))
        self.norm = RootMeanSquare(config.width, config.norm_epsilon)
        self.output = nn.Linear(config.width, config.codebook_size, bias=False)
        self.width, self.prefix_width = config.width, config.text_length
        self.image_tokens, self.codebook_size = config.tokens, config.codebook_size
        self.cache_shape = (config.layers, config.key_heads, config.width // config.heads)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.normal_(parameter, std=0.02)

    def prefix(self, captions: CaptionStates, null: Tensor) -> Prefix:
        """As RasterGenerator.prefix."""
        weight = self.cls_embedding.cap_proj.fc1.weight
        given, nothing = captions.states.to(weight), self.cls_embedding.uncond_embedding.to(weight)
        given = torch.where(null[:, None, None], nothing, given * captions.shown.unsqueeze(-1))
        length, device = given.shape[1], given.device
        itself = torch.eye(length, dtype=torch.bool, device=device)
        seen = (captions.shown.unsqueeze(1) & itself.cumsum(1).bool().T) | itself
        turns = torch.zeros(1, length, self.cache_shape[2] // 2, device=device)
        start = torch.zeros(len(given), dtype=torch.int64, device=device)
        return Prefix(self.cls_embedding.cap_proj(given), seen.unsqueeze(1), captions.shown, (turns, turns), start)

    def code_states(self, codes: Tensor) -> Tensor:
        """As RasterGenerator.code_states."""
        return self.tok_embeddings(codes)

    def image_rotary(self, start: Tensor, places: Tensor) -> Rotary:
        """As RasterGenerator.image_rotary: half of a head turns with the row, the other half with the column."""
        side, quarter = round(self.config.tokens**0.5), self.cache_shape[2] // 4
        steps = torch.arange(quarter, device=places.device, dtype=torch.float32) / quarter
        speeds = self.config.rotary_base**-steps
        rows, columns = (places // side).unsqueeze(-1) * speeds, (places % side).unsqueeze(-1) * speeds
        angles = torch.cat([rows, columns], -1)
        return angles.cos(), angles.sin()

    def logits(self, states: Tensor) -> Tensor:
        """As RasterGenerator.logits."""
        return self.output(self.norm(states))


def turned(x: Tensor, rotary: Rotary) -> Tensor:
    """(B, H, L, head width), neighbours (2i, 2i + 1) turned by (B or 1, L, head width / 2) angles, in float32."""
    cosine, sine = (one.unsqueeze(1) for one in rotary)
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cosine - odd * sine, odd * cosine + even * sine], -1).flatten(-2).type_as(x)
