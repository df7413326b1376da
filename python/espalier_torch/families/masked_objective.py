"""What a training request asks of a masked-token objective, the same in every family that has one."""

import torch

from espalier_torch.objective.guidance import GuidanceSettings
from espalier_torch.objective.masked_tokens import MaskedTokens, TokenSizes
from espalier_torch.objective.masks import MaskSettings
from espalier_torch.objective.sampling import SamplerSettings
from espalier_torch.train_request import TrainRequest


def masked_objective(request: TrainRequest, sizes: TokenSizes, device: torch.device) -> MaskedTokens:
    """The objective of a generator of these sizes."""
    return MaskedTokens(
        sizes, mask_settings(request), request.caption_dropout, request.reduction, sampler_settings(request), device
    )


def mask_settings(request: TrainRequest) -> MaskSettings:
    """How masks are drawn."""
    return MaskSettings(
        policy=request.mask_policy,
        draws=request.mask_draws,
        stratified=request.mask_stratified,
        antithetic=request.mask_antithetic,
        lowest_ratio=request.mask_lowest_ratio,
        scored=request.mask_scored,
        path_share=request.mask_path_share,
        shared=request.mask_shared,
        seed=request.mask_seed,
    )


def sampler_settings(request: TrainRequest) -> SamplerSettings:
    """How images drawn while training are decoded."""
    return SamplerSettings(request.sampler_steps, request.sampler_guidance_scale, request.sampler_temperature)


def guidance_settings(request: TrainRequest) -> GuidanceSettings:
    """What is drawn for the guidance term."""
    compared = request.guidance_kind == "score-function"
    return GuidanceSettings(
        kind=request.guidance_kind,
        prompts=request.guidance_prompts,
        images=request.guidance_images if compared else 1,
        draws=request.guidance_draws,
        seed=request.seed,
        sampler=sampler_settings(request),
    )
