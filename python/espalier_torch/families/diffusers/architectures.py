"""What diffusers' pipelines do each in their own way: reading texts, latents, the call of the model, decoding."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from espalier_torch.families.diffusers.autoencoder import decoded_by
from espalier_torch.objective.denoising import Text


class Architecture(Protocol):
    """One kind of pipeline.

    denoiser: the model that steps. component: its name in the pipeline. size: default (height, width) in pixels.
    unit: a side in pixels must be a multiple of it.
    """

    denoiser: nn.Module
    component: str
    size: tuple[int, int]
    unit: int

    def texts(self, prompts: Sequence[str]) -> list[tuple[Text, Text]]:
        """Of each prompt what is said with it, and without it for guidance: (1, ...) tensors."""

    def guided(self, scale: float) -> bool:
        """Whether guidance of this scale takes a second forward pass."""

    def noise_shape(self, size: tuple[int, int]) -> tuple[int, ...]:
        """Shape (1, ...) of a path's first noise."""

    def packed(self, noise: Tensor) -> Tensor:
        """Noise as the scheduler has it."""

    def steps_of(self, latents: Tensor, steps: int, scheduler: Any) -> dict[str, Any]:
        """The `sigmas` and `mu` of the schedule, where the pipeline sets them."""

    def outputs(self, latents: Tensor, times: Tensor, texts: Text, size: tuple[int, int], scale: float) -> Tensor:
        """The model's outputs for B noisy latents at B times."""

    def decoded(self, latents: Tensor, size: tuple[int, int], decoder: Any) -> Tensor:
        """(B, 3, H, W) about [-1, 1] of B clean latents, by the pipeline's autoencoder or another."""


