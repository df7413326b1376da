"""What next-token generators of images have in common: a text, then codes in raster order, each seen by all behind it.

A family says how texts and codes are embedded, where they stand, and what its head is; the passes themselves are here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from espalier_torch.decoding.shared_prefix import Rotary, Sight, through_layers
from espalier_torch.decoding.slot_memory import KeptText, ReadText, SlotMemory


@dataclass(frozen=True)
class Prefix:
    """C texts of W places each, before the first layer. The last place predicts the first code.

    states (C, W, D); seen (C, 1, W, W) bool, who sees whom; shown (C, W) bool, which of them an image sees;
    rotary of the texts; start (C,) int64, the rotary place of the first code.
    """

    states: Tensor
    seen: Tensor
    shown: Tensor
    rotary: Rotary
    start: Tensor


class Captions(Protocol):
    """How stored text rows become what a generator's `prefix` takes."""

    def __call__(self, rows: Tensor) -> Any:
        """(C, T) int64 ids of stored text rows, on the generator's device."""


class RasterGenerator(nn.Module):
    """A generator with its passes: `log_probabilities` and `image_logits` of whole images, `read_text` and
    `next_logits` for one code after the other.

    Its layers are called as transformers' decoder layers are.
    """

    layers: Sequence[nn.Module]
    width: int
    """Of hidden states."""
    prefix_width: int
    """W: places before the first code."""
    image_tokens: int
    codebook_size: int
    cache_shape: tuple[int, int, int]
    """Layers, heads of keys and values, width of a head."""

    def __init__(self) -> None:
        super().__init__()
        self.recompute = False  # activations of the layers are computed again for the gradient instead of kept
        self.shares_text = True  # images of one text share its pass, which calls every layer twice

    def prefix(self, captions: Any, null: Tensor) -> Prefix:
        """C captions as the family reads them; those of `null`, (C,) bool, without what they say."""
        raise NotImplementedError

    def code_states(self, codes: Tensor) -> Tensor:
        """(R, L) codes -> (R, L, D)."""
        raise NotImplementedError

    def image_rotary(self, start: Tensor, places: Tensor) -> Rotary:
        """Of (R, L) places of codes, from 0, where the first code stands at (R,) `start`."""
        raise NotImplementedError

    def logits(self, states: Tensor) -> Tensor:
        """(..., D) after the last layer -> (..., codebook_size) over the image codes."""
        raise NotImplementedError

    def image_logits(self, captions: Any, null: Tensor, codes: Tensor, rows: Tensor) -> Tensor:
        """What predicts each code of whole images: (R, N, codebook_size), of the arguments of `image_states`."""
        return self.logits(self.image_states(captions, null, codes, rows))

    def image_states(self, captions: Any, null: Tensor, codes: Tensor, rows: Tensor) -> Tensor:
        """The hidden states after the last layer that predict each code of whole images, in one pass.

        Args:
            captions: C of them, as the family reads them.
            null: (C,) bool, captions that say nothing.
            codes: (R, N) int64.
            rows: (R,) int64, the caption of each image.

        Returns:
            (R, N, D).
        """
        prefix, image = self.prefix(captions, null), self.code_states(codes[:, :-1])
        sight, recompute = self.sight(prefix, image, rows), self.recompute and torch.is_grad_enabled()
        if not self.shares_text:
            return whole_rows(self.layers, prefix.states, image, sight, recompute)
        words, image = through_layers(self.layers, prefix.states, image, sight, recompute)
        return torch.cat([words[rows, -1:], image], 1)

    def log_probabilities(self, captions: Any, null: Tensor, codes: Tensor, rows: Tensor) -> Tensor:
        """As `image_logits`: the log-probability of each code over the image vocabulary, (R, N) float32."""
        logits = self.image_logits(captions, null, codes, rows).float()
        return logits.gather(-1, codes.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)

    def sight(self, prefix: Prefix, image: Tensor, rows: Tensor) -> Sight:
        """Who sees whom among C texts and the (R, L, D) codes behind them."""
        places = torch.arange(image.shape[1], device=image.device).expand(len(image), -1)
        causal = (places[0] <= places[0].unsqueeze(1)).expand(len(image), 1, -1, -1)
        shown = prefix.shown[rows][:, None, None].expand(-1, 1, image.shape[1], -1)
        rotary = self.image_rotary(prefix.start[rows], places)
        return Sight(rows, prefix.seen, torch.cat([shown, causal], 3), prefix.rotary, rotary)

    def read_text(self, captions: Any, null: Tensor) -> ReadText:
        """One text alone, so that its numbers depend on nothing else; the arguments are `prefix`'s, C being 1."""
        prefix, kept = self.prefix(captions, null), []
        words = prefix.states
        for layer in self.layers:
            memory = KeptText()
            words = layer(words, attention_mask=prefix.seen, position_embeddings=prefix.rotary, past_key_values=memory)
            kept.append(memory)
        keys, values = torch.cat([one.keys for one in kept]), torch.cat([one.values for one in kept])
        return ReadText(keys, values, words[0, -1], prefix.shown[0], prefix.start[0])

    def next_logits(self, before: Tensor, positions: Tensor, memory: SlotMemory) -> Tensor:
        """Logits of the codes at (R,) positions from those right before them, (R,); position N is nobody's.

        What is before goes into the memory; of position 0 that is the text, which is there.

        Returns:
            (R, codebook_size).
        """
        # The last place is never read, for no code stands behind it. What has nothing to write writes there.
        place = torch.where(positions == 0, self.image_tokens - 1, positions - 1)
        seen = memory.seen(place)
        states = self.code_states(before.unsqueeze(1))
        rotary = self.image_rotary(memory.start, place.unsqueeze(1))
        for layer in self.layers:
            states = layer(states, attention_mask=seen, position_embeddings=rotary, past_key_values=memory)
        return self.logits(torch.where((positions == 0).unsqueeze(1), memory.first, states[:, 0]))


def whole_rows(layers: Sequence[nn.Module], words: Tensor, image: Tensor, sight: Sight, recompute: bool) -> Tensor:
    """As `through_layers`, every image with a text of its own, each layer called once: (R, 1 + L, D)."""
    width, rows = words.shape[1], sight.rows
    unseen = sight.image_seen.new_zeros(len(rows), 1, width, image.shape[1])
    seen = torch.cat([torch.cat([sight.text_seen[rows], unseen], 3), sight.image_seen], 2)
    rotary = tuple(
        torch.cat([text.expand(len(words), -1, -1)[rows], own.expand(len(rows), -1, -1)], 1)
        for text, own in zip(sight.text_rotary, sight.image_rotary, strict=True)
    )
    hidden = torch.cat([words[rows], image], 1)
    for layer in layers:
        how = {"attention_mask": seen, "position_embeddings": rotary}
        hidden = checkpoint(layer, hidden, **how, use_reentrant=False) if recompute else layer(hidden, **how)
    return hidden[:, width - 1 :]
