"""Pixels as bytes and as the numbers that image tokenizers take."""

import torch
from torch import Tensor


def to_unit(pixels: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float in [-1, 1]."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1


def to_bytes(images: Tensor) -> Tensor:
    """(B, 3, H, W) float in [-1, 1] -> (B, H, W, 3) uint8, clamped and rounded."""
    return ((images.permute(0, 2, 3, 1) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
