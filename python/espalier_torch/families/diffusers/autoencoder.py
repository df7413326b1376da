"""Between pixels and latents as a model has them, by a pipeline's autoencoder."""

from typing import Any

from torch import Tensor


def decoded_by(decoder: Any, latents: Tensor) -> Tensor:
    """(B, 3, H, W) about [-1, 1] of latents as the model has them."""
    config = decoder.config
    latents = latents.to(decoder.dtype)
    mean, deviation = spread_of(decoder, latents)
    if mean is not None:
        return decoder.decode(latents * deviation / config.scaling_factor + mean, return_dict=False)[0]
    return decoder.decode(latents / config.scaling_factor + (config.get("shift_factor") or 0), return_dict=False)[0]


def encoded_by(encoder: Any, pixels: Tensor) -> Tensor:
    """Latents as the model has them of (B, 3, H, W) pixels in [-1, 1]: the middle of what they would be drawn from."""
    config = encoder.config
    latents = encoder.encode(pixels.to(encoder.dtype)).latent_dist.mode()
    mean, deviation = spread_of(encoder, latents)
    if mean is not None:
        return (latents - mean) * config.scaling_factor / deviation
    return (latents - (config.get("shift_factor") or 0)) * config.scaling_factor


def spread_of(autoencoder: Any, latents: Tensor) -> tuple[Tensor, Tensor] | tuple[None, None]:
    """Mean and deviation (1, C, 1, 1) of its latents where it says them of each channel, else None."""
    mean, deviation = (autoencoder.config.get(f"latents_{name}") for name in ("mean", "std"))
    if mean is None or deviation is None:
        return None, None
    return tuple(latents.new_tensor(one).view(1, -1, 1, 1) for one in (mean, deviation))
