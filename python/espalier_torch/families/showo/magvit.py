"""MAGVIT-v2, Show-o's image tokenizer: 13 sign bits a token, 16 x 16 pixels each.

Lookup-free quantisation of Yu et al., 2023 (arXiv 2310.05737), section 3, in the architecture and under the parameter
names of showlab/magvitv2.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoints.model_weights import filled, reading_sizes
from espalier_torch.checkpoints.released_weights import read_weights, weights_identity
from espalier_torch.families.convolutions import Attention, Resampling, Residual, group_norm
from espalier_torch.runtime.files import sha256_of


@dataclass(frozen=True)
class MagvitConfig:
    """Sizes of the encoder and decoder; the defaults are the released ones.

    width: channels at the first level. encoder_widths, decoder_widths: factor of it at each level, finest first.
    encoder_blocks, decoder_blocks: residual blocks at each level, finest first. bits: of a token.
    """

    width: int = 128
    encoder_widths: tuple[int, ...] = (1, 2, 2, 4, 4)
    decoder_widths: tuple[int, ...] = (1, 1, 2, 2, 4)
    encoder_blocks: tuple[int, ...] = (4, 3, 4, 3, 4)
    decoder_blocks: tuple[int, ...] = (4, 4, 3, 4, 3)
    bits: int = 13

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self)

    @property
    def pixels_a_token(self) -> int:
        """Side of the square of pixels that a token stands for."""
        return 2 ** (len(self.encoder_widths) - 1)


class Middle(nn.Module):
    """Residual, attention, residual at the coarsest level."""

    def __init__(self, width: int):
        super().__init__()
        self.block_1, self.attn_1, self.block_2 = Residual(width, width), Attention(width), Residual(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, H, W) -> (B, D, H, W)."""
        return self.block_2(self.attn_1(self.block_1(x)))


class Encoder(nn.Module):
    """Pixels to one number a bit; its sign is the bit."""

    def __init__(self, config: MagvitConfig):
        super().__init__()
        widths = [config.width * factor for factor in config.encoder_widths]
        self.conv_in = nn.Conv2d(3, config.width, 3, padding=1)
        self.down = nn.ModuleList()
        for level, (before, width) in enumerate(zip([config.width, *widths], widths, strict=False)):
            down = residuals(before, width, config.encoder_blocks[level])
            if level < len(widths) - 1:
                down["downsample"] = Resampling(width, halve=True)
            self.down.append(down)
        self.mid = Middle(widths[-1])
        self.norm_out, self.conv_out = group_norm(widths[-1]), nn.Conv2d(widths[-1], config.bits, 3, padding=1)
        self.quant_conv = nn.Conv2d(config.bits, config.bits, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, bits, h, w)."""
        x = self.conv_in(pixels)
        for down in self.down:
            x = through(down, x, "downsample")
        return self.quant_conv(self.conv_out(F.silu(self.norm_out(self.mid(x)))))


class Decoder(nn.Module):
    """Signs to pixels."""

    def __init__(self, config: MagvitConfig):
        super().__init__()
        widths = [config.width * factor for factor in config.decoder_widths]
        coarsest = widths[-1]
        self.post_quant_conv = nn.Conv2d(config.bits, config.bits, 1)
        self.conv_in = nn.Conv2d(config.bits, coarsest, 3, padding=1)
        self.mid = Middle(coarsest)
        self.up = nn.ModuleList()
        for level, (before, width) in enumerate(zip([*widths[1:], coarsest], widths, strict=True)):
            up = residuals(before, width, config.decoder_blocks[level])
            if level > 0:
                up["upsample"] = Resampling(width, halve=False)
            self.up.append(up)
        self.norm_out, self.conv_out = group_norm(widths[0]), nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, signs: Tensor) -> Tensor:
        """(B, bits, h, w) of +-1 -> (B, 3, H, W), about [-1, 1], not clamped."""
        x = self.mid(self.conv_in(self.post_quant_conv(signs)))
        for up in reversed(self.up):
            x = through(up, x, "upsample")
        return self.conv_out(F.silu(self.norm_out(x)))


class Signs(nn.Module):
    """The codebook: code i is the signs of its bits, most significant first. Buffers as released."""

    def __init__(self, bits: int):
        super().__init__()
        powers = 2 ** torch.arange(bits - 1, -1, -1)
        self.register_buffer("power_vals", powers)
        self.register_buffer("embedding", torch.where(torch.arange(2**bits)[:, None] & powers != 0, 1.0, -1.0))


class Magvit(nn.Module):
    """Encoder, sign quantisation and decoder."""

    def __init__(self, config: MagvitConfig):
        super().__init__()
        self.config = config
        self.encoder, self.decoder, self.quantize = Encoder(config), Decoder(config), Signs(config.bits)

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) float in [-1, 1], sides multiples of `pixels_a_token` -> (B, h * w) int64 tokens, row-major."""
        bits = self.encoder(pixels).flatten(2).transpose(1, 2) > 0
        return (bits * self.quantize.power_vals).sum(-1)

    def decode(self, tokens: Tensor, grid: tuple[int, int] | None = None) -> Tensor:
        """(B, N) int64 -> (B, 3, H, W), about [-1, 1], not clamped; `grid` is (rows, columns), square when absent."""
        side = round(tokens.shape[1] ** 0.5)
        signs = F.embedding(tokens, self.quantize.embedding).transpose(1, 2)
        return self.decoder(signs.unflatten(2, grid or (side, side)))


