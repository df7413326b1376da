"""ImageReward (Xu et al., 2023, arXiv 2304.05977): a BLIP that reads the prompt while it looks, and a head.

The folder holds the released ImageReward.pt as safetensors (`espalier_torch.convert_weights`), the released
med_config.json under the name config.json, and the tokenizer of bert-base-uncased. transformers has the BLIP; its
parameters are given their names there, and the sizes of its eyes, which the configuration leaves out, are read off the
weights.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoTokenizer, BlipTextConfig, BlipTextModel, BlipVisionConfig, BlipVisionModel

from espalier_torch.checkpoints.model_weights import Unfit, filled, pretrained, reading_sizes
from espalier_torch.checkpoints.released_weights import new_name, read_config, read_weights
from espalier_torch.runtime.cut_texts import tokens_read

EYES, WORDS, HEAD = "blip.visual_encoder.", "blip.text_encoder.", "mlp.layers."
EYES_NAMES = (
    (r"^patch_embed\.proj\.", "embeddings.patch_embedding."),
    (r"^pos_embed$", "embeddings.position_embedding"),
    (r"^cls_token$", "embeddings.class_embedding"),
    (r"^norm\.", "post_layernorm."),
    (r"^blocks\.(\d+)\.norm(\d)\.", r"encoder.layers.\1.layer_norm\2."),
    (r"^blocks\.(\d+)\.attn\.proj\.", r"encoder.layers.\1.self_attn.projection."),
    (r"^blocks\.(\d+)\.attn\.", r"encoder.layers.\1.self_attn."),
    (r"^blocks\.(\d+)\.", r"encoder.layers.\1."),
)
"""The released names of the eyes and transformers' own; those of the text encoder are the same in both."""
UNUSED = r"blip\.(vision_proj|text_proj|itm_head|temp)\b|blip\.text_encoder\.embeddings\.position_ids$"
"""What the release carries and a score does not need."""

MEAN, STD = 0.16717362830052426, 1.0333394966054072
"""Of the head's output on the data it was trained on: the released score is standardised with these."""
TEXT_LENGTH = 35
READER = "ImageReward"
HEAD_WIDTH = 64
"""Channels of one attention head of a ViT."""
PIXEL_MEAN, PIXEL_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


class ImageReward(nn.Module):
    """Scores a prompt and an image: the head's output on the text's first token."""

    def __init__(self, eyes: BlipVisionModel, words: BlipTextModel, head: nn.Sequential, tokenizer: Any):
        super().__init__()
        self.eyes, self.words, self.head, self.tokenizer = eyes, words, head, tokenizer

    def rewards(self, prompts: Sequence[str], images: Tensor) -> Tensor:
        """(B,) float32 rewards, 0 on average, of B prompts and (B, H, W, 3) uint8 images."""
        side = self.eyes.config.image_size
        pixels = prepared(images, side).to(self.eyes.device, self.eyes.dtype)
        seen = self.eyes(pixel_values=pixels).last_hidden_state
        limit = tokens_read(self.tokenizer, prompts, TEXT_LENGTH, READER)
        read = self.tokenizer(list(prompts), padding=True, truncation=True, max_length=limit, return_tensors="pt").to(
            self.eyes.device
        )
        known = torch.ones(seen.shape[:2], dtype=torch.int64, device=seen.device)
        states = self.words(
            input_ids=read["input_ids"], attention_mask=read["attention_mask"],
            encoder_hidden_states=seen, encoder_attention_mask=known,
        ).last_hidden_state  # fmt: skip
        return (self.head(states[:, 0].float()).squeeze(-1) - MEAN) / STD

    def scores(self, prompts: Sequence[str], images: Tensor) -> Tensor:
        """(B,) float32 in 0..1: the sigmoid of the reward, which ranks as it does."""
        return torch.sigmoid(self.rewards(prompts, images))


