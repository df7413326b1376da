"""diffusers' pipelines as a worker serves them (`registry.Drawn`)."""

import torch

from espalier_torch.families.diffusers.generator import DiffusersGenerator
from espalier_torch.families.diffusers.layout import pipeline_identity
from espalier_torch.families.diffusers.pipeline import architecture_of, load_pipeline, load_tiny_decoder
from espalier_torch.protocol.drawn_requests import OpenDrawerRequest


def generator(request: OpenDrawerRequest, device: torch.device, dtype: torch.dtype) -> DiffusersGenerator:
    """As Drawn.generator."""
    pipeline = load_pipeline(request.generator, device, dtype)
    preview = None if request.preview_decoder is None else load_tiny_decoder(request.preview_decoder, device)
    return DiffusersGenerator(
        architecture_of(pipeline), pipeline_identity(request.generator), steps=request.steps,
        guidance_scale=request.guidance_scale, scheduler=request.scheduler, size=(request.height, request.width),
        preview_decoder=preview,
    )  # fmt: skip