def residuals(before: int, width: int, count: int) -> nn.ModuleDict:
    """The residual blocks of one level."""
    return nn.ModuleDict({"block": nn.ModuleList(Residual(before if i == 0 else width, width) for i in range(count))})


def through(level: nn.ModuleDict, x: Tensor, resampling: str) -> Tensor:
    """One level: its residual blocks, then its resampling where it has one."""
    for block in level["block"]:
        x = block(x)
    return level[resampling](x) if resampling in level else x


def released_bytes(images: Tensor) -> Tensor:
    """(B, 3, H, W) in [-1, 1] -> (B, H, W, 3) uint8, clamped and cut off as the released pipelines do (not rounded)."""
    return (((images + 1) / 2).clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1)


def load_magvit(place: str | Path) -> tuple[Magvit, str]:
    """The tokenizer of a released folder or file, and its identity (sha256 of the weights).

    Raises:
        ValueError: no safetensors, or another model's.
    """
    return magvit_from_weights(read_weights(place), f"MAGVIT-v2 in {place}"), magvit_identity(place)


def magvit_identity(place: str | Path) -> str:
    """sha256 of the weights of a released folder or file. Raises ValueError when there are none."""
    place = Path(place)
    return sha256_of(place) if place.is_file() else weights_identity(place)


def magvit_from_weights(weights: dict[str, Tensor], what: str = "MAGVIT-v2") -> Magvit:
    """The tokenizer around released tensors, in float32. Raises ValueError when they are another model's."""
    with reading_sizes(what):
        config = config_of(weights)
    return filled(Magvit(config), weights, what).eval()


def config_of(weights: dict[str, Tensor]) -> MagvitConfig:
    """Reads the sizes off the weights. Raises KeyError when one that says them is missing."""
    width = weights["encoder.conv_in.weight"].shape[0]
    encoder = level_sizes(weights, "encoder.down", width)
    decoder = level_sizes(weights, "decoder.up", width)
    return MagvitConfig(width, encoder[0], decoder[0], encoder[1], decoder[1], len(weights["quantize.power_vals"]))


def level_sizes(weights: dict[str, Tensor], prefix: str, width: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Factor of the width, and number of blocks, of each level."""
    factors, counts = [], []
    while f"{prefix}.{len(factors)}.block.0.conv1.weight" in weights:
        level = f"{prefix}.{len(factors)}.block"
        factors.append(weights[f"{level}.0.conv1.weight"].shape[0] // width)
        counts.append(next(count for count in range(1, 100) if f"{level}.{count}.conv1.weight" not in weights))
    return tuple(factors), tuple(counts)
