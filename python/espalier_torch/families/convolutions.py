"""The parts that image tokenizers of the VQ-GAN line are made of (Esser et al., 2021, arXiv 2012.09841)."""

import torch.nn.functional as F
from torch import Tensor, nn


class Residual(nn.Module):
    """x + two 3 x 3 convolutions of it, after GroupNorm and swish; x goes through a 1 x 1 one where widths differ."""

    def __init__(self, width: int, out: int):
        super().__init__()
        self.norm1, self.conv1 = group_norm(width), nn.Conv2d(width, out, 3, padding=1)
        self.norm2, self.conv2 = group_norm(out), nn.Conv2d(out, out, 3, padding=1)
        self.nin_shortcut = nn.Conv2d(width, out, 1) if width != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, H, W) -> (B, out, H, W)."""
        changed = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return self.nin_shortcut(x) + changed


class Attention(nn.Module):
    """x + attention of every place to every place, one head."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = group_norm(width)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(width, width, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, H, W) -> (B, D, H, W)."""
        normed = self.norm(x)
        query, key, value = (one(normed).flatten(2).transpose(1, 2) for one in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)).squeeze(1)
        return x + self.proj_out(mixed.transpose(1, 2).reshape(x.shape))


class Resampling(nn.Module):
    """Halves a grid (pad right and below, stride 2) or doubles it (nearest, then 3 x 3)."""

    def __init__(self, width: int, halve: bool):
        super().__init__()
        self.halve = halve
        self.conv = nn.Conv2d(width, width, 3, stride=2 if halve else 1, padding=0 if halve else 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, H, W) -> (B, D, H / 2, W / 2) or (B, D, 2 H, 2 W)."""
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.halve else F.interpolate(x, scale_factor=2.0))


def group_norm(width: int) -> nn.GroupNorm:
    """32 groups, as everywhere in this model."""
    return nn.GroupNorm(32, width, eps=1e-6)
