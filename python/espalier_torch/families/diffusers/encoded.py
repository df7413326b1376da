"""Latents of pictures and what a model is told of captions, made once for a pair set and kept in files.

Both lie in safetensors files of SHARD rows, each whole or absent, so that making them goes on where it was stopped, and
a row is read without the others.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from espalier_torch.checkpoints.resumable_state import save_weights
from espalier_torch.data.picture_pairs import PicturePairs, words_of
from espalier_torch.data.pictures import Picture, Size, pixels_of, size_of
from espalier_torch.families.diffusers.autoencoder import encoded_by
from espalier_torch.families.diffusers.layout import DENOISERS, readers_identity
from espalier_torch.families.diffusers.pipeline import architecture_of, load_autoencoder, load_pipeline
from espalier_torch.families.diffusers.trained import TrainedPipeline
from espalier_torch.objective.denoising import Text
from espalier_torch.runtime.files import hash_of

SHARD, TOGETHER = 64, 8
"""Rows of a file, and of them those that go through a model at once: always the same, and so always the same bits."""

LATENTS = "latents"


class Encoded:
    """The rows of pair sets.

    cache: folder that trainings share. config: the pipeline that reads. device: where it reads.
    """

    def __init__(self, cache: Path, config: TrainedPipeline, device: torch.device):
        self.cache, self.config, self.device = cache, config, device
        self.folders: dict[str, Path] = {}
        self.files: dict[Path, Any] = {}
        self.places: dict[tuple[int, ...], tuple[PicturePairs, int]] = {}
        self.decoder: torch.nn.Module | None = None

    def folder_of(self, pairs: PicturePairs) -> Path:
        """Where the rows of a set lie, known by all that decides them."""
        if pairs.source not in self.folders:
            about = {"pairs": pairs.source, "readers": readers_identity(self.config.folder), "device": self.device.type}
            self.folders[pairs.source] = self.cache / f"encoded-{hash_of(about)[:32]}"
        return self.folders[pairs.source]

    def latents(self, pairs: PicturePairs, places: Tensor) -> Tensor:
        """(B, C, H, W) float32 of the pictures at (B,) places."""
        return torch.cat([self.row(pairs, "pictures", place)[LATENTS] for place in places.tolist()]).float()

    def texts(self, pairs: PicturePairs, places: Tensor) -> Text:
        """(B, ...) float32 of the captions at (B,) places; len(captions) is what is said without one."""
        rows = [self.row(pairs, "captions", place) for place in places.tolist()]
        return {name: torch.cat([row[name] for row in rows]).float() for name in rows[0]}

    def row(self, pairs: PicturePairs, kind: str, place: int) -> dict[str, Tensor]:
        """(1, ...) tensors of one picture or caption."""
        file = self.folder_of(pairs) / f"{kind}-{place // SHARD:05}.safetensors"
        if file not in self.files:
            self.files[file] = safe_open(file, framework="pt")
        opened, at = self.files[file], place % SHARD
        return {name: opened.get_slice(name)[at : at + 1] for name in opened.keys()}

    def read_back(self, text: Tensor) -> dict[str, tuple[Text, Text]]:
        """Captions of prepared sets by the words of their hash, (B, 8), with what the model is told of each."""
        found = {}
        for words in text.tolist():
            pairs, place = self.places[tuple(words)]
            both = (self.texts(pairs, torch.tensor([one])) for one in (place, len(pairs.captions)))
            said, unsaid = ({name: one.to(self.device) for name, one in told.items()} for told in both)
            found[pairs.captions[place]] = (said, unsaid)
        return found

    def size_of(self, text: Tensor) -> Size:
        """The size in pixels that the pictures of these captions are trained at."""
        pairs, _ = self.places[tuple(text[0].tolist())]
        _, _, height, width = self.latents(pairs, torch.zeros(1, dtype=torch.int64)).shape
        return height * self.config.pixels, width * self.config.pixels

    def autoencoder(self) -> torch.nn.Module:
        """What makes pictures of latents; in memory from the first sample pictures on."""
        if self.decoder is None:
            self.decoder = load_autoencoder(self.config.folder, self.device)
        return self.decoder

    def know(self, pairs: PicturePairs) -> None:
        """Remembers the captions of a set by their words."""
        for place, caption in enumerate(pairs.captions):
            self.places[tuple(words_of(caption).tolist())] = (pairs, place)

    def prepare(self, pairs: PicturePairs, tell: Callable[[int, int], None], check_stop: Callable[[], None]) -> None:
        """Makes what is not there. Raises ValueError for a picture that cannot be read."""
        self.know(pairs)
        folder, readers = self.folder_of(pairs), None
        things = [("pictures", pairs.pictures), ("captions", [*pairs.captions, None])]
        total, done = sum(len(some) for _, some in things), 0
        for kind, some in things:
            for number, shard in enumerate(pieces(some, SHARD)):
                check_stop()
                stem = folder / f"{kind}-{number:05}"
                if not stem.with_suffix(".safetensors").is_file():
                    readers = readers or Readers(self.config, pairs.pictures, self.device)
                    save_weights(stem, readers.latents(shard) if kind == "pictures" else readers.texts(shard))
                    tell(done + len(shard), total)
                done += len(shard)


class Readers:
    """The parts of a pipeline that read pictures and texts; gone from memory when a set is made."""

    def __init__(self, config: TrainedPipeline, pictures: Sequence[Picture], device: torch.device):
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.pipeline = load_pipeline(config.folder, device, dtype, hollow=DENOISERS)
        self.architecture = architecture_of(self.pipeline)
        self.size = common_size(pictures, config)

    @torch.no_grad()
    def latents(self, pictures: Sequence[Picture]) -> dict[str, Tensor]:
        """(R, C, H, W) of R pictures."""
        autoencoder = self.pipeline.vae
        read = [
            encoded_by(autoencoder, torch.stack([pixels_of(one, self.size) for one in some]).to(autoencoder.device))
            for some in pieces(pictures, TOGETHER)
        ]
        return {LATENTS: torch.cat(read)}

    @torch.no_grad()
    def texts(self, captions: Sequence[str | None]) -> Text:
        """(R, ...) of R captions; None is what is said without one."""
        rows = []
        for some in pieces(captions, TOGETHER):
            read = self.architecture.texts([one or "" for one in some])
            rows += [unsaid if one is None else said for one, (said, unsaid) in zip(some, read, strict=True)]
        return {name: torch.cat([row[name] for row in rows]) for name in rows[0]}


def pieces(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Things in pieces of at most `size`."""
    return (things[first : first + size] for first in range(0, len(things), size))


def common_size(pictures: Sequence[Picture], config: TrainedPipeline) -> Size:
    """The size that pictures are trained at: their own where they have one that the pipeline can draw, else its own."""
    sizes = {size_of(one) for one in pictures}
    height, width = size = next(iter(sizes))
    fits = len(sizes) == 1 and height % config.unit == 0 and width % config.unit == 0
    return size if fits else config.size
