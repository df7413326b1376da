"""What a training request asks of a masked-token objective, the same in every family that has one."""

import torch

from espalier_torch.objective.guidance import GuidanceSettings
from espalier_torch.objective.masked_tokens import MaskedTokens, TokenSizes
from espalier_torch.objective.masks import MaskSettings
from espalier_torch.objective.sampling import SamplerSettings
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def masked_objective(request: TrainRequest, sizes: TokenSizes, device: torch.device) -> MaskedTokens:
    """The objective of a generator of these sizes."""
    return MaskedTokens(
        sizes, mask_settings(request), request.caption_dropout, request.reduction, sampler_settings(request), device
    )


def mask_settings(request: TrainRequest) -> MaskSettings:
    """How masks are drawn."""
    return MaskSettings(
        policy=request.masks.policy,
        draws=request.masks.draws,
        stratified=request.masks.stratified,
        antithetic=request.masks.antithetic,
        lowest_ratio=request.masks.lowest_ratio,
        scored=request.masks.scored,
        path_share=request.masks.path_share,
        shared=request.masks.shared,
        seed=request.mask_seed,
    )


def sampler_settings(request: TrainRequest) -> SamplerSettings:
    """How images drawn while training are decoded."""
    return SamplerSettings(request.sampler.steps, request.sampler.guidance_scale, request.sampler.temperature)


def guidance_settings(request: TrainRequest, guidance: Guidance) -> GuidanceSettings:
    """What is drawn for the guidance term."""
    return GuidanceSettings(
        kind=guidance.kind,
        prompts=guidance.prompts,
        images=guidance.images if guidance.kind == "score-function" else 1,
        draws=guidance.draws,
        seed=request.seed,
        sampler=sampler_settings(request),
    )
