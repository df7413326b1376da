"""Any vision-language model of transformers, asked in words about pictures: how likely its answer begins with a word.

The first word is read as over HTTP (`src/judges/http/read-answer.ts`): the probabilities of all spellings of a word are
summed, among the model's likeliest words, and normalised over the words that were expected.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model

AROUND = re.compile(r"^[\s\W▁Ġ_]+|[\s\W▁_]+$")


def bare(word: str) -> str:
    """A word without case, blanks, marks of tokenizers and what stands around it."""
    return AROUND.sub("", word).lower()


class TalkingModel:
    """A model and its processor on a device.

    Raises:
        ValueError: the folder holds no such model, or other weights than the model's.
    """

    def __init__(self, folder: str | Path, device: torch.device, dtype: torch.dtype):
        self.processor: Any = pretrained(AutoProcessor, folder)
        self.model = pretrained_model(AutoModelForImageTextToText, folder, dtype).to(device)
        self.device, self.dtype = device, dtype

    def inputs(self, turns: Sequence[str], places: Sequence[str], images: Sequence[Image]) -> dict[str, Any]:
        """What the model is given for a conversation that ends with the user's turn, pictures in their places."""
        pattern = "|".join(re.escape(place) for place in places) or "(?!)"
        texts = re.split(pattern, turns[0])
        shown = [images[list(places).index(found)] for found in re.findall(pattern, turns[0])]
        content: list[dict[str, Any]] = []
        for index, text in enumerate(texts):
            if text.strip():
                content.append({"type": "text", "text": text.strip()})
            if index < len(shown):
                content.append({"type": "image"})
        later = [
            {"role": ("assistant", "user")[index % 2], "content": [{"type": "text", "text": text}]}
            for index, text in enumerate(turns[1:])
        ]
        chat = [{"role": "user", "content": content}, *later]
        text = self.processor.apply_chat_template(chat, add_generation_prompt=True)
        given = self.processor(text=text, images=shown or None, return_tensors="pt", add_special_tokens=False)
        return {
            name: value.to(self.device, self.dtype if value.is_floating_point() else value.dtype)
            for name, value in given.items()
        }

    @torch.inference_mode()
    def first_words(self, inputs: dict[str, Any], count: int) -> list[tuple[str, float]]:
        """The likeliest first words of the answer with their probabilities."""
        logits = self.model(**inputs).logits[0, -1].float()
        likeliest = logits.softmax(0).topk(min(count, len(logits)))
        words = [self.processor.tokenizer.decode([token]) for token in likeliest.indices.tolist()]
        return list(zip(words, likeliest.values.tolist(), strict=True))

    @torch.inference_mode()
    def written(self, inputs: dict[str, Any], tokens: int) -> str:
        """What it answers at temperature 0."""
        ids = self.model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        return str(self.processor.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))


def shares_of(words: Sequence[tuple[str, float]], options: Sequence[Sequence[str]], least: float) -> list[float] | str:
    """Probabilities of the options, which sum to 1; or why they cannot be told."""
    meant = [[bare(word) for word in option] for option in options]
    masses = [sum(share for word, share in words if bare(word) in option) for option in meant]
    total = sum(masses)
    if total > 0 and total >= least:
        return [mass / total for mass in masses]
    wanted = " or ".join(option[0] for option in options)
    shown = ", ".join(f'"{word}" {share:.3f}' for word, share in words[:3])
    return f"expected {wanted} first, which have {total:.3f} among the likeliest words: {shown}"
