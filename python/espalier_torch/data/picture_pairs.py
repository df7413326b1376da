"""Reads a pair set of pictures: Arrow IPC streams that say of each picture where it lies, and its hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.arrow_columns import record_batches
from espalier_torch.data.pictures import Picture
from espalier_torch.runtime.files import digest_of, sha256_of

COLUMNS = ("prompt", "tag", "chosen_sha256", "rejected_sha256", "chosen", "rejected")
CURE = "expected an Arrow stream of pairs of pictures; make one with the pairs stage"


@dataclass(frozen=True)
class PicturePairs:
    """A `PairSet` of pictures; these are not in memory.

    text: (P, 8) int64, sha256 of each caption as eight words of 32 bits. caption, chosen, rejected: (P,) int64 places
    in `captions` and `pictures`, which have each once and are those of the whole file, of whatever part of it this is.
    source: sha256 of that whole.
    """

    text: Tensor
    caption: Tensor
    chosen: Tensor
    rejected: Tensor
    captions: tuple[str, ...]
    pictures: tuple[Picture, ...]
    tags: list[str]
    sha256: str
    source: str

    def __len__(self) -> int:
        return len(self.text)

    @property
    def shared_steps(self) -> Tensor:
        """As PairSet: pictures have no steps in common that anybody knows of."""
        return torch.zeros(len(self), dtype=torch.int64)


def read_picture_pairs(files: Sequence[str | Path]) -> PicturePairs:
    """Reads the files of a pair set, in order.

    Raises:
        ValueError: a file is missing, not an Arrow stream, or of token grids, or there is no pair in all of them.
    """
    captions: dict[str, int] = {}
    pictures: dict[Picture, int] = {}
    places: list[tuple[int, int, int]] = []
    tags: list[str] = []
    for file in map(Path, files):
        for batch in record_batches(file, list(COLUMNS), "pair", CURE):
            tags.extend(batch.column("tag").to_pylist())
            prompts = batch.column("prompt").to_pylist()
            sides = [pictures_of(batch, side, file) for side in ("chosen", "rejected")]
            for prompt, chosen, rejected in zip(prompts, *sides, strict=True):
                caption = captions.setdefault(prompt, len(captions))
                places.append((caption, *(pictures.setdefault(one, len(pictures)) for one in (chosen, rejected))))
    if not places:
        raise ValueError(f"No pairs in {', '.join(map(str, files))}; training needs at least one")
    caption, chosen, rejected = torch.tensor(places).unbind(1)
    digest = digest_of([sha256_of(Path(file)) for file in files])
    text = torch.from_numpy(np.stack([words_of(one) for one in captions]))[caption]
    return PicturePairs(text, caption, chosen, rejected, tuple(captions), tuple(pictures), tags, digest, digest)


def words_of(caption: str) -> np.ndarray:
    """sha256 of a caption, (8,) int64: what tells it from others, in this set and in any other."""
    return np.frombuffer(hashlib.sha256(caption.encode()).digest(), ">u4").astype(np.int64)


def pictures_of(batch: object, side: str, file: Path) -> list[Picture]:
    """One side's pictures of a record batch. Raises ValueError for pictures that the file itself holds."""
    paths = batch.column(side).field("path").to_pylist()
    if batch.column(side).field("bytes").null_count < len(paths):
        raise ValueError(
            f"{file} holds its pictures: expected it to say where they lie. Import it into a workspace (espalier "
            "import), and train on the pair set there"
        )
    return [Picture(*one) for one in zip(batch.column(f"{side}_sha256").to_pylist(), paths, strict=True)]