def prepared(images: Tensor, side: int) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, side, side) float32: the shorter edge resized to `side`, the middle cut out."""
    pixels = images.permute(0, 3, 1, 2).float()
    height, width = pixels.shape[-2:]
    size = [side * height // min(height, width), side * width // min(height, width)]
    if [height, width] != size:
        pixels = F.interpolate(pixels, size, mode="bicubic", antialias=True).round().clamp(0, 255)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    cut = pixels[..., top : top + side, left : left + side] / 255
    mean, std = (torch.tensor(three, device=cut.device).view(3, 1, 1) for three in (PIXEL_MEAN, PIXEL_STD))
    return (cut - mean) / std


def load_image_reward(folder: str | Path, device: torch.device, dtype: torch.dtype) -> ImageReward:
    """The model of a folder as described above. Raises ValueError when it lacks a part or holds another model."""
    weights = read_weights(folder)
    parts = {prefix: without(weights, prefix) for prefix in (EYES, WORDS, HEAD)}
    odd = {name for name in weights if not name.startswith((EYES, WORDS, HEAD)) and not re.match(UNUSED, name)}
    if odd or not all(parts.values()):
        absent = [prefix for prefix, part in parts.items() if not part]
        Unfit(absent, list(odd), {}).refuse(f"the ImageReward in {folder}")
    eyes_weights = {new_name(name, EYES_NAMES): tensor for name, tensor in parts[EYES].items()}
    with reading_sizes(f"the ImageReward in {folder}"):
        eyes_sizes = eyes_config(eyes_weights)
        config = words_config(read_config(folder), eyes_sizes.hidden_size)
        head = head_of(parts[HEAD], config.hidden_size)
    eyes = filled(BlipVisionModel(eyes_sizes), eyes_weights, f"the ImageReward in {folder} (its eyes)")
    words = BlipTextModel(config, add_pooling_layer=False)
    filled(words, parts[WORDS], f"the ImageReward in {folder} (its text encoder)")
    filled(head, parts[HEAD], f"the ImageReward in {folder} (its head)")
    tokenizer = pretrained(AutoTokenizer, folder)
    # The head is small, and the release runs it in float32 as well.
    return ImageReward(eyes.to(device, dtype), words.to(device, dtype), head.to(device).float(), tokenizer).eval()


def without(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors below a prefix that a score needs, by the rest of their names."""
    needed = [name for name in weights if name.startswith(prefix) and not re.match(UNUSED, name)]
    return {name.removeprefix(prefix): weights[name] for name in needed}


def eyes_config(weights: dict[str, Tensor]) -> BlipVisionConfig:
    """The eyes' sizes, read off their weights. Raises ValueError when there are none."""
    patches, positions = (
        weights.get(f"embeddings.{part}") for part in ("patch_embedding.weight", "position_embedding")
    )
    if patches is None or positions is None:
        raise ValueError("The weights hold no image encoder: is it ImageReward's checkpoint?")
    width, patch = patches.shape[0], patches.shape[-1]
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layers.")}
    return BlipVisionConfig(
        hidden_size=width,
        intermediate_size=weights["encoder.layers.0.mlp.fc1.weight"].shape[0],
        num_hidden_layers=len(layers),
        num_attention_heads=max(1, width // HEAD_WIDTH),
        patch_size=patch,
        image_size=round((positions.shape[1] - 1) ** 0.5) * patch,
        layer_norm_eps=1e-6,
    )


def words_config(raw: dict[str, Any], eyes_width: int) -> BlipTextConfig:
    """The text encoder's sizes from med_config.json. `is_decoder` gives it its cross-attention; it reads both ways."""
    names = (
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "max_position_embeddings", "layer_norm_eps", "hidden_act",
    )  # fmt: skip
    sizes = {name: raw[name] for name in names if name in raw}
    return BlipTextConfig(**sizes, encoder_hidden_size=eyes_width, is_decoder=True, use_cache=False)


def head_of(weights: dict[str, Tensor], width: int) -> nn.Sequential:
    """Linear layers from `width` to 1 without an activation between them, as released; dropout's places stay empty.

    Raises:
        ValueError: they do not fit to each other.
    """
    places = sorted({int(name.split(".")[0]) for name in weights})
    layers: list[nn.Module] = [nn.Identity() for _ in range(places[-1] + 1)]
    for place in places:
        outputs, inputs = weights[f"{place}.weight"].shape
        if inputs != width:
            raise ValueError(f"ImageReward's head: expected {HEAD}{place} to take {width} numbers, it takes {inputs}")
        layers[place], width = nn.Linear(inputs, outputs), outputs
    if width != 1:
        raise ValueError(f"ImageReward's head: expected one number in the end, it gives {width}")
    return nn.Sequential(*layers)
