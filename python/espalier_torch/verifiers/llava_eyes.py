"""Models that take images as features among their words: an image is looked at once and read once for all questions."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from espalier_torch.verifiers.conversation_memory import ConversationMemory, Read, cache_of, layers_of
from espalier_torch.verifiers.llava import image_features
from espalier_torch.verifiers.questions import IMAGE, chat_text

Encode = Callable[[str], list[int]]

WIDTH = 16
"""Words after an image are read in multiples of this many tokens, so that few shapes come up."""


Split = Callable[[Sequence[str]], tuple[str, str]]
"""The texts before and after the picture of a conversation, open for the answer."""


def llava_chat(turns: Sequence[str]) -> tuple[str, str]:
    """As Split, for LLaVA-OneVision."""
    before, after = chat_text(turns, IMAGE).split(IMAGE, 1)
    return before, after


class Llava:
    """A model that takes pictures as features among its words, LLaVA-OneVision unless said otherwise.

    Features are made once and put in place of the image in every question. remembered: images of which it stays known
    what was read about them, so that a second question costs its own words; 0 reads every conversation from its start.
    tokens: read so far.
    """

    def __init__(
        self,
        model: Any,
        encode: Encode,
        tokenizer: Any = None,
        features: Callable[[Any, Tensor], Tensor] = image_features,
        split: Split = llava_chat,
        remembered: int = 32,
    ):
        self.model, self.encode, self.tokenizer = model, encode, tokenizer
        self.features, self.split = features, split
        self.memory = ConversationMemory(remembered)
        self.tokens = 0

    @torch.inference_mode()
    def see(self, images: Tensor) -> list[Tensor]:
        """(B, H, W, 3) uint8 -> B times (F, D), each with memory of its own: they are kept longer than their batch."""
        return [features.clone() for features in self.features(self.model, images)]

    @torch.inference_mode()
    def first_logits(self, seen: Sequence[Tensor], conversations: Sequence[list[str]]) -> Tensor:
        """B times (F, D) and B conversations -> (B, V)."""
        if self.memory.most == 0:
            return self.answer_logits(seen, conversations)
        ids = [self.around(turns) for turns in conversations]
        if len({(len(before), len(features)) for (before, _), features in zip(ids, seen, strict=True)}) > 1:
            return self.answer_logits(seen, conversations)  # images at other places cannot be read side by side
        reads = self.looked_up(seen, [before for before, _ in ids])
        return self.went_on(seen, reads, [after for _, after in ids])

    def looked_up(self, seen: Sequence[Tensor], befores: Sequence[tuple[int, ...]]) -> list[Read]:
        """What was read about each image; those of which nothing is known are read up to the end of the image."""
        found = [self.memory.of(*one) for one in zip(seen, befores, strict=True)]
        new = [place for place, read in enumerate(found) if read is None]
        if new:
            rows = [torch.cat([self.words(befores[place]), seen[place]]) for place in new]
            _, cache = self.read(torch.stack(rows), DynamicCache())
            layers = layers_of(cache)
            for row, place in enumerate(new):
                found[place] = Read(layers, row, befores[place], ())
        return [read for read in found if read is not None]

    def went_on(self, seen: Sequence[Tensor], reads: Sequence[Read], afters: Sequence[tuple[int, ...]]) -> Tensor:
        """Reads what is new of each conversation, and gives the logits of its answer: (B, V)."""
        shared = min(read.shared(after) for read, after in zip(reads, afters, strict=True))
        fresh = [after[shared:] for after in afters]
        width = -(-max(map(len, fresh)) // WIDTH) * WIDTH
        padded = torch.tensor([[*ids, *[ids[-1]] * (width - len(ids))] for ids in fresh])
        known = len(reads[0].before) + len(seen[0]) + shared
        states, cache = self.read(self.embed(padded.to(seen[0].device)), cache_of(reads, known))
        last = torch.tensor([len(ids) - 1 for ids in fresh], device=states.device)
        layers = layers_of(cache)
        for row, (features, read, after) in enumerate(zip(seen, reads, afters, strict=True)):
            self.memory.keep(features, Read(layers, row, read.before, after))
        return self.model.lm_head(states[torch.arange(len(states), device=states.device), last])

    def read(self, embedded: Tensor, cache: DynamicCache) -> tuple[Tensor, DynamicCache]:
        """(B, L, D) embedded tokens after those of a cache -> their states (B, L, D), and the cache with them."""
        self.tokens += embedded.shape[0] * embedded.shape[1]
        start = cache.get_seq_length()
        places = torch.arange(start, start + embedded.shape[1], device=embedded.device).unsqueeze(0)
        language = self.model.model.language_model
        found = language(inputs_embeds=embedded, past_key_values=cache, position_ids=places, use_cache=True)
        return found.last_hidden_state, cache

    def answer_logits(self, seen: Sequence[Tensor] | Tensor, conversations: Sequence[list[str]]) -> Tensor:
        """As `first_logits`, each conversation from its start, with a gradient."""
        rows = [self.embedded(*pair) for pair in zip(seen, conversations, strict=True)]
        longest = max(map(len, rows))
        embedded = rows[0].new_zeros(len(rows), longest, rows[0].shape[-1])
        known = torch.zeros(len(rows), longest, dtype=torch.int64, device=embedded.device)
        for index, row in enumerate(rows):
            embedded[index, longest - len(row) :] = row
            known[index, longest - len(row) :] = 1
        self.tokens += known.numel()
        places = (known.cumsum(-1) - 1).clamp(min=0)
        return self.model(
            inputs_embeds=embedded, attention_mask=known, position_ids=places, use_cache=False, logits_to_keep=1
        ).logits[:, -1]

    def embedded(self, features: Tensor, turns: list[str]) -> Tensor:
        """(L, D): a conversation with the features of its image in place."""
        before, after = self.around(turns)
        return torch.cat([self.words(before), features, self.words(after)])

    def around(self, turns: list[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Ids of a conversation's words before and after its image."""
        before, after = self.split(turns)
        return tuple(self.encode(before)), tuple(self.encode(after))

    def words(self, ids: Sequence[int]) -> Tensor:
        """(L,) ids -> (L, D)."""
        return self.embed(torch.tensor(ids, device=self.model.device))

    def embed(self, ids: Tensor) -> Tensor:
        """Ids of any shape -> their embeddings."""
        return self.model.get_input_embeddings()(ids)
