"""Reads what judges learn from: Arrow IPC streams of token grids and the answers that should be given about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.arrow_columns import fixed_lists, record_batches
from espalier_torch.families.bundled.generator import GeneratorConfig
from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS, REASONS
from espalier_torch.runtime.files import digest_of, sha256_of

LISTS = {"text": "int32", "tokens": "int16", "settled": "uint8", "answers": "uint8", "reasons": "uint8"}
CURE = "expected an Arrow stream; make one with `espalier judge data`"


@dataclass(frozen=True)
class Samples:
    """R labelled images in memory, about 300 bytes each.

    text: (R, T) int32 word ids. tokens: (R, N) int16 codebook indices. settled: (R, N) uint8, 1 where committed.
    answers: (R, questions) uint8, 0, 1 or NOT_ASKED. reasons: (R, reasons) uint8 flags.
    prompts: (R,) int64, the same number for the same prompt. tasks: task name of each prompt number. words: its text.
    sha256: hex digest of the file; of several files, that of their digests in order.
    """

    text: Tensor
    tokens: Tensor
    settled: Tensor
    answers: Tensor
    reasons: Tensor
    prompts: Tensor
    tasks: list[str]
    words: list[str]
    sha256: str

    def __len__(self) -> int:
        return len(self.text)

    def answered(self) -> dict[str, int]:
        """How many samples answer each question."""
        return dict(zip(QUESTIONS, (self.answers != NOT_ASKED).sum(0).tolist(), strict=True))


def read_samples(files: Sequence[str | Path]) -> Samples:
    """Reads the files of a sample set, in order.

    Raises:
        ValueError: a file is missing, not an Arrow stream, lacks a column or has lists of another length, or all
            of them together hold no sample.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in LISTS}
    numbers: dict[str, int] = {}
    tasks: list[str] = []
    words: list[str] = []
    prompts: list[int] = []
    columns = [*LISTS, "prompt_id", "tag", "prompt"]
    for file in map(Path, files):
        for batch in record_batches(file, columns, "sample", CURE):
            for name, dtype in LISTS.items():
                parts[name].append(fixed_lists(batch.column(name), dtype))
            described = [batch.column(name).to_pylist() for name in ("prompt_id", "tag", "prompt")]
            for prompt, tag, text in zip(*described, strict=True):
                if prompt not in numbers:
                    numbers[prompt] = len(tasks)
                    tasks.append(tag)
                    words.append(text)
                prompts.append(numbers[prompt])
    if not prompts:
        raise ValueError(f"No samples in {', '.join(map(str, files))}; make some with `espalier judge data`")
    tensors = {name: torch.from_numpy(np.concatenate(found)) for name, found in parts.items()}
    check_length(tensors["answers"], len(QUESTIONS), "answers")
    check_length(tensors["reasons"], len(REASONS), "reasons")
    digest = digest_of([sha256_of(Path(file)) for file in files])
    return Samples(**tensors, prompts=torch.tensor(prompts), tasks=tasks, words=words, sha256=digest)


def check_length(lists: Tensor, expected: int, name: str) -> None:
    """Raises ValueError when samples were made with another list of questions or reasons."""
    if lists.shape[1] != expected:
        raise ValueError(f"The samples have {lists.shape[1]} {name} each, expected {expected}: of another release?")


def check_samples(samples: Samples, config: GeneratorConfig) -> None:
    """Raises ValueError when the samples were made for a model of other sizes, or hold an answer that is none."""
    sizes = {
        "image tokens": (samples.tokens.shape[1], config.tokens),
        "words": (samples.text.shape[1], config.text_length),
    }
    for what, (got, expected) in sizes.items():
        if got != expected:
            raise ValueError(f"The samples have {got} {what} each, the judge takes {expected}: for another model?")
    ends = {"token": (samples.tokens, config.codebook_size), "word": (samples.text, config.vocabulary_size)}
    for what, (found, end) in ends.items():
        if int(found.max()) >= end:
            raise ValueError(f"A sample holds {what} {int(found.max())}, the judge knows 0 to {end - 1}")
    strange = samples.answers[(samples.answers > 1) & (samples.answers != NOT_ASKED)]
    if len(strange):
        raise ValueError(f"An answer is {int(strange[0])}: expected 0 (no), 1 (yes) or {NOT_ASKED} (not asked)")
