"""Janus-Pro as a serving worker knows it (`families.served`). Its image tokenizer lies in the model's own folder."""

import torch

from espalier_torch.families.janus.checkpoint import load_janus
from espalier_torch.families.janus.images import JanusImages, load_janus_images
from espalier_torch.families.janus.text import JanusPrompts, read_rows
from espalier_torch.families.raster_drawer import RasterDrawer
from espalier_torch.protocol.serve_requests import OpenRequest

BY_ROWS = True
"""Whether images grow from the first row down, so that their last rows may not be there."""


def drawer(request: OpenRequest, device: torch.device, dtype: torch.dtype) -> RasterDrawer:
    """The generator of a request. Raises ValueError when a folder is another model's."""
    model, record = load_janus(str(request.generator), dtype)
    prompts = JanusPrompts(str(request.text_tokenizer), model)
    return RasterDrawer(model.to(device), record["identity"], prompts.rows, read_rows, request)


def images(place: str) -> JanusImages:
    """The image tokenizer of a model folder. Raises ValueError when there is none."""
    return load_janus_images(place)
