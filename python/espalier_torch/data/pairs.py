"""Reads a pair set: Arrow IPC streams of chosen and rejected token grids."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.arrow_columns import fixed_lists, record_batches
from espalier_torch.runtime.files import digest_of, sha256_of

NEVER_COMMITTED = 255
"""`committed_at` of a token that is masked; decoding steps are fewer."""

TENSORS = {
    "text": "int64",
    "chosen_tokens": "int64",
    "rejected_tokens": "int64",
    "chosen_committed_at": "uint8",
    "rejected_committed_at": "uint8",
}


class PairSet(Protocol):
    """What training reads of any pair set of P pairs, whatever their images are.

    text: (P, T) int64, what tells captions apart. shared_steps: (P,) int64. tags: P task names. sha256: hex digest.
    """

    text: Tensor
    shared_steps: Tensor
    tags: list[str]
    sha256: str

    def __len__(self) -> int:
        """P."""


@dataclass(frozen=True)
class Pairs:
    """A pair set of P pairs in memory.

    text: (P, T) int64 word ids. chosen_tokens, rejected_tokens: (P, N) int64 codebook indices.
    chosen_committed_at, rejected_committed_at: (P, N) uint8 decoding steps.
    shared_steps: (P,) int64, decoding steps that the two images of a pair have in common. tags: P task names.
    sha256: hex digest of the file; of several files, that of their digests in order.
    """

    text: Tensor
    chosen_tokens: Tensor
    rejected_tokens: Tensor
    chosen_committed_at: Tensor
    rejected_committed_at: Tensor
    shared_steps: Tensor
    tags: list[str]
    sha256: str

    def __len__(self) -> int:
        return len(self.text)


def read_pairs(files: Sequence[str | Path]) -> Pairs:
    """Reads the files of a pair set, in order; images in them are left alone.

    Raises:
        ValueError: a file is missing, not an Arrow stream, or lacks a column, or there is no pair in all of them.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in TENSORS}
    tags: list[str] = []
    cure = "expected an Arrow stream of pairs; make one with the pairs stage"
    for file in map(Path, files):
        for batch in record_batches(file, [*TENSORS, "tag"], "pair", cure):
            tags.extend(batch.column("tag").to_pylist())
            for name, dtype in TENSORS.items():
                parts[name].append(fixed_lists(batch.column(name), dtype))
    if not tags:
        where = ", ".join(map(str, files))
        raise ValueError(f"No pairs in {where}; training needs at least one prompt with a right and a wrong image")
    tensors = {name: torch.from_numpy(np.concatenate(found)) for name, found in parts.items()}
    digest = digest_of([sha256_of(Path(file)) for file in files])
    return Pairs(**tensors, shared_steps=steps_in_common(tensors), tags=tags, sha256=digest)


def steps_in_common(pairs: dict[str, Tensor]) -> Tensor:
    """(P,) int64: leading steps that committed the same tokens at the same places in both images, in TENSORS' names.

    Two images that are the same to the end have nothing to tell apart, and count as sampled apart.
    """
    chosen_at, rejected_at = pairs["chosen_committed_at"], pairs["rejected_committed_at"]
    apart = (chosen_at != rejected_at) | (pairs["chosen_tokens"] != pairs["rejected_tokens"])
    first = torch.where(apart, torch.minimum(chosen_at, rejected_at), NEVER_COMMITTED).amin(1).long()
    return first.masked_fill(~apart.any(1), 0)


def check_tasks(pairs: PairSet) -> None:
    """Raises ValueError when some pairs are of no task, so that tasks cannot be drawn alike."""
    without = pairs.tags.count("")
    if without:
        raise ValueError(
            f"balance is 'task', but {without} of the {len(pairs)} pairs are of no task (imported prompts have one "
            "only with GenEval metadata): expected a task with every pair. Use balance 'none', or leave those out"
        )


def check_pairs(pairs: Pairs, *, vocabulary_size: int, codebook_size: int, tokens: int, text_length: int) -> None:
    """Raises ValueError when the pairs were made for a generator of other sizes."""
    found = {
        "image tokens": (pairs.chosen_tokens.shape[1], tokens),
        "words": (pairs.text.shape[1], text_length),
    }
    for what, (got, expected) in found.items():
        if got != expected:
            raise ValueError(
                f"The pairs have {got} {what} each, the generator takes {expected}: another model's pairs?"
            )
    highest = max(int(pairs.chosen_tokens.max()), int(pairs.rejected_tokens.max()))
    if highest >= codebook_size:
        raise ValueError(f"A pair holds token {highest}, the codebook ends at {codebook_size - 1}: another tokenizer?")
    if int(pairs.text.max()) >= vocabulary_size:
        raise ValueError(f"A pair holds word {int(pairs.text.max())}, the vocabulary ends at {vocabulary_size - 1}")
