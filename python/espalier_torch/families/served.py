"""What a serving worker needs of a family: a generator that draws a step of each path, and its image tokenizer."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor


class Drawer(Protocol):
    """A generator in its slots.

    identity: of its weights. image_tokens: of one image. codebook_size: image codes; in a token grid it stands for what
    is not drawn. evaluations_a_step: forward passes of one step of one path.
    """

    identity: str
    image_tokens: int
    codebook_size: int
    slots: int
    evaluations_a_step: int

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The text part of each prompt's row, as training reads it; what is cut is noted."""

    def draw(self, texts: Sequence[str], tokens: Tensor, seeds: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """One step of B <= slots paths: tokens (B, N) int64 and their log-probabilities, float32, on the CPU.

        Raises ValueError for grids that no step leads to.
        """

    def complete(self, texts: Sequence[str], tokens: Tensor) -> Tensor:
        """The likeliest whole images that B <= slots paths begin, (B, N). Raises ValueError where there are none."""


class ImageTokenizer(Protocol):
    """Pixels to codes and back, a module on its device in float32."""

    codebook_size: int
    pixels_a_token: int

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) float in [-1, 1] -> (B, N) int64, row-major."""

    def decode(self, codes: Tensor) -> Tensor:
        """(B, N) int64 codes of a square -> (B, 3, H, W), about [-1, 1], not clamped."""
