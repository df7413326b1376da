"""Pictures of this disk: read and checked one at a time, and written."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class Picture:
    """A picture by the sha256 of its file, and where that lies."""

    sha256: str
    path: str


def size_of(picture: Picture) -> Size:
    """Its size, of which the head of the file alone is read. Raises ValueError."""
    try:
        with Image.open(picture.path) as opened:
            return opened.height, opened.width
    except (OSError, UnidentifiedImageError) as cause:
        raise unreadable(picture, str(cause)) from cause


def pixels_of(picture: Picture, size: Size) -> Tensor:
    """(3, H, W) float32 in [-1, 1] of the wanted size: scaled to cover it, and cut at the middle.

    Raises:
        ValueError: the file cannot be read, or is not what its hash says.
    """
    try:
        content = Path(picture.path).read_bytes()
    except OSError as cause:
        raise unreadable(picture, str(cause)) from cause
    found = hashlib.sha256(content).hexdigest()
    if found != picture.sha256:
        raise unreadable(picture, f"expected sha256 {picture.sha256[:12]}, got {found[:12]}")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            fitted = covering(opened.convert("RGB"), size)
    except (OSError, UnidentifiedImageError) as cause:
        raise unreadable(picture, str(cause)) from cause
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1).float() / 127.5 - 1


def write_picture(file: Path, pixels: Tensor) -> str:
    """Writes (H, W, 3) uint8 as PNG; returns where, absolute."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.cpu().numpy()).save(file)
    return str(file.resolve())


def covering(image: Image.Image, size: Size) -> Image.Image:
    """An image scaled to cover a size, and cut at its middle."""
    height, width = size
    if image.size == (width, height):
        return image
    scale = max(width / image.width, height / image.height)
    scaled = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    left, top = (scaled[0] - width) // 2, (scaled[1] - height) // 2
    return image.resize(scaled, Image.Resampling.LANCZOS).crop((left, top, left + width, top + height))


def unreadable(picture: Picture, why: str) -> ValueError:
    """The refusal of a picture."""
    return ValueError(
        f"Picture {picture.path} cannot be trained on: {why}. Bring the file back as it was, or leave its pairs out"
    )