class Spatial:
    """What pipelines have in common whose latents are (C, H, W)."""

    def __init__(self, pipeline: Any):
        self.pipeline, self.unit = pipeline, pipeline.vae_scale_factor
        side = self.denoiser.config.sample_size * self.unit
        self.size = (side, side)

    def guided(self, scale: float) -> bool:
        """As Architecture.guided."""
        return scale > 1

    def noise_shape(self, size: tuple[int, int]) -> tuple[int, ...]:
        """As Architecture.noise_shape."""
        return (1, self.denoiser.config.in_channels, size[0] // self.unit, size[1] // self.unit)

    def packed(self, noise: Tensor) -> Tensor:
        """As Architecture.packed."""
        return noise

    def steps_of(self, latents: Tensor, steps: int, scheduler: Any) -> dict[str, Any]:
        """As Architecture.steps_of."""
        return {}

    def decoded(self, latents: Tensor, size: tuple[int, int], decoder: Any) -> Tensor:
        """As Architecture.decoded."""
        return decoded_by(decoder, latents)


class StableDiffusion(Spatial):
    """Stable Diffusion 1 and 2 (arXiv 2112.10752)."""

    component = "unet"

    def __init__(self, pipeline: Any):
        self.denoiser = pipeline.unet
        super().__init__(pipeline)

    def texts(self, prompts: Sequence[str]) -> list[tuple[Text, Text]]:
        """As Architecture.texts."""
        said, unsaid = self.pipeline.encode_prompt(list(prompts), reading_device(self.pipeline), 1, True)
        return [({"words": one[None]}, {"words": other[None]}) for one, other in zip(said, unsaid, strict=True)]

    def outputs(self, latents: Tensor, times: Tensor, texts: Text, size: tuple[int, int], scale: float) -> Tensor:
        """As Architecture.outputs."""
        return self.denoiser(latents, times, encoder_hidden_states=texts["words"], return_dict=False)[0]


class StableDiffusionXL(Spatial):
    """Stable Diffusion XL (arXiv 2307.01952)."""

    component = "unet"

    def __init__(self, pipeline: Any):
        self.denoiser = pipeline.unet
        super().__init__(pipeline)

    def texts(self, prompts: Sequence[str]) -> list[tuple[Text, Text]]:
        """As Architecture.texts."""
        device = reading_device(self.pipeline)
        rows = self.pipeline.encode_prompt(list(prompts), device=device, do_classifier_free_guidance=True)
        return [
            ({"words": said[None], "pooled": pooled[None]}, {"words": unsaid[None], "pooled": bare[None]})
            for said, unsaid, pooled, bare in zip(*rows, strict=True)
        ]

    def outputs(self, latents: Tensor, times: Tensor, texts: Text, size: tuple[int, int], scale: float) -> Tensor:
        """As Architecture.outputs."""
        words, pooled = texts["words"], texts["pooled"]
        projected = self.pipeline.text_encoder_2.config.projection_dim
        about = self.pipeline._get_add_time_ids(size, (0, 0), size, words.dtype, projected)
        added = {"text_embeds": pooled, "time_ids": about.to(latents.device).repeat(len(latents), 1)}
        return self.denoiser(
            latents, times, encoder_hidden_states=words, added_cond_kwargs=added, return_dict=False
        )[0]  # fmt: skip


class StableDiffusion3(Spatial):
    """Stable Diffusion 3 and 3.5 (arXiv 2403.03206)."""

    component = "transformer"

    def __init__(self, pipeline: Any):
        self.denoiser = pipeline.transformer
        super().__init__(pipeline)

    def texts(self, prompts: Sequence[str]) -> list[tuple[Text, Text]]:
        """As Architecture.texts."""
        device = reading_device(self.pipeline)
        rows = self.pipeline.encode_prompt(list(prompts), list(prompts), list(prompts), device=device)
        return [
            ({"words": said[None], "pooled": pooled[None]}, {"words": unsaid[None], "pooled": bare[None]})
            for said, unsaid, pooled, bare in zip(*rows, strict=True)
        ]

    def steps_of(self, latents: Tensor, steps: int, scheduler: Any) -> dict[str, Any]:
        """As Architecture.steps_of."""
        if not scheduler.config.get("use_dynamic_shifting"):
            return {}
        patch = self.denoiser.config.patch_size
        return {"mu": shift((latents.shape[-2] // patch) * (latents.shape[-1] // patch), scheduler, 1.16)}

    def outputs(self, latents: Tensor, times: Tensor, texts: Text, size: tuple[int, int], scale: float) -> Tensor:
        """As Architecture.outputs."""
        return self.denoiser(
            hidden_states=latents, timestep=times, encoder_hidden_states=texts["words"],
            pooled_projections=texts["pooled"], return_dict=False,
        )[0]  # fmt: skip


class Flux:
    """FLUX.1: latents in patches of 2 x 2, and guidance that the model is told instead of a second pass."""

    component = "transformer"

    def __init__(self, pipeline: Any):
        self.pipeline, self.denoiser = pipeline, pipeline.transformer
        self.unit = 2 * pipeline.vae_scale_factor
        side = pipeline.default_sample_size * pipeline.vae_scale_factor
        self.size = (side, side)

    def texts(self, prompts: Sequence[str]) -> list[tuple[Text, Text]]:
        """As Architecture.texts."""
        words, pooled, _ = self.pipeline.encode_prompt(list(prompts), None, reading_device(self.pipeline))
        made = [{"words": one[None], "pooled": other[None]} for one, other in zip(words, pooled, strict=True)]
        return [(one, one) for one in made]

    def guided(self, scale: float) -> bool:
        """As Architecture.guided."""
        return False

    def noise_shape(self, size: tuple[int, int]) -> tuple[int, ...]:
        """As Architecture.noise_shape."""
        return (1, self.denoiser.config.in_channels // 4, 2 * (size[0] // self.unit), 2 * (size[1] // self.unit))

    def packed(self, noise: Tensor) -> Tensor:
        """As Architecture.packed."""
        return self.pipeline._pack_latents(noise, *noise.shape)

    def steps_of(self, latents: Tensor, steps: int, scheduler: Any) -> dict[str, Any]:
        """As Architecture.steps_of."""
        return {"sigmas": np.linspace(1.0, 1 / steps, steps), "mu": shift(latents.shape[1], scheduler, 1.15)}

    def outputs(self, latents: Tensor, times: Tensor, texts: Text, size: tuple[int, int], scale: float) -> Tensor:
        """As Architecture.outputs."""
        told = torch.full_like(times, scale, dtype=torch.float32) if self.denoiser.config.guidance_embeds else None
        words = texts["words"]
        places = self.pipeline._prepare_latent_image_ids(
            len(latents), size[0] // self.unit, size[1] // self.unit, latents.device, latents.dtype
        )
        return self.denoiser(
            hidden_states=latents, timestep=times.to(latents.dtype) / 1000, guidance=told,
            pooled_projections=texts["pooled"], encoder_hidden_states=words,
            txt_ids=words.new_zeros(words.shape[1], 3), img_ids=places, return_dict=False,
        )[0]  # fmt: skip

    def decoded(self, latents: Tensor, size: tuple[int, int], decoder: Any) -> Tensor:
        """As Architecture.decoded."""
        return decoded_by(decoder, self.pipeline._unpack_latents(latents, *size, self.pipeline.vae_scale_factor))


ARCHITECTURES = {
    "StableDiffusionPipeline": StableDiffusion,
    "StableDiffusionXLPipeline": StableDiffusionXL,
    "StableDiffusion3Pipeline": StableDiffusion3,
    "FluxPipeline": Flux,
}
"""By the name that model_index.json gives."""


def shift(patches: int, scheduler: Any, most: float) -> float:
    """How far a flow's times are shifted for as many patches, as diffusers' pipelines do it."""
    names = {"base_image_seq_len": 256, "max_image_seq_len": 4096, "base_shift": 0.5, "max_shift": most}
    few, many, least, most = (scheduler.config.get(name, usual) for name, usual in names.items())
    slope = (most - least) / (many - few)
    return patches * slope + (least - slope * few)


def reading_device(pipeline: Any) -> torch.device:
    """Where texts are read."""
    return pipeline.text_encoder.device
