"""Models of random weights to measure on: of the true sizes, or small."""

from typing import Any

import torch
from transformers import LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration

from espalier_torch.families.showo.layout import Layout
from espalier_torch.families.showo.magvit import MagvitConfig
from espalier_torch.families.showo.model import PHI_1_5, ShowoConfig
from espalier_torch.verifiers.vision_language import Llava

SMALL_PHI = {**PHI_1_5, "hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4}
SMALL_LAYOUT = Layout(400, 64, 475, 399, text_length=33, image_tokens=64)
SMALL_MAGVIT = MagvitConfig(32, (1, 1, 2), (1, 2, 2), (1, 1, 1), (1, 1, 1), bits=6)
JUDGES: dict[str, dict[str, dict[str, Any]]] = {
    "full": {
        "vision": {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 26, "num_attention_heads": 16},
        "text": {"hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
                 "num_key_value_heads": 4, "vocab_size": 152064},
    },
    "small": {
        "vision": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
        "text": {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "num_key_value_heads": 2, "vocab_size": 512},
    },
}  # fmt: skip
ANSWER_IDS = {"yes": 1, "Yes": 2, "YES": 3, "no": 4, "No": 5, "NO": 6}
"""Ids of the answers' spellings; every other text becomes id 7, once every four letters."""

SHOWO_SIZES = {"full": ShowoConfig(), "small": ShowoConfig(SMALL_LAYOUT, SMALL_PHI)}
MAGVIT_SIZES = {"full": MagvitConfig(), "small": SMALL_MAGVIT}


def random_llava(size: str, dtype: torch.dtype) -> Llava:
    """A LLaVA-OneVision of random weights, on torch's default device."""
    sizes = JUDGES[size]
    vision = {"model_type": "siglip_vision_model", "image_size": 384, "patch_size": 14, "vision_use_head": False}
    config = LlavaOnevisionConfig(
        vision_config={**vision, **sizes["vision"]},
        text_config={"model_type": "qwen2", **sizes["text"]},
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
    )
    return Llava(LlavaOnevisionForConditionalGeneration(config).to(dtype).eval(), word_ids)


def word_ids(text: str) -> list[int]:
    """A stand-in for a tokenizer: ids of about the right number."""
    word = text.strip()
    return [ANSWER_IDS[word]] if word in ANSWER_IDS else [7] * -(-len(text) // 4)
