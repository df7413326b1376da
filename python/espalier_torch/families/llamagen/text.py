"""Captions as LlamaGen reads them: the states of a frozen FLAN-T5 encoder, padded on the left (arXiv 2406.06525, 3.2).

A stored text row holds the encoder's ids with its end mark, behind padding. As released, captions are lower-cased; what
else the released code does to captions from the web (addresses, hashes, names of files) is left out.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoTokenizer, T5Config, T5EncoderModel

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model
from espalier_torch.checkpoints.released_weights import read_config, read_weights
from espalier_torch.families.llamagen.model import CaptionStates, LlamaGenConfig
from espalier_torch.runtime.cut_texts import CUTS, PROMPT, Cut

DECODER = ("decoder.", "lm_head.")
"""Before the names of a T5's tensors that read no captions."""

PADDING = 0
"""Id of T5's padding."""


class CaptionEncoder:
    """The text encoder of a folder, frozen: rows of ids from texts, and what the generator reads from rows.

    Raises:
        ValueError: the folder holds no T5, or one of other sizes than the generator was trained with.
    """

    def __init__(self, folder: str | Path, config: LlamaGenConfig, device: torch.device, dtype: torch.dtype):
        if read_config(folder).get("model_type") != "t5":
            raise ValueError(f"Expected the T5 in {folder} that LlamaGen reads captions with (google/flan-t5-xl)")
        sizes = pretrained(T5Config, folder)
        if sizes.d_model != config.caption_width or sizes.vocab_size > config.vocabulary_size:
            raise ValueError(
                f"The text encoder in {folder} has states of {sizes.d_model} and {sizes.vocab_size} ids, the generator "
                f"reads {config.caption_width} and up to {config.vocabulary_size}: another encoder than its own"
            )
        # A released T5 comes with its decoder, which nothing here needs.
        weights = {name: one for name, one in read_weights(folder).items() if not name.startswith(DECODER)}
        model = pretrained_model(T5EncoderModel, folder, dtype, config=sizes, state_dict=weights)
        self.model, self.tokenizer = model.to(device).requires_grad_(False), pretrained(AutoTokenizer, folder)
        self.length = config.text_length

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The text row of each prompt. One too long loses its end, and is noted."""
        return [self.row(text, self.tokenizer(" ".join(text.lower().split())).input_ids) for text in texts]

    def row(self, text: str, ids: Sequence[int]) -> list[int]:
        """The row of a text from its ids, the last of which is the end mark."""
        if len(ids) > self.length:
            CUTS.note(Cut(PROMPT, "the generator", self.length, text))
            ids = [*ids[: self.length - 1], ids[-1]]
        return [PADDING] * (self.length - len(ids)) + list(ids)

    @torch.no_grad()
    def __call__(self, rows: Tensor) -> CaptionStates:
        """As decoding.next_token.Captions."""
        shown = rows != PADDING
        return CaptionStates(self.model(input_ids=rows, attention_mask=shown.long()).last_hidden_state, shown)
