"""LlamaGen as a serving worker knows it (`families.served`). The request's text tokenizer is its text encoder."""

import torch

from espalier_torch.families.llamagen.checkpoint import load_llamagen
from espalier_torch.families.llamagen.text import CaptionEncoder
from espalier_torch.families.llamagen.tokenizer import ImageTokenizer, load_tokenizer
from espalier_torch.families.raster_drawer import RasterDrawer
from espalier_torch.protocol.serve_requests import OpenRequest

BY_ROWS = True
"""Whether images grow from the first row down, so that their last rows may not be there."""


def drawer(request: OpenRequest, device: torch.device, dtype: torch.dtype) -> RasterDrawer:
    """The generator of a request. Raises ValueError when a folder is another model's."""
    model, record = load_llamagen(str(request.generator))
    captions = CaptionEncoder(str(request.text_tokenizer), model.config, device, dtype)
    return RasterDrawer(model.to(device, dtype), record["identity"], captions.rows, captions, request)


def images(place: str) -> ImageTokenizer:
    """The image tokenizer of a file. Raises ValueError when it is another model's."""
    return load_tokenizer(place)
