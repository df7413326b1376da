"""Prompts as Janus-Pro reads them."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor
from transformers import AutoTokenizer

from espalier_torch.checkpoints.model_weights import pretrained
from espalier_torch.families.janus.layout import IMAGE_BEGINS, TEMPLATE, text_row
from espalier_torch.families.janus.model import Janus
from espalier_torch.runtime.cut_texts import CUTS, PROMPT, Cut


class JanusPrompts:
    """Text rows of prompts, by the tokenizer of a folder. Raises ValueError when it does not know an image's mark."""

    def __init__(self, folder: str | Path, model: Janus):
        self.tokenizer, self.model = pretrained(AutoTokenizer, folder), model
        self.image = self.tokenizer.convert_tokens_to_ids(IMAGE_BEGINS)
        if self.image is None or self.image == self.tokenizer.unk_token_id:
            raise ValueError(f"The tokenizer in {folder} does not know {IMAGE_BEGINS}: expected Janus-Pro's")

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The text row of each prompt. One too long loses its end, and is noted."""
        return [self.row(text) for text in texts]

    def row(self, text: str) -> list[int]:
        """The row of one prompt."""
        before, after = TEMPLATE.split("{prompt}")
        ids = self.tokenizer.encode(before + text.strip() + after, add_special_tokens=False)
        length = self.model.prefix_width
        if len(ids) + 2 > length:
            CUTS.note(Cut(PROMPT, "the generator", length, text))
            # The prompt loses its end, not the words behind it.
            end = self.tokenizer.encode(after, add_special_tokens=False)
            ids = [*ids[: length - 2 - len(end)], *end]
        return text_row(ids, self.model.begin, self.image, self.model.padding, length)


def read_rows(rows: Tensor) -> Tensor:
    """As decoding.next_token.Captions: the model reads the ids themselves."""
    return rows
