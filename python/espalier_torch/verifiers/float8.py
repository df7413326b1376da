"""Linear layers in 8 bits: weights and inputs in float8 (e4m3), a scale for each row of either.

Micikevicius et al. 2022, "FP8 Formats for Deep Learning" (arXiv 2209.05433). Cards of compute capability 8.9 and later
multiply them at twice the speed of bfloat16; elsewhere the same numbers are computed the slow way.
"""

import torch
from torch import Tensor, nn

HIGHEST = torch.finfo(torch.float8_e4m3fn).max
UNIT = 16
"""Sides of a matrix must be multiples of this."""

CAPABILITY = (8, 9)


class Float8Linear(nn.Module):
    """A linear layer's weights rounded to 8 bits; its input is rounded as it comes."""

    def __init__(self, linear: nn.Linear):
        super().__init__()
        narrow, scale = rounded(linear.weight.detach())
        self.register_buffer("weight", narrow)
        self.register_buffer("scale", scale.t().contiguous())
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D') in the type of x."""
        narrow, scale = rounded(x.flatten(0, -2))
        if x.device.type == "cuda":
            # Scales of rows come out in bfloat16 alone.
            found = torch._scaled_mm(
                narrow, self.weight.t(), scale_a=scale, scale_b=self.scale, out_dtype=torch.bfloat16
            ).to(x.dtype)
        else:
            found = ((narrow.float() @ self.weight.float().t()) * scale * self.scale).to(x.dtype)
        if self.bias is not None:
            found = found + self.bias
        return found.view(*x.shape[:-1], -1)


def rounded(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(R, D) -> float8 (R, D), whose largest number in each row is float8's largest, and float32 scales (R, 1)."""
    scale = rows.abs().amax(1, keepdim=True).float().clamp(min=1e-12) / HIGHEST
    return (rows.float() / scale).to(torch.float8_e4m3fn), scale


def narrowed(layers: nn.Module) -> nn.Module:
    """The layers with every linear one in 8 bits whose sides allow it.

    Raises ValueError on a card that cannot multiply them.
    """
    device = next(layers.parameters()).device
    if device.type == "cuda" and torch.cuda.get_device_capability(device) < CAPABILITY:
        raise ValueError(
            f"{torch.cuda.get_device_name(device)} cannot multiply 8-bit numbers; leave judgeDtype at 'same'"
        )
    for module in list(layers.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Linear) and not (child.in_features % UNIT or child.out_features % UNIT):
                setattr(module, name, Float8Linear(child))
    return layers
