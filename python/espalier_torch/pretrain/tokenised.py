"""Tokenised scenes in memory, and batches of them under true and false captions.

Every draw comes from a generator that the caller seeds, on the CPU: a run sees the same batches on every device.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.pretrain.scenes import batches

COLUMNS = {
    "tokens": torch.int16,
    "text": torch.uint8,
    "wrong_texts": torch.uint8,
    "falsehoods": torch.uint8,
    "reasons": torch.int16,
    "places": torch.uint8,
    "phrases": torch.uint8,
}
NO_PLACE = 255
TRUE = 0
"""Among a scene's captions, the true one; the false ones follow."""


@dataclass(frozen=True)
class Captioned:
    """B scenes, each under one of its captions.

    tokens: (B, N) int64. text: (B, T) int64. reasons: (B,) int64 bits of what the caption gets wrong.
    phrases: (B, N) int64, which thing of the caption the token belongs to, 0 for none. centres: (B, N) bool.
    """

    tokens: Tensor
    text: Tensor
    reasons: Tensor
    phrases: Tensor
    centres: Tensor


class Scenes:
    """R scenes of N tokens, C captions of T words each (the true one first), O objects at most."""

    def __init__(self, file: str, device: str | torch.device = "cpu"):
        read = list(batches(file))
        schema = read[0].schema if read else pa.schema([])
        missing = [name for name in COLUMNS if name not in schema.names]
        if missing:
            raise ValueError(
                f"{file} lacks {', '.join(missing)}: expected tokenised scenes with grounded captions. Those of an "
                "older release have none: render and tokenise again (scripts/build/models.sh)"
            )
        found = {name: column_of(read, name).to(dtype) for name, dtype in COLUMNS.items()}
        about = {key.decode(): value.decode() for key, value in schema.metadata.items()}
        self.kinds: list[str] = json.loads(about["falsehoods"])
        self.tokenizer = about["tokenizer"]
        rows, words = found["text"].shape
        self.tokens = found["tokens"].to(device)
        self.captions = torch.cat([found["text"][:, None], found["wrong_texts"].view(rows, -1, words)], 1).to(device)
        self.reasons = F.pad(found["reasons"], (1, 0)).to(device)
        self.places = found["places"].to(device)
        self.phrases = found["phrases"].view(rows, self.captions.shape[1], -1).to(device)
        self.falsehoods = found["falsehoods"]  # (R, C - 1), on the CPU: captions are chosen there
        self.patches = patches(round(self.tokens.shape[1] ** 0.5)).to(device)

    def __len__(self) -> int:
        return len(self.tokens)

    def drawn_rows(self, size: int, source: torch.Generator) -> Tensor:
        """(size,) scenes at random."""
        return torch.randint(len(self), (size,), generator=source)

    def false_captions(self, rows: Tensor, often: Mapping[str, float], source: torch.Generator) -> Tensor:
        """(B,) a false caption of each scene: of a kind it has in proportion to `often`, 1 for a kind not named there.

        Raises:
            ValueError: `often` names a kind that the scenes do not know.
        """
        unknown = [kind for kind in often if kind not in self.kinds]
        if unknown:
            raise ValueError(f"No falsehood is called {unknown[0]!r}; the scenes have {', '.join(self.kinds)}")
        each = torch.tensor([often.get(kind, 1.0) for kind in self.kinds])
        kinds = self.falsehoods[rows].long()
        same = (kinds[:, :, None] == kinds[:, None]).sum(2)
        weights = each[kinds] / same
        return 1 + torch.multinomial(weights, 1, generator=source)[:, 0]

    def captioned(self, rows: Tensor, caption: Tensor) -> Captioned:
        """The scenes `rows` (B,) under their captions number `caption` (B,)."""
        device = self.tokens.device
        rows, caption = rows.to(device), caption.to(device)
        places = self.places[rows].long()
        return Captioned(
            tokens=self.tokens[rows].long(),
            text=self.captions[rows, caption].long(),
            reasons=self.reasons[rows, caption].long(),
            phrases=self.spread(places, self.phrases[rows, caption].long()),
            centres=self.marked(places),
        )

    def spread(self, places: Tensor, phrases: Tensor) -> Tensor:
        """(B, O) centres and phrases of objects -> (B, N) the phrase of each token; an object covers 3 x 3 tokens."""
        covered = self.covered(places)
        # Objects never touch, so that a token is of one object at most.
        return (covered * phrases[:, :, None]).sum(1)

    def covered(self, places: Tensor) -> Tensor:
        """(B, O) centres -> (B, O, N) bool, the tokens of each object; none of an object that is not there."""
        return self.patches[places.clamp(max=len(self.patches) - 1)] & (places != NO_PLACE)[:, :, None]

    def marked(self, places: Tensor) -> Tensor:
        """(B, O) centres -> (B, N) bool."""
        tokens = self.tokens.shape[1]
        return F.one_hot(places.clamp(max=tokens), tokens + 1).sum(1)[:, :tokens].bool()


def column_of(read: list[pa.RecordBatch], name: str) -> Tensor:
    """(R, L) int32 of a fixed-size list column."""
    return torch.from_numpy(np.concatenate([fixed_lists(part.column(name), "int32") for part in read]))


def patches(grid: int) -> Tensor:
    """(N, N) bool: the tokens of an object whose centre is each token, 3 x 3."""
    index = torch.arange(grid * grid)
    rows, columns = index // grid, index % grid
    return ((rows[:, None] - rows).abs() <= 1) & ((columns[:, None] - columns).abs() <= 1)
