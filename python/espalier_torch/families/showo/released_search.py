"""Compatibility: which candidate the released ORM and PARM searches keep, from what their verifier answered."""

from collections.abc import Sequence
from dataclasses import dataclass

NEVER_CLEAR = 1.0
"""P(no) of a path that was clear at no step."""


@dataclass(frozen=True)
class ClarityAnswer:
    """What the released PARM verifier said of one step: whether it is clear, and if so, the potential and its P(no)."""

    clear: bool
    potential: bool
    no_probability: float


def orm_choice(scores: Sequence[float]) -> int:
    """Index of the candidate best-of-N keeps: the first highest P(yes), whatever the answer's word was."""
    return max(range(len(scores)), key=lambda index: scores[index])


def first_clear(answers: Sequence[ClarityAnswer]) -> ClarityAnswer:
    """The answer that decides a path: its first clear one, after which the released search asks no more."""
    return next((answer for answer in answers if answer.clear), ClarityAnswer(False, False, NEVER_CLEAR))


def parm_choice(paths: Sequence[ClarityAnswer], scores: Sequence[float]) -> int:
    """Index of the candidate PARM keeps.

    Args:
        paths: the deciding answer of each path (`first_clear`).
        scores: P(yes) of the outcome question, of the paths with potential alone, in order.

    Returns:
        Among paths with potential the first highest score; with none, the first lowest P(no).
    """
    kept = [index for index, path in enumerate(paths) if path.potential]
    if kept:
        return kept[orm_choice(scores)]
    return min(range(len(paths)), key=lambda index: paths[index].no_probability)
