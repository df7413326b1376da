"""Draws images in raster order, a row of codes at a time: many paths at once, in slots with caches of their own.

A path is its text, its seed and the codes drawn so far, so whoever keeps those keeps the path. A slot remembers whose
codes its cache holds: a path that comes back goes on where it was, and one that comes to another slot, after a fork, a
refill or in another process, is first read in code by code, by the very step that drew it. Shapes never
change, so a step can be compiled or captured, and a path's numbers do not depend on its company.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from espalier_torch.decoding.draws import compiled, inverse_transform
from espalier_torch.decoding.filters import DrawSettings, filtered, guided
from espalier_torch.decoding.next_token import Captions, RasterGenerator
from espalier_torch.decoding.slot_memory import ReadText, SlotMemory
from espalier_torch.runtime import randomness

LIKELIEST = -1.0
"""Stands for a random number where the likeliest code is taken."""

KEPT_TEXTS = 8
"""Texts that stay read beside those in slots: the paths of a prompt follow each other."""

Text = tuple[int, ...]


class RasterDecoder:
    """Advances up to `slots` paths by a row, whatever row each is at.

    Args:
        model: on its device and in its dtype.
        captions: how text rows are read.
        slots: paths in one forward pass, each one or two rows of it; fewer are padded.
        settings: how the next code is drawn.
        compile_mode: one of draws.COMPILE_MODES.
    """

    def __init__(
        self,
        model: RasterGenerator,
        captions: Captions,
        slots: int,
        settings: DrawSettings,
        compile_mode: str = "none",
    ):
        if slots < 1:
            raise ValueError(f"Expected at least one slot, got {slots}")
        self.model, self.captions, self.slots, self.settings = model, captions, slots, settings
        self.tokens, self.side = model.image_tokens, round(model.image_tokens**0.5)
        like = next(model.parameters())
        self.device, self.rows = like.device, slots * settings.branches
        places = (model.prefix_width, self.tokens)
        self.memory = SlotMemory.empty(self.rows, model.cache_shape, places, like.detach(), model.width)
        self.run = self.step if compile_mode == "none" else compiled(self.step, compile_mode)
        self.texts: list[Text | None] = [None] * slots
        self.held = np.zeros((slots, self.tokens), dtype=np.int64)
        self.cached, self.used = np.zeros((2, slots), dtype=np.int64)
        self.turn = 0
        self.read: dict[Text, list[ReadText]] = {}

    def draw(self, texts: Sequence[Text], codes: Tensor, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The next row of B <= slots paths.

        Args:
            texts: B text rows.
            codes: (B, N) int64, whole rows of codes, then codebook_size where nothing is drawn yet.
            seeds: B unsigned 32-bit integers; a code depends on its path's seed and its own place alone.

        Returns:
            codes with a row more, and the log-probability (B, N) float32 of what was drawn, 0 elsewhere; on the CPU.
        """
        places = np.arange(self.tokens)
        uniform = randomness.uniform(np.asarray(seeds)[:, None], places // self.side, places, randomness.TOKEN_DRAW)
        known = self.known(codes)
        if (known == self.tokens).any():
            raise ValueError("A path was asked to advance that has no rows left")
        return self.advance(texts, codes, known, known + self.side, torch.from_numpy(uniform).float())

    def complete(self, texts: Sequence[Text], codes: Tensor) -> Tensor:
        """(B, N) codes of `draw` with the rest filled in, the likeliest code at each place."""
        greedy = torch.full(codes.shape, LIKELIEST)
        known = self.known(codes)
        return self.advance(texts, codes, known, np.full_like(known, self.tokens), greedy)[0]

    def known(self, codes: Tensor) -> np.ndarray:
        """(B,) codes drawn so far. Raises ValueError unless they are whole rows from the first."""
        drawn = codes.numpy() != self.model.codebook_size
        known = drawn.sum(1)
        if (known % self.side).any() or (drawn != (np.arange(self.tokens) < known[:, None])).any():
            raise ValueError(f"Expected whole rows of {self.side} codes from the first, and nothing behind them")
        return known

    @torch.inference_mode()
    def advance(
        self, texts: Sequence[Text], codes: Tensor, known: np.ndarray, end: np.ndarray, uniform: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Draws (B, N) codes from `known` up to `end`, (B,) each, by (B, N) numbers; the cache ends with them."""
        slots, begin = self.place(texts, codes, known)
        grid = torch.zeros(self.slots, self.tokens, dtype=torch.int64)
        numbers, certainty = torch.zeros(2, self.slots, self.tokens)
        grid[slots], numbers[slots] = codes.masked_fill(codes == self.model.codebook_size, 0), uniform
        grid, numbers, certainty = (one.to(self.device) for one in (grid, numbers, certainty))
        spans = torch.full((3, self.slots), self.tokens)
        spans[:, slots] = torch.from_numpy(np.stack([begin, known, end]))
        every = torch.arange(self.slots, device=self.device)
        for offset in range(int((end - begin).max(initial=0))):
            position = spans[0] + offset
            active = position < spans[2]
            fresh = (active & (position >= spans[1])).to(self.device)
            position = torch.where(active, position, self.tokens).to(self.device)
            behind = position.clamp(max=self.tokens - 1)
            before = grid[every, (position - 1).clamp(min=0)]
            drawn, own = self.run(before, position, numbers[every, behind], self.memory)
            grid[every, behind] = torch.where(fresh, drawn, grid[every, behind])
            certainty[every, behind] = torch.where(fresh, own, certainty[every, behind])
        drawn, certainty = grid.cpu()[slots], certainty.cpu()[slots]
        # What is in a cache stays right under the codes that were given; later places are written anew.
        self.held[slots], self.cached[slots] = drawn.numpy(), np.maximum(end - 1, 0)
        behind = torch.arange(self.tokens) >= torch.from_numpy(end)[:, None]
        return drawn.masked_fill(behind, self.model.codebook_size), certainty

    def step(self, before: Tensor, position: Tensor, uniform: Tensor, memory: SlotMemory) -> tuple[Tensor, Tensor]:
        """Draws the codes at (S,) positions from those right before them; N for a slot that waits. (S,) each."""
        branches = self.rows // self.slots
        logits = self.model.next_logits(before.repeat(branches), position.repeat(branches), memory)
        logits = guided(logits, position, self.settings)
        drawn, certainty = inverse_transform(filtered(logits, self.settings), uniform.clamp(min=0))
        likeliest = logits.argmax(-1)
        if self.settings.temperature == 0:
            return likeliest, certainty
        return torch.where(uniform < 0, likeliest, drawn), certainty

    def place(self, texts: Sequence[Text], codes: Tensor, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The slot of each path, and the first place that is not in its cache; both (B,)."""
        if len(texts) > self.slots:
            raise ValueError(f"{len(texts)} paths were asked for at once, there are {self.slots} slots")
        mine = np.array([[held == text for held in self.texts] for text in texts])
        most = np.minimum(self.cached, np.maximum(known - 1, 0)[:, None])
        same = (self.held == codes.numpy()[:, None]) & (np.arange(self.tokens) < most[..., None]) & mine[..., None]
        shared = same.cumprod(2).sum(2)
        slots = np.full(len(texts), -1)
        # A path goes where most of it is in the cache; where nothing is, to the slot that was left alone for longest.
        order = np.lexsort((np.broadcast_to(self.used, shared.shape).ravel(), -shared.ravel()))
        for place in order:
            row, slot = divmod(int(place), self.slots)
            if slots[row] == -1 and slot not in slots:
                slots[row] = slot
        for slot, text in zip(slots, texts, strict=True):
            if self.texts[slot] != text:
                self.fill(slot, text)
        self.turn += 1
        self.used[slots] = self.turn
        return slots, np.minimum(shared[np.arange(len(texts)), slots] + 1, known)

    def fill(self, slot: int, text: Text) -> None:
        """Writes a text's keys and values into a slot."""
        for branch, one in enumerate(self.text(text)):
            self.memory.fill(slot + branch * self.slots, one)
        self.texts[slot] = text

    @torch.inference_mode()
    def text(self, text: Text) -> list[ReadText]:
        """A text as the conditional and, with guidance, the unconditional branch read it; the latest are kept."""
        found = self.read.pop(text, None)
        if found is None:
            caption = self.captions(torch.tensor([text], device=self.device))
            nulls = (torch.tensor([branch == 1], device=self.device) for branch in range(self.settings.branches))
            found = [self.model.read_text(caption, null) for null in nulls]
        self.read[text] = found
        while len(self.read) > KEPT_TEXTS:
            self.read.pop(next(iter(self.read)))
        return found


def sample(
    model: RasterGenerator, captions: Captions, texts: Tensor, seeds: Sequence[int], settings: DrawSettings
) -> Tensor:
    """Whole images of (B, T) text rows: (B, N) codes."""
    decoder = RasterDecoder(model, captions, len(texts), settings)
    rows = [tuple(row) for row in texts.tolist()]
    codes = torch.full((len(rows), model.image_tokens), model.codebook_size)
    for _ in range(decoder.side):
        codes, _ = decoder.draw(rows, codes, seeds)
    return codes
