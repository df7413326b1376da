"""Show-o's one sequence of text and image tokens: ids, prompt rows, and who may attend to whom.

A row is [PAD]... <|t2i|> bos text eos <|soi|> image tokens <|eoi|>, padded on the left (arXiv 2408.12528, section 3.2;
the released code, showlab/Show-o).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from espalier_torch.runtime.sending import sent

FAMILY = "show-o"

SPECIAL_TOKENS = (
    "[PAD]",
    "<|soi|>",
    "<|eoi|>",
    "<|sov|>",
    "<|eov|>",
    "<|t2i|>",
    "<|mmu|>",
    "<|t2v|>",
    "<|v2v|>",
    "<|lvg|>",
)
"""In the order of their ids, which follow the text tokenizer's."""

WIDTH = 16
"""Text is kept in multiples of this many tokens, so that few shapes come up; padding before it is never computed."""

IGNORED = -100
"""Label of a position that no loss counts."""


@dataclass(frozen=True)
class Layout:
    """Ids and lengths of a row.

    text_vocabulary: ids of the language model's tokenizer, 50,295 for Phi-1.5.
    codebook_size: image codes, 8,192 for MAGVIT-v2.
    vocabulary: all ids; the last is the mask token.
    end_of_text: the tokenizer's <|endoftext|>, which is bos and eos at once.
    text_length: tokens before <|soi|>, 129 for the released models.
    image_tokens: tokens of one image, 256 or 1,024.
    """

    text_vocabulary: int = 50295
    codebook_size: int = 8192
    vocabulary: int = 58498
    end_of_text: int = 50256
    text_length: int = 129
    image_tokens: int = 256

    def special(self, name: str) -> int:
        """Id of one of SPECIAL_TOKENS."""
        return self.text_vocabulary + SPECIAL_TOKENS.index(name)

    @property
    def pad(self) -> int:
        """Id of [PAD]."""
        return self.special("[PAD]")

    @property
    def first_code(self) -> int:
        """Id of image code 0."""
        return self.text_vocabulary + len(SPECIAL_TOKENS)

    @property
    def mask(self) -> int:
        """Id of the mask token."""
        return self.vocabulary - 1

    @property
    def length(self) -> int:
        """Tokens of a whole row."""
        return self.text_length + self.image_tokens + 2

    @property
    def image(self) -> slice:
        """Where the image tokens stand in a row."""
        return slice(self.text_length + 1, self.length - 1)

    def whole_text(self, text: Sequence[int]) -> list[int]:
        """The ids of a text with its marks, as many as there are: `text_row` cuts what is longer than text_length."""
        begin = [] if text and text[0] == self.end_of_text else [self.end_of_text]
        return [self.special("<|t2i|>"), *begin, *text, self.end_of_text]

    def text_row(self, text: Sequence[int]) -> Tensor:
        """The text part of a row, (text_length,) int64. A text too long loses its end; no ids give the null prompt."""
        row = self.whole_text(text)
        if len(row) > self.text_length:
            row = [*row[: self.text_length - 1], self.end_of_text]
        return torch.tensor([self.pad] * (self.text_length - len(row)) + row)

    def with_null_prompts(self, text: Tensor) -> Tensor:
        """(B, W) ends of text rows, with the null prompt's in place of rows of zeros."""
        null = sent(self.text_row([])[-text.shape[1] :], text.device)
        return torch.where((text == 0).all(1, keepdim=True), null, text)

    def used_text(self, text: Tensor) -> Tensor:
        """(B, text_length) rows on the CPU, zeros for the null prompt -> their (B, W) ends, which hold all but padding.

        W is the least multiple of WIDTH that all need, or text_length.
        """
        if not len(text):
            return text
        named = self.with_null_prompts(text)
        needed = self.text_length - int((named == self.pad).sum(1).min())
        return named[:, -self.width_of(needed) :]

    def width_of(self, needed: int) -> int:
        """The tokens kept of texts of which so many are no padding."""
        return min(-(-needed // WIDTH) * WIDTH, self.text_length)

    def whole_rows(self, text: Tensor) -> Tensor:
        """(B, W) ends of text rows -> (B, text_length)."""
        spare = self.text_length - text.shape[1]
        return torch.cat([text.new_full((len(text), spare), self.pad), text], 1) if spare else text

    def image_part(self, tokens: Tensor) -> Tensor:
        """(B, N) image codes, codebook_size where masked -> (B, N + 2) ids with <|soi|> and <|eoi|> around them."""
        ids = torch.where(tokens == self.codebook_size, self.mask, tokens + self.first_code)
        return self.enclosed(ids)

    def enclosed(self, ids: Tensor) -> Tensor:
        """(B, N) ids -> (B, N + 2) with <|soi|> before and <|eoi|> after."""
        ends = [torch.full_like(ids[:, :1], self.special(name)) for name in ("<|soi|>", "<|eoi|>")]
        return torch.cat([ends[0], ids, ends[1]], 1)

    def rows(self, text: Tensor, tokens: Tensor) -> Tensor:
        """(B, text_length) text rows and (B, N) codes (codebook_size where masked) -> (B, length) ids."""
        return torch.cat([text, self.image_part(tokens)], 1)

    def attention(self, ids: Tensor, hide_padding: bool = True) -> Tensor:
        """Who may attend to whom, (B, 1, L, L) bool: text is causal, the image part sees itself and all text.

        Args:
            ids: (B, L) whole rows.
            hide_padding: False lets text and image see [PAD], which generation never does.
        """
        length = ids.shape[1]
        place = torch.arange(length, device=ids.device)
        seen = place[None] <= place[:, None]
        seen = (seen | (place >= self.text_length)[:, None]).expand(len(ids), -1, -1)
        if hide_padding:
            padding = ids == self.pad
            seen = seen & (~padding[:, None, :] | padding[:, :, None])
        return seen.unsqueeze(1)

    def training_rows(
        self, text: Sequence[Sequence[int]], image: Tensor, labels: Tensor, dropped: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Whole rows and their labels as the released trainer lays them out.

        Args:
            text: B texts as ids.
            image: (B, N) ids of image tokens, already shifted by first_code, the mask id where masked.
            labels: (B, N) ids, IGNORED where not scored.
            dropped: (B,) bool, True where the text gives way to the null prompt.

        Returns:
            (B, length) ids; (B, length) labels: [PAD] is IGNORED, all other text and the image's ends keep their ids.
        """
        kept = [[] if gone else ids for ids, gone in zip(text, dropped.tolist(), strict=True)]
        prompt = torch.stack([self.text_row(ids) for ids in kept])
        prompt_labels = prompt.masked_fill(prompt == self.pad, IGNORED)
        return torch.cat([prompt, self.enclosed(image)], 1), torch.cat([prompt_labels, self.enclosed(labels)], 1)
