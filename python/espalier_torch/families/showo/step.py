"""One decoding step of many paths at once, in fixed slots: guided distribution and one draw per position.

Text never sees image tokens, so its keys and values are made once a prompt and kept on the device; those of the
null prompt are shared by all. Only <|soi|>, the image and <|eoi|> run through the model at a step, and only image codes
get logits. Shapes never change while prompts are of a length, so the step can be compiled or captured.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import DynamicCache

from espalier_torch.decoding.draws import compiled, inverse_transform
from espalier_torch.families.showo.layout import WIDTH
from espalier_torch.families.showo.model import Showo
from espalier_torch.runtime.sending import sent


class Prefix:
    """Keys and values of the text, standing where transformers' layers expect a cache; only read, never added to."""

    def __init__(self, keys: Tensor, values: Tensor):
        self.keys, self.values = keys, values

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """The text's and the image's keys and values of a layer, (B, heads, P + N + 2, head width) each."""
        return torch.cat([self.keys[layer], keys], 2), torch.cat([self.values[layer], values], 2)


class StepModel:
    """Draws tokens for up to `slots` paths in one pass of 2 * slots rows (slots rows without guidance).

    Rows beyond the paths asked for are padding, so a path's numbers do not depend on how many ran beside it.
    """

    def __init__(self, model: Showo, slots: int, guidance_scale: float, compile_mode: str = "none"):
        if slots < 1:
            raise ValueError(f"Expected at least one slot, got {slots}")
        self.model, self.layout, self.slots, self.guidance_scale = model, model.layout, slots, guidance_scale
        self.phi = model.showo.model
        self.device, self.dtype = self.phi.embed_tokens.weight.device, self.phi.embed_tokens.weight.dtype
        self.kept: list[tuple[int, ...] | None] = [None] * slots
        self.width = 0
        self.run = self.forward if compile_mode == "none" else compiled(self.forward, compile_mode)
        self.prefixes: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}
        self.grow(WIDTH)

    @property
    def rows(self) -> int:
        """Rows of a forward pass."""
        return self.slots * (2 if self.guidance_scale != 0 else 1)

    @torch.inference_mode()
    def draw(self, texts: Sequence[Sequence[int]], tokens: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """One draw per position for B <= slots paths.

        Args:
            texts: B prompts as ids, without special tokens.
            tokens: (B, N) int64 codes, codebook_size where masked.
            uniform: (B, N) float32 in [0, 1).

        Returns:
            drawn (B, N) int64, known tokens kept, and log_probability (B, N) float32 of the draws, on the CPU.
        """
        found = self.draw_there(texts, sent(tokens, self.device), sent(uniform, self.device))
        return found[0].cpu(), found[1].cpu()

    @torch.inference_mode()
    def draw_there(self, texts: Sequence[Sequence[int]], tokens: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """As `draw`, all of it on the device, which nobody waits for where prompts keep their slots."""
        count = len(texts)
        if count > self.slots:
            raise ValueError(f"{count} paths were asked for at once, there are {self.slots} slots")
        self.place(texts)
        filled = torch.full((self.slots, self.layout.image_tokens), self.layout.codebook_size, device=self.device)
        numbers = torch.zeros(filled.shape, device=self.device)
        filled[:count], numbers[:count] = tokens, uniform
        drawn, log_probability = self.run(self.layout.image_part(filled), numbers, self.keys, self.values, self.seen)
        known = tokens != self.layout.codebook_size
        return torch.where(known, tokens, drawn[:count]), log_probability[:count].clone()

    def forward(
        self, ids: Tensor, uniform: Tensor, keys: Tensor, values: Tensor, seen: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(S, N + 2) ids, (S, N) uniform, prefixes and who sees them -> (S, N) drawn and their log-probabilities."""
        hidden = self.image_states(ids.repeat(self.rows // self.slots, 1), Prefix(keys, values), seen)
        # The head is linear, so guidance is applied to hidden states: half the work of guiding logits.
        if self.rows > self.slots:
            conditional, unconditional = hidden.float().chunk(2)
            hidden = conditional + self.guidance_scale * (conditional - unconditional)
        logits = self.model.head(hidden.to(self.dtype)).float()
        return inverse_transform(logits, uniform)

    def image_states(self, ids: Tensor, prefix: Prefix, seen: Tensor) -> Tensor:
        """(R, N + 2) ids -> (R, N, D) hidden states of the image tokens."""
        hidden = self.phi.embed_tokens(ids)
        places = torch.arange(self.layout.text_length, self.layout.length, device=ids.device).unsqueeze(0)
        rotary = self.phi.rotary_emb(hidden, position_ids=places)
        for layer in self.phi.layers:
            hidden = layer(hidden, attention_mask=seen, position_embeddings=rotary, past_key_values=prefix)
        return self.phi.final_layernorm(hidden)[:, 1:-1]

    def place(self, texts: Sequence[Sequence[int]]) -> None:
        """Puts each path's prefix into its slot, where another lies there."""
        needed = max((self.text_tokens(text) for text in texts), default=0)
        if needed > self.width:
            self.grow(self.layout.width_of(needed))
        for slot, text in enumerate(texts):
            key = tuple(text)
            if self.kept[slot] != key:
                self.fill(slot, key)
                self.kept[slot] = key

    def text_tokens(self, text: Sequence[int]) -> int:
        """Tokens of a prompt's row that are not padding."""
        return int((self.layout.text_row(text) != self.layout.pad).sum())

    def grow(self, width: int) -> None:
        """Makes room for longer prompts: every slot is emptied, the null prompt put in place."""
        self.width = self.layout.width_of(width)
        self.prefixes.clear()
        self.kept = [None] * self.slots
        null = self.prefix_of(())
        layers, _, heads, _, head_width = null[0].shape
        shape = (layers, self.rows, heads, self.width, head_width)
        self.keys = torch.empty(shape, device=self.device, dtype=self.dtype)
        self.values = torch.empty_like(self.keys)
        self.keys[:], self.values[:] = null
        part = self.layout.image_tokens + 2
        self.seen = torch.ones(self.rows, 1, part, self.width + part, dtype=torch.bool, device=self.device)
        self.seen[..., : self.width] = self.shown(())

    def fill(self, slot: int, text: tuple[int, ...]) -> None:
        """Writes a prompt's keys and values into a slot."""
        keys, values = self.prefix_of(text)
        self.keys[:, slot], self.values[:, slot] = keys[:, 0], values[:, 0]
        self.seen[slot, :, :, : self.width] = self.shown(text)

    def shown(self, text: Sequence[int]) -> Tensor:
        """(width,) bool: which of the kept text tokens are not padding."""
        return (self.layout.text_row(text)[-self.width :] != self.layout.pad).to(self.device)

    def prefix_of(self, text: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Keys and values of one prompt, (layers, 1, heads, width, head width) each; the latest are kept."""
        found = self.prefixes.pop(text, None)
        if found is None:
            found = self.encoded(text)
        self.prefixes[text] = found
        while len(self.prefixes) > 2 * self.slots:
            self.prefixes.pop(next(iter(self.prefixes)))
        return found

    @torch.inference_mode()
    def encoded(self, text: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Runs one prompt alone through the model, so that its numbers depend on nothing else."""
        first = self.layout.text_length - self.width
        row = self.layout.text_row(text)[first:].unsqueeze(0).to(self.device)
        places = torch.arange(first, self.layout.text_length, device=self.device).unsqueeze(0)
        seen = self.layout.attention(row)
        cache = DynamicCache()
        self.phi(input_ids=row, attention_mask=seen, position_ids=places, past_key_values=cache, use_cache=True)
        return (
            torch.stack([layer.keys for layer in cache.layers]),
            torch.stack([layer.values for layer in cache.layers]),
        )
