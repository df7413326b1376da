"""The detector of photographs: objects by Mask2Former, their colours by CLIP."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from espalier_torch.detection.colors import ColorNamer, load_color_namer
from espalier_torch.detection.mask2former import ObjectFinder
from espalier_torch.runtime.files import digest_of


class PhotographDetector:
    """Says what is in pictures; which of it counts is the caller's business.

    identity: digest of both models' weights, the colours and the wordings.
    """

    def __init__(self, finder: ObjectFinder, namer: ColorNamer, namer_identity: str):
        self.finder, self.namer = finder, namer
        words = json.dumps([namer.colors, namer.wordings])
        self.identity = digest_of([finder.identity, namer_identity, hashlib.sha256(words.encode()).hexdigest()])

    @property
    def classes(self) -> list[str]:
        """The names of all that it can find."""
        return self.finder.classes

    def detect(self, pictures: Tensor, above: float) -> list[list[dict[str, Any]]]:
        """The objects of each of (B, H, W, 3) uint8 pictures with a score above `above`, the most certain first."""
        return [
            self.described(picture, found)
            for picture, found in zip(pictures, self.finder.find(pictures, above), strict=True)
        ]

    def described(self, picture: Tensor, found: Any) -> list[dict[str, Any]]:
        """The objects of one picture as events carry them."""
        names = [self.classes[label] for label in found.labels.tolist()]
        colors = self.namer.name(picture, found, names)
        rows = zip(names, found.boxes.tolist(), found.scores.tolist(), colors, strict=True)
        return [{"class": name, "box": box, "score": score, "color": color} for name, box, score, color in rows]


def load_detector(
    folder: str, colors_folder: str, colors: Sequence[str], wordings: Sequence[str], device: torch.device, batch: int
) -> PhotographDetector:
    """Loads both models. Raises ValueError or OSError when a folder does not hold what it should."""
    finder = ObjectFinder(folder, device, batch)
    return PhotographDetector(finder, *load_color_namer(colors_folder, colors, wordings, device))
