"""The bundled image tokenizer: a small VQ-VAE, 64 x 64 RGB to an 8 x 8 grid of codebook indices.

Vector quantisation with straight-through gradients and a codebook learned by exponential moving averages
(van den Oord et al., 2017, arXiv 1711.00937, section 3.2 and appendix A.1).
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import load_model


@dataclass(frozen=True)
class TokenizerConfig:
    """Sizes of the tokenizer. The image side is 8 * grid pixels."""

    grid: int = 8
    codebook_size: int = 1024
    code_width: int = 16
    width: int = 64

    def as_dict(self) -> dict[str, int]:
        """The fields as plain JSON values."""
        return asdict(self)


class Residual(nn.Module):
    """x + conv1x1(relu(conv3x3(relu(x)))), shapes unchanged."""

    def __init__(self, width: int):
        super().__init__()
        self.wide = nn.Conv2d(width, width, 3, padding=1)
        self.narrow = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return x + self.narrow(F.relu(self.wide(F.relu(x))))


class Tokenizer(nn.Module):
    """Encoder, codebook and decoder. Pixels are float in [-1, 1], channels first."""

    def __init__(self, config: TokenizerConfig):
        super().__init__()
        self.config = config
        width, wider = config.width, 2 * config.width
        self.encoder = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=4),
            Residual(width),
            nn.Conv2d(width, wider, 2, stride=2),
            Residual(wider),
            Residual(wider),
            nn.Conv2d(wider, config.code_width, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(config.code_width, wider, 3, padding=1),
            Residual(wider),
            Residual(wider),
            nn.Conv2d(wider, 4 * width, 1),
            nn.PixelShuffle(2),
            Residual(width),
            nn.Conv2d(width, 48, 1),
            nn.PixelShuffle(4),
        )
        self.register_buffer("codebook", torch.randn(config.codebook_size, config.code_width))

    def features(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) float in [-1, 1] -> (B, N, D) features before quantisation, row-major."""
        return self.encoder(pixels).flatten(2).transpose(1, 2)

    def nearest(self, features: Tensor) -> Tensor:
        """(..., D) -> (...) int64 index of the nearest code (Euclidean)."""
        distance = self.codebook.square().sum(1) - 2 * features @ self.codebook.t()
        return distance.argmin(-1)

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) float in [-1, 1] -> (B, N) int64 tokens."""
        return self.nearest(self.features(pixels))

    def decode_features(self, features: Tensor) -> Tensor:
        """(B, N, D) -> (B, 3, H, W) float, about [-1, 1], not clamped."""
        side = self.config.grid
        return self.decoder(features.transpose(1, 2).unflatten(2, (side, side)))

    def decode(self, tokens: Tensor) -> Tensor:
        """(B, N) int64 -> (B, 3, H, W) float, about [-1, 1], not clamped."""
        return self.decode_features(F.embedding(tokens, self.codebook))


def load_tokenizer(folder: str | Path) -> tuple[Tokenizer, dict[str, Any]]:
    """The tokenizer of a checkpoint folder and its checkpoint.json. Raises ValueError as `load_model`."""
    return load_model(folder, "tokenizer", lambda config: Tokenizer(TokenizerConfig(**config)))
