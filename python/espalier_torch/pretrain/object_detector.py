"""A second detector of the bundled domain, learned from scenes: it shares nothing with the classical one.

A small convolutional network says for every token of the grid whether an object has its centre there, its shape and
its colour (centres as points: Zhou et al., "Objects as Points", arXiv 1904.07850, without the offsets: objects are
drawn on the grid). It checks that neither a generator nor a judge learned to please the classical detector alone.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import load_model
from espalier_torch.families.bundled.tokenizer import Residual

SHAPES = ("circle", "square", "triangle", "star", "heart", "cross", "ring", "diamond")
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white")
TOKEN_SIDE = 8
"""Pixels."""
OBJECT_SIDE = 22
"""Pixels: the renderer draws radii of 11 to 11.8."""
NO_PLACE = 255
CENTRE_BACKGROUND = 0.15
"""Weight of a token that is no centre."""


@dataclass(frozen=True)
class DetectorConfig:
    """Its size."""

    width: int = 48

    def as_dict(self) -> dict[str, int]:
        """The fields as plain JSON values."""
        return asdict(self)


class ObjectDetector(nn.Module):
    """Pixels to what stands at each token."""

    def __init__(self, config: DetectorConfig):
        super().__init__()
        self.config = config
        width = config.width
        self.trunk = nn.Sequential(
            nn.Conv2d(3, width, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            Residual(2 * width),
            nn.ReLU(),
            nn.Conv2d(2 * width, 2 * width, 3, stride=2, padding=1),
            Residual(2 * width),
            Residual(2 * width),
            nn.ReLU(),
        )
        self.read_out = nn.Conv2d(2 * width, 1 + len(SHAPES) + len(COLORS), 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, 64, 64) in [-1, 1] -> logits of centres (B, N), of shapes (B, N, 8) and of colours (B, N, 10)."""
        logits = self.read_out(self.trunk(pixels)).flatten(2).transpose(1, 2)
        centres, shapes, colors = logits.split([1, len(SHAPES), len(COLORS)], -1)
        return centres[..., 0], shapes, colors

    def loss(self, pixels: Tensor, places: Tensor, shapes: Tensor, colors: Tensor) -> Tensor:
        """Of (B, 3, 64, 64) pixels with (B, O) objects: the token, shape and colour of each; NO_PLACE for none."""
        centre_logits, shape_logits, color_logits = self(pixels)
        there = places != NO_PLACE
        target = torch.zeros_like(centre_logits).scatter(1, places.clamp(max=centre_logits.shape[1] - 1), there.float())
        weight = target + CENTRE_BACKGROUND * (1 - target)
        centre = F.binary_cross_entropy_with_logits(centre_logits, target, weight, reduction="sum") / weight.sum()
        if not there.any():
            return centre
        row = torch.arange(len(places), device=places.device)[:, None].expand_as(places)[there]
        at = places[there]
        shape = F.cross_entropy(shape_logits[row, at], shapes[there])
        return centre + shape + F.cross_entropy(color_logits[row, at], colors[there])

    @torch.no_grad()
    def detect(self, pixels: Tensor, least: float = 0.05) -> list[list[dict[str, Any]]]:
        """Objects of each of (B, 3, 64, 64) images: class, box [x1, y1, x2, y2] in pixels, score 0..1, color.

        The score is P(centre) * P(shape). A token is a centre when no neighbour is more surely one.
        """
        centre_logits, shape_logits, color_logits = self(pixels)
        grid = round(centre_logits.shape[1] ** 0.5)
        centres = centre_logits.sigmoid().unflatten(1, (1, grid, grid))
        peaks = (centres == F.max_pool2d(centres, 3, stride=1, padding=1)).flatten(1)
        shape, shape_id = shape_logits.softmax(-1).max(-1)
        scores = centres.flatten(1) * shape * peaks
        found: list[list[dict[str, Any]]] = [[] for _ in pixels]
        for image, token in (scores > least).nonzero().tolist():
            found[image].append(
                {
                    "class": SHAPES[shape_id[image, token]],
                    "box": box_at(token % grid, token // grid),
                    "score": scores[image, token].item(),
                    "color": COLORS[color_logits[image, token].argmax()],
                }
            )
        return [sorted(objects, key=lambda one: -one["score"]) for objects in found]


def box_at(column: int, row: int) -> list[float]:
    """[x1, y1, x2, y2] in pixels of an object whose centre is that token."""
    x, y = ((place + 0.5) * TOKEN_SIDE for place in (column, row))
    half = OBJECT_SIDE / 2
    return [x - half, y - half, x + half, y + half]


def load_detector(folder: str | Path) -> tuple[ObjectDetector, dict[str, Any]]:
    """The detector of a checkpoint folder and its checkpoint.json. Raises ValueError as `load_model`."""
    return load_model(folder, "detector", lambda config: ObjectDetector(DetectorConfig(**config)))
