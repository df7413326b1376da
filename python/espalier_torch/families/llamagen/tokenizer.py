"""LlamaGen's image tokenizer: a VQ-GAN whose codes are compared by direction (Sun et al., 2024, arXiv 2406.06525, 3.1).

VQ-16 stands for 16 x 16 pixels a code. Parameters have the released names.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoints.model_weights import filled, reading_sizes
from espalier_torch.checkpoints.released_weights import read_weights
from espalier_torch.families.convolutions import Attention, Resampling, Residual, group_norm

USAGE = "quantize.codebook_used"
"""Which codes the last training batches used, in released files: nothing reads it."""


@dataclass(frozen=True)
class TokenizerConfig:
    """Sizes; the defaults are those of the released VQ-16.

    width: channels at the finest level. factors: of it at each level, finest first. blocks: residual blocks at a level
    of the encoder; the decoder has one more. latent: channels between both. code_width, codebook_size: of the codes.
    """

    width: int = 128
    factors: tuple[int, ...] = (1, 1, 2, 2, 4)
    blocks: int = 2
    latent: int = 256
    code_width: int = 8
    codebook_size: int = 16384

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self)

    @property
    def pixels_a_token(self) -> int:
        """Side of the square of pixels that a code stands for."""
        return 2 ** (len(self.factors) - 1)


def level(before: int, width: int, blocks: int, attends: bool) -> nn.ModuleDict:
    """Residual blocks, and attention behind each at the coarsest level."""
    parts = {"res": nn.ModuleList(Residual(before if i == 0 else width, width) for i in range(blocks))}
    if attends:
        parts["attn"] = nn.ModuleList(Attention(width) for _ in range(blocks))
    return nn.ModuleDict(parts)


def middle(width: int) -> nn.Sequential:
    """Residual, attention, residual at the coarsest level."""
    return nn.Sequential(Residual(width, width), Attention(width), Residual(width, width))


def through(part: nn.ModuleDict, x: Tensor) -> Tensor:
    """One level: each residual block with its attention, then the resampling where there is one."""
    for index, block in enumerate(part["res"]):
        x = block(x)
        if "attn" in part:
            x = part["attn"][index](x)
    for name in ("downsample", "upsample"):
        if name in part:
            x = part[name](x)
    return x


class Encoder(nn.Module):
    """Pixels to latents."""

    def __init__(self, config: TokenizerConfig):
        super().__init__()
        widths = [config.width * factor for factor in config.factors]
        self.conv_in = nn.Conv2d(3, config.width, 3, padding=1)
        self.conv_blocks = nn.ModuleList()
        for index, (before, width) in enumerate(zip([config.width, *widths], widths, strict=False)):
            coarsest = index == len(widths) - 1
            part = level(before, width, config.blocks, attends=coarsest)
            if not coarsest:
                part["downsample"] = Resampling(width, halve=True)
            self.conv_blocks.append(part)
        self.mid = middle(widths[-1])
        self.norm_out, self.conv_out = group_norm(widths[-1]), nn.Conv2d(widths[-1], config.latent, 3, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, latent, h, w)."""
        x = self.conv_in(pixels)
        for part in self.conv_blocks:
            x = through(part, x)
        return self.conv_out(F.silu(self.norm_out(self.mid(x))))


class Decoder(nn.Module):
    """Latents to pixels."""

    def __init__(self, config: TokenizerConfig):
        super().__init__()
        widths = [config.width * factor for factor in reversed(config.factors)]
        self.conv_in = nn.Conv2d(config.latent, widths[0], 3, padding=1)
        self.mid = middle(widths[0])
        self.conv_blocks = nn.ModuleList()
        for index, (before, width) in enumerate(zip([widths[0], *widths], widths, strict=False)):
            part = level(before, width, config.blocks + 1, attends=index == 0)
            if index < len(widths) - 1:
                part["upsample"] = Resampling(width, halve=False)
            self.conv_blocks.append(part)
        self.norm_out, self.conv_out = group_norm(widths[-1]), nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        """(B, latent, h, w) -> (B, 3, H, W), about [-1, 1], not clamped."""
        x = self.mid(self.conv_in(latents))
        for part in self.conv_blocks:
            x = through(part, x)
        return self.conv_out(F.silu(self.norm_out(x)))


class ImageTokenizer(nn.Module):
    """Encoder, codebook and decoder."""

    def __init__(self, config: TokenizerConfig):
        super().__init__()
        self.config = config
        self.codebook_size, self.pixels_a_token = config.codebook_size, config.pixels_a_token
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.quantize = nn.ModuleDict({"embedding": nn.Embedding(config.codebook_size, config.code_width)})
        self.quant_conv = nn.Conv2d(config.latent, config.code_width, 1)
        self.post_quant_conv = nn.Conv2d(config.code_width, config.latent, 1)

    @property
    def directions(self) -> Tensor:
        """(codebook_size, code_width) of length 1."""
        return F.normalize(self.quantize["embedding"].weight, dim=-1)

    def features(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, code_width, h, w) before quantisation."""
        return self.quant_conv(self.encoder(pixels))

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1], sides multiples of `pixels_a_token` -> (B, h * w) int64 codes, row-major."""
        features = F.normalize(self.features(pixels).flatten(2).transpose(1, 2), dim=-1)
        return (features @ self.directions.T).argmax(-1)

    def decode(self, codes: Tensor) -> Tensor:
        """(B, N) int64 codes of a square -> (B, 3, H, W), about [-1, 1], not clamped."""
        side = round(codes.shape[1] ** 0.5)
        latents = F.embedding(codes, self.directions).transpose(1, 2).unflatten(2, (side, side))
        return self.decoder(self.post_quant_conv(latents))


def load_tokenizer(place: str | Path) -> ImageTokenizer:
    """The tokenizer of a released file, converted to safetensors. Raises ValueError when it is another model's."""
    return tokenizer_of(read_weights(place), f"LlamaGen's image tokenizer in {place}")


def tokenizer_of(weights: dict[str, Tensor], what: str = "LlamaGen's image tokenizer") -> ImageTokenizer:
    """The tokenizer around released tensors, in float32. Raises ValueError when they are another model's."""
    weights = {name: tensor for name, tensor in weights.items() if name != USAGE}
    with reading_sizes(what):
        config = config_of(weights)
    return filled(ImageTokenizer(config), weights, what).eval()


def config_of(weights: dict[str, Tensor]) -> TokenizerConfig:
    """Reads the sizes off the weights. Raises KeyError when one that says them is missing."""
    width = weights["encoder.conv_in.weight"].shape[0]
    factors: list[int] = []
    while (name := f"encoder.conv_blocks.{len(factors)}.res.0.conv1.weight") in weights:
        factors.append(weights[name].shape[0] // width)
    blocks = next(count for count in range(1, 100) if f"encoder.conv_blocks.0.res.{count}.conv1.weight" not in weights)
    codes = weights["quantize.embedding.weight"].shape[0]
    code_width, latent = weights["quant_conv.weight"].shape[:2]
    return TokenizerConfig(width, tuple(factors), blocks, latent, code_width, codes)
