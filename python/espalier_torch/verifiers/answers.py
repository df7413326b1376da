"""P(yes) from the logits of an answer's first token."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

CASES: tuple[Callable[[str], str], ...] = (str.lower, str.capitalize, str.upper)
LEADS = ("", " ")


def first_tokens(word: str, encode: Callable[[str], Sequence[int]]) -> list[int]:
    """Ids that are `word` in some case, with or without a space before. Raises ValueError when there are none."""
    spellings = [lead + case(word) for lead in LEADS for case in CASES]
    found = {ids[0] for ids in map(encode, spellings) if len(ids) == 1}
    if not found:
        raise ValueError(f"The tokenizer has no single token for {word!r}; this judge cannot answer by its first token")
    return sorted(found)


def yes_probability(logits: Tensor, yes: Iterable[int], no: Iterable[int]) -> Tensor:
    """P(yes) among yes and no, each summed over its spellings: (B,) float32, from the raw (B, V) logits.

    No temperature, no top-k, no sampling; the answer is a function of the logits alone.
    """
    return torch.sigmoid(yes_logit(logits, yes, no))


def yes_logit(logits: Tensor, yes: Iterable[int], no: Iterable[int]) -> Tensor:
    """The logit of P(yes): (B,) float32, from the raw (B, V) logits."""
    logits = logits.float()
    sums = [torch.logsumexp(logits[:, list(ids)], -1) for ids in (yes, no)]
    return sums[0] - sums[1]
