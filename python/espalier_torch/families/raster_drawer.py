"""A next-token generator as a serving worker knows it (`served.Drawer`), and pictures of which rows are missing."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.next_token import Captions, RasterGenerator
from espalier_torch.decoding.raster import RasterDecoder, Text
from espalier_torch.families.pixels import to_bytes
from espalier_torch.families.served import ImageTokenizer
from espalier_torch.protocol.serve_requests import OpenRequest

GREY = 127
"""What the squares of undrawn codes are painted with."""


def draw_settings(request: OpenRequest) -> DrawSettings:
    """How a request wants codes to be drawn."""
    return DrawSettings(request.guidance_scale, request.temperature, request.top_k, request.top_p)


class RasterDrawer:
    """Paths of a next-token generator, a row of codes a step.

    Args:
        model: on its device and in its dtype.
        identity: of its weights.
        rows: text rows of prompts.
        captions: how the generator reads text rows.
        request: slots, and how codes are drawn.
    """

    def __init__(
        self,
        model: RasterGenerator,
        identity: str,
        rows: Callable[[Sequence[str]], list[list[int]]],
        captions: Captions,
        request: OpenRequest,
    ):
        settings = draw_settings(request)
        self.identity, self.rows, self.slots = identity, rows, request.slots
        self.image_tokens, self.codebook_size = model.image_tokens, model.codebook_size
        self.evaluations_a_step = settings.branches * round(model.image_tokens**0.5)
        self.decoder = RasterDecoder(model, captions, request.slots, settings, request.compile)

    def draw(self, texts: Sequence[str], tokens: Tensor, seeds: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """As Drawer.draw; the step of a path is the row it is at."""
        known = self.decoder.known(tokens)
        if (known != steps.numpy() * self.decoder.side).any():
            raise ValueError(f"Expected as many rows as steps, got rows {known // self.decoder.side}, steps {steps}")
        return self.decoder.draw(self.read(texts), tokens, seeds.tolist())

    def complete(self, texts: Sequence[str], tokens: Tensor) -> Tensor:
        """As Drawer.complete."""
        return self.decoder.complete(self.read(texts), tokens)

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Text rows that can be compared."""
        return [tuple(row) for row in self.rows(texts)]


def pixels_of(images: ImageTokenizer, tokens: Tensor) -> Tensor:
    """(B, N) codes on the tokenizer's device -> (B, H, W, 3) uint8, grey where the code is codebook_size."""
    codes = images.codebook_size
    if not (tokens == codes).any():
        return to_bytes(images.decode(tokens))
    return marked(to_bytes(images.decode(filled(tokens, codes))), tokens, codes)


def filled(tokens: Tensor, codebook_size: int) -> Tensor:
    """(B, N) codes, the last rows of which may be codebook_size -> the same with the last row that is there below it.

    A decoder of convolutions looks a little beyond each code, so what is drawn should not end in something strange.
    """
    side = round(tokens.shape[1] ** 0.5)
    drawn = tokens != codebook_size
    last = (drawn.sum(1, keepdim=True) - side).clamp(min=0)
    below = tokens.gather(1, (last + torch.arange(side, device=tokens.device))).repeat(1, side)
    return torch.where(drawn, tokens, below).masked_fill(~drawn.any(1, keepdim=True), 0)


def marked(pixels: Tensor, tokens: Tensor, codebook_size: int) -> Tensor:
    """(B, H, W, 3) uint8 of (B, N) codes, grey where nothing is drawn."""
    side = round(tokens.shape[1] ** 0.5)
    missing = (tokens == codebook_size).unflatten(1, (side, side))
    squares = missing.repeat_interleave(pixels.shape[1] // side, 1).repeat_interleave(pixels.shape[2] // side, 2)
    return pixels.masked_fill(squares.unsqueeze(-1), GREY)
