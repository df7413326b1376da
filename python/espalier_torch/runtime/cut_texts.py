"""Texts of which a model reads the beginning alone: noted where they are cut, told with the worker's next answer.

Each text is told once a process: the same prompt is read again at every step of a path and for every image.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

PROMPT, COLOR_WORDING = "prompt", "color wording"
"""What is cut; `src/records/cut.ts` is its other half."""


@dataclass(frozen=True)
class Cut:
    """One text longer than the `limit` tokens that `reader` takes, marks of beginning and end among them."""

    what: str
    reader: str
    limit: int
    text: str


class Cuts:
    """What was cut, and what of it nobody was told yet."""

    def __init__(self) -> None:
        self.known: set[Cut] = set()
        self.untold: list[Cut] = []

    def note(self, cut: Cut) -> None:
        """Keeps a cut to be told, unless it was noted before."""
        if cut not in self.known:
            self.known.add(cut)
            self.untold.append(cut)

    def taken(self) -> list[dict[str, Any]]:
        """The field `cut` of an answer; what it holds counts as told."""
        told, self.untold = self.untold, []
        return [asdict(cut) for cut in told]


CUTS = Cuts()
"""Those of this process: models cut deep inside of what answers a request."""


def tokens_read(tokenizer: Any, texts: Sequence[str], positions: int, reader: str, what: str = PROMPT) -> int:
    """How many tokens of each text a model takes, those that are longer noted.

    Args:
        tokenizer: one of transformers.
        texts: what it is to read.
        positions: the model's own; a tokenizer's folder may name fewer, or no limit at all.
        reader: the model, as a person is told of it.
        what: PROMPT or COLOR_WORDING.
    """
    limit = min(positions, tokenizer.model_max_length)
    for text, ids in zip(texts, tokenizer(list(texts), verbose=False)["input_ids"], strict=True):
        if len(ids) > limit:
            CUTS.note(Cut(what, reader, limit, text))
    return limit
