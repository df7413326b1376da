"""What a training request asks of a next-token objective, the same in every family that has one."""

import torch

from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.next_token import Captions
from espalier_torch.objective.next_token import NextTokens, TokenSizes
from espalier_torch.protocol.train_requests import TrainRequest


def next_token_objective(
    request: TrainRequest, sizes: TokenSizes, captions: Captions, device: torch.device
) -> NextTokens:
    """The objective of a generator of these sizes that reads captions so."""
    drawing = DrawSettings(request.sampler.guidance_scale, request.sampler.temperature)
    return NextTokens(sizes, captions, request.caption_dropout, request.reduction, request.mask_seed, drawing, device)
