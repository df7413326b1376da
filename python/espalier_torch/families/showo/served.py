"""Show-o as a serving worker knows it (`families.served`)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import AutoTokenizer

from espalier_torch.checkpoints.model_weights import pretrained
from espalier_torch.families.showo.magvit import load_magvit
from espalier_torch.families.showo.model import load_showo
from espalier_torch.families.showo.step import StepModel
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.runtime import device_randomness, randomness
from espalier_torch.runtime.cut_texts import CUTS, PROMPT, Cut
from espalier_torch.runtime.sending import sent

BY_ROWS = False
"""Whether images grow from the first row down, so that their last rows may not be there."""


class ShowoDrawer:
    """Paths of masked tokens, a step of the schedule at a time. Raises ValueError when a folder is another model's."""

    def __init__(self, request: OpenRequest, device: torch.device, dtype: torch.dtype):
        model, record = load_showo(str(request.generator))
        self.device = device
        self.steps = StepModel(model.to(device, dtype), request.slots, request.guidance_scale, request.compile)
        self.tokenizer = pretrained(AutoTokenizer, request.text_tokenizer)
        self.identity, self.layout, self.slots = record["identity"], model.layout, request.slots
        self.image_tokens, self.codebook_size = model.layout.image_tokens, model.layout.codebook_size
        self.evaluations_a_step = self.steps.rows // self.steps.slots

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """As Drawer.rows."""
        return [self.layout.text_row(ids).tolist() for ids in self.encoded(texts)]

    def encoded(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of prompts without special tokens; those that will lose their ends are noted."""
        rows = [self.tokenizer.encode(text, add_special_tokens=False) for text in texts]
        for text, ids in zip(texts, rows, strict=True):
            if len(self.layout.whole_text(ids)) > self.layout.text_length:
                CUTS.note(Cut(PROMPT, "the generator", self.layout.text_length, text))
        return rows

    def draw(self, texts: Sequence[str], tokens: Tensor, seeds: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """As Drawer.draw: every token, known ones kept."""
        counters = [sent(one.long(), self.device) for one in (seeds, steps)]
        uniform = device_randomness.uniform(*counters, self.image_tokens, randomness.TOKEN_DRAW).float()
        return self.steps.draw(self.encoded(texts), tokens, uniform)

    def complete(self, texts: Sequence[str], tokens: Tensor) -> Tensor:
        """As Drawer.complete; each step predicts a whole image already."""
        raise ValueError("Show-o predicts whole images at each step: there is nothing to complete")


class ShowoImages(nn.Module):
    """MAGVIT-v2 of a folder or file. Raises ValueError when it is another model's."""

    def __init__(self, place: str):
        super().__init__()
        self.magvit, _ = load_magvit(place)
        self.codebook_size, self.pixels_a_token = 2**self.magvit.config.bits, self.magvit.config.pixels_a_token

    def encode(self, pixels: Tensor) -> Tensor:
        """As ImageTokenizer.encode."""
        return self.magvit.encode(pixels)

    def decode(self, codes: Tensor) -> Tensor:
        """As ImageTokenizer.decode."""
        return self.magvit.decode(codes)


drawer, images = ShowoDrawer, ShowoImages
