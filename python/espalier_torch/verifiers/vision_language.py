"""A judge made of a vision-language model: one forward pass a question, P(yes) from the first answer token."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import AutoModelForImageTextToText, AutoProcessor, AutoTokenizer

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model
from espalier_torch.checkpoints.released_weights import read_config, weights_identity
from espalier_torch.families.janus.checkpoint import load_whole
from espalier_torch.runtime.files import digest_of
from espalier_torch.verifiers.answers import first_tokens, yes_probability
from espalier_torch.verifiers.feature_cache import FeatureCache
from espalier_torch.verifiers.float8 import narrowed
from espalier_torch.verifiers.janus import JANUS_TYPES, janus_chat, janus_features
from espalier_torch.verifiers.llava import load_llava
from espalier_torch.verifiers.llava_eyes import Encode, Llava
from espalier_torch.verifiers.questions import IMAGE, Questions

KEPT_BATCHES = 8
"""Batches of images whose features stay: PARM asks for the potential where it has just asked for the clarity."""


REMEMBERED_BATCHES = 2
"""Batches of which keys and values stay: 45 MB an image in a model of 7 billion weights."""

SAME, FP8 = "same", "fp8"


class VisionLanguage(Protocol):
    """What a judge needs of a model."""

    encode: Encode

    def see(self, images: Tensor) -> Any:
        """What the model keeps of (B, H, W, 3) uint8 images, for any number of questions; indexable by rows."""

    def first_logits(self, seen: Sequence[Any], conversations: Sequence[list[str]]) -> Tensor:
        """(B, V) logits of the first answer token, one conversation an image; `seen` holds what `see` kept of each."""


class AnyVisionLanguage:
    """Any image-and-text model of transformers, through its own processor and chat template."""

    def __init__(self, model: Any, processor: Any):
        self.model, self.processor = model, processor

    def encode(self, text: str) -> list[int]:
        """Ids of a text without special tokens."""
        return self.processor.tokenizer.encode(text, add_special_tokens=False)

    def see(self, images: Tensor) -> Any:
        """The images on the CPU; each model prepares them its own way, together with the text."""
        return images.cpu().numpy()

    @torch.inference_mode()
    def first_logits(self, seen: Sequence[Any], conversations: Sequence[list[str]]) -> Tensor:
        """B images and B conversations -> (B, V)."""
        self.processor.tokenizer.padding_side = "left"
        texts = [
            self.processor.apply_chat_template(messages(turns), add_generation_prompt=True) for turns in conversations
        ]
        inputs = self.processor(text=texts, images=list(seen), return_tensors="pt", padding=True).to(self.model.device)
        inputs["pixel_values"] = inputs["pixel_values"].to(self.model.dtype)
        return self.model(**inputs, use_cache=False, logits_to_keep=1).logits[:, -1]


def messages(turns: Sequence[str]) -> list[dict[str, Any]]:
    """A conversation as chat templates take it; the image comes before the words of the first turn."""
    image = {"type": "image"}
    return [
        {
            "role": ("user", "assistant")[index % 2],
            "content": [*([image] if IMAGE in turn else []), {"type": "text", "text": turn.replace(IMAGE, "").strip()}],
        }
        for index, turn in enumerate(turns)
    ]


class YesNoJudge:
    """Answers questions about images of prompts with P(yes).

    identity: digest of weights and wording. Verdicts are cached by nobody here: Node keeps them by
    (judge, question, image, prompt). What the eyes made of the last images is, over calls.
    """

    def __init__(self, eyes: VisionLanguage, questions: Questions, identity: str, batch: int = 16):
        self.eyes, self.questions, self.batch = eyes, questions, batch
        self.identity = digest_of([identity, questions.sha256])
        self.yes = first_tokens("yes", eyes.encode)
        self.no = first_tokens("no", eyes.encode)
        self.features = FeatureCache(eyes.see, KEPT_BATCHES * batch)
        self.forwards = 0

    def ask(self, asked: Sequence[str], prompts: Sequence[str], images: Tensor) -> Tensor:
        """As `ask_about`, for (B, H, W, 3) uint8 images at hand."""
        keys = [hashlib.sha256(image.cpu().numpy().tobytes()).digest() for image in images]
        return self.ask_about(asked, prompts, keys, lambda places: images[places])

    def ask_about(
        self, asked: Sequence[str], prompts: Sequence[str], keys: Sequence[bytes], images: Callable[[list[int]], Tensor]
    ) -> Tensor:
        """Several questions about each image; an image is looked at once, also where it comes again.

        Args:
            asked: Q questions.
            prompts: B prompts.
            keys: names of B images; the same name is the same image.
            images: (N, H, W, 3) uint8 of the N images at some places.

        Returns:
            (Q, B) float32 P(yes) on the CPU.
        """
        answers = torch.empty(len(asked), len(prompts))
        for first in range(0, len(prompts), self.batch):
            rows = slice(first, first + self.batch)
            seen = self.features.of(keys[rows], lambda places, first=first: images([first + place for place in places]))
            for index, question in enumerate(asked):
                conversations = [self.questions.conversation(question, prompt) for prompt in prompts[rows]]
                logits = self.eyes.first_logits(seen, conversations)
                self.forwards += len(conversations)
                answers[index, rows] = yes_probability(logits, self.yes, self.no).cpu()
        return answers


def load_yes_no_judge(
    folder: str | Path,
    questions: Questions,
    device: torch.device,
    dtype: torch.dtype,
    batch: int = 16,
    numbers: str = SAME,
) -> YesNoJudge:
    """The judge of a model folder: LLaVA-OneVision or Janus-Pro in either format, or what else transformers reads.

    Args:
        folder: the model.
        questions: its wording.
        device: where it runs.
        dtype: of its numbers.
        batch: images judged together.
        numbers: of its language model's layers: SAME as `dtype`, or FP8.

    Raises:
        ValueError: the folder lacks a part, holds a pickle, or a model without single tokens for yes and no.
    """
    folder = Path(folder)
    raw = read_config(folder)
    identity = weights_identity(folder)
    remembered = REMEMBERED_BATCHES * batch
    eyes: VisionLanguage
    if raw.get("model_type") == "llava_onevision" or "LlavaQwenForCausalLM" in raw.get("architectures", []):
        eyes = Llava(load_llava(folder, dtype).to(device), *read_words(folder), remembered=remembered)
    elif raw.get("model_type") in JANUS_TYPES:
        encode, tokenizer = read_words(folder)
        split = janus_chat(tokenizer)
        eyes = Llava(load_whole(folder, dtype).to(device), encode, tokenizer, janus_features, split, remembered)
    else:
        model = pretrained_model(AutoModelForImageTextToText, folder, dtype)
        eyes = AnyVisionLanguage(model.to(device), pretrained(AutoProcessor, folder))
    if numbers == FP8:
        if not isinstance(eyes, Llava):
            raise ValueError(f"Only LLaVA-OneVision and Janus-Pro judges run in 8 bits; {folder} holds another kind")
        narrowed(eyes.model.model.language_model.layers)
    return YesNoJudge(eyes, questions, identity_in(numbers, identity), batch)


def identity_in(numbers: str, identity: str) -> str:
    """Identity of a judge whose layers have other numbers: its verdicts are not those of the judge it was made of."""
    return identity if numbers == SAME else digest_of([identity, numbers])


def read_words(folder: Path) -> tuple[Encode, Any]:
    """The tokenizer of a folder: ids of a text without special tokens, and itself. Raises ValueError."""
    tokenizer = pretrained(AutoTokenizer, folder)
    return lambda text: tokenizer.encode(text, add_special_tokens=False), tokenizer
