"""Janus-Pro as a judge: the side of it that reads pictures (arXiv 2501.17811, section 2), in either format on disk.

So a generator can judge what it draws itself; what it is asked is worded as for any other judge.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from transformers import JanusForConditionalGeneration

from espalier_torch.families.janus.layout import chat
from espalier_torch.families.janus.released import RELEASED_TYPE
from espalier_torch.verifiers.llava import normalised
from espalier_torch.verifiers.questions import IMAGE

JANUS_TYPES = ("janus", RELEASED_TYPE)
"""`model_type` in a config.json of Janus-Pro."""


def janus_chat(tokenizer: Any) -> Callable[[Sequence[str]], tuple[str, str]]:
    """As llava_eyes.Split, with the marks of a tokenizer."""
    return lambda turns: chat(turns, IMAGE, tokenizer.bos_token, tokenizer.eos_token)


def janus_features(model: JanusForConditionalGeneration, images: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 on any device -> (B, F, D): 576 features of a picture at 384 pixels."""
    pixels = normalised(images, model.config.vision_config.image_size).to(model.device, model.dtype)
    return model.model.get_image_features(pixels, return_dict=True).pooler_output
