"""A tiny ImageReward of random weights under the released names, and its forward pass written out without a library."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tiny_verifiers import WORDS, word_tokenizer
from torch import Tensor

WIDTH, TEXT_WIDTH, SIDE, PATCH, HEADS, LAYERS = 64, 32, 32, 16, 4, 2
MED_CONFIG = {
    "architectures": ["BertModel"], "model_type": "bert", "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1, "hidden_size": TEXT_WIDTH, "intermediate_size": 48, "layer_norm_eps": 1e-12,
    "max_position_embeddings": 40, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "pad_token_id": 0,
    "type_vocab_size": 2, "vocab_size": len(WORDS), "encoder_width": 768, "add_cross_attention": True,
}  # fmt: skip


def image_reward_weights() -> dict[str, Tensor]:
    """Random tensors with the names and shapes of a release, unused ones included."""
    generator = torch.Generator().manual_seed(4)
    found: dict[str, Tensor] = {}

    def put(name: str, *shape: int, scale: float = 0.2) -> None:
        found[name] = torch.randn(shape, generator=generator) * scale

    def linear(name: str, inputs: int, outputs: int) -> None:
        put(f"{name}.weight", outputs, inputs)
        put(f"{name}.bias", outputs)

    def norm(name: str, width: int) -> None:
        put(f"{name}.weight", width)
        put(f"{name}.bias", width)

    eyes, words = "blip.visual_encoder", "blip.text_encoder"
    put(f"{eyes}.cls_token", 1, 1, WIDTH)
    put(f"{eyes}.pos_embed", 1, (SIDE // PATCH) ** 2 + 1, WIDTH)
    put(f"{eyes}.patch_embed.proj.weight", WIDTH, 3, PATCH, PATCH)
    put(f"{eyes}.patch_embed.proj.bias", WIDTH)
    for layer in (f"{eyes}.blocks.{index}" for index in range(LAYERS)):
        norm(f"{layer}.norm1", WIDTH)
        linear(f"{layer}.attn.qkv", WIDTH, 3 * WIDTH)
        linear(f"{layer}.attn.proj", WIDTH, WIDTH)
        norm(f"{layer}.norm2", WIDTH)
        linear(f"{layer}.mlp.fc1", WIDTH, 96)
        linear(f"{layer}.mlp.fc2", 96, WIDTH)
    norm(f"{eyes}.norm", WIDTH)
    put(f"{words}.embeddings.word_embeddings.weight", len(WORDS), TEXT_WIDTH)
    put(f"{words}.embeddings.position_embeddings.weight", 40, TEXT_WIDTH)
    found[f"{words}.embeddings.position_ids"] = torch.arange(40).unsqueeze(0)
    norm(f"{words}.embeddings.LayerNorm", TEXT_WIDTH)
    for layer in (f"{words}.encoder.layer.{index}" for index in range(LAYERS)):
        for attention, seen in (("attention", TEXT_WIDTH), ("crossattention", WIDTH)):
            linear(f"{layer}.{attention}.self.query", TEXT_WIDTH, TEXT_WIDTH)
            linear(f"{layer}.{attention}.self.key", seen, TEXT_WIDTH)
            linear(f"{layer}.{attention}.self.value", seen, TEXT_WIDTH)
            linear(f"{layer}.{attention}.output.dense", TEXT_WIDTH, TEXT_WIDTH)
            norm(f"{layer}.{attention}.output.LayerNorm", TEXT_WIDTH)
        linear(f"{layer}.intermediate.dense", TEXT_WIDTH, 48)
        linear(f"{layer}.output.dense", 48, TEXT_WIDTH)
        norm(f"{layer}.output.LayerNorm", TEXT_WIDTH)
    linear("blip.vision_proj", WIDTH, 16)
    linear("blip.text_proj", TEXT_WIDTH, 16)
    widths = (TEXT_WIDTH, 24, 12, 8, 4, 1)
    for place, inputs, outputs in zip((0, 2, 4, 6, 7), widths[:-1], widths[1:], strict=True):
        linear(f"mlp.layers.{place}", inputs, outputs)
    return found


def written_image_reward(folder: Path) -> Path:
    """The tiny model as a folder: weights, med_config.json as config.json, tokenizer."""
    word_tokenizer(framed=True).save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(MED_CONFIG))
    save_file(image_reward_weights(), folder / "model.safetensors")
    return folder


def plain_reward(weights: dict[str, Tensor], pixels: Tensor, ids: list[int]) -> Tensor:
    """() the head's output, not standardised, of one prepared image (3, H, W) and the ids of one text."""

    def linear(name: str, value: Tensor) -> Tensor:
        return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name: str, value: Tensor, epsilon: float) -> Tensor:
        return F.layer_norm(value, value.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon)

    def attention(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
        split = [one.unflatten(-1, (heads, -1)).transpose(0, 1) for one in (query, key, value)]
        scores = split[0] @ split[1].transpose(-1, -2) / split[0].shape[-1] ** 0.5
        return (scores.softmax(-1) @ split[2]).transpose(0, 1).flatten(1)

    eyes, words = "blip.visual_encoder", "blip.text_encoder"
    patches = F.conv2d(
        pixels.unsqueeze(0),
        weights[f"{eyes}.patch_embed.proj.weight"],
        weights[f"{eyes}.patch_embed.proj.bias"],
        stride=PATCH,
    )
    seen = torch.cat([weights[f"{eyes}.cls_token"][0], patches[0].flatten(1).T]) + weights[f"{eyes}.pos_embed"][0]
    for layer in (f"{eyes}.blocks.{index}" for index in range(LAYERS)):
        parts = linear(f"{layer}.attn.qkv", norm(f"{layer}.norm1", seen, 1e-6)).chunk(3, -1)
        seen = seen + linear(f"{layer}.attn.proj", attention(*parts, heads=WIDTH // 64))
        inner = F.gelu(linear(f"{layer}.mlp.fc1", norm(f"{layer}.norm2", seen, 1e-6)))
        seen = seen + linear(f"{layer}.mlp.fc2", inner)
    seen = norm(f"{eyes}.norm", seen, 1e-6)
    places = weights[f"{words}.embeddings.position_embeddings.weight"][: len(ids)]
    read = weights[f"{words}.embeddings.word_embeddings.weight"][torch.tensor(ids)] + places
    read = norm(f"{words}.embeddings.LayerNorm", read, 1e-12)
    for layer in (f"{words}.encoder.layer.{index}" for index in range(LAYERS)):
        for name, other in ((f"{layer}.attention", None), (f"{layer}.crossattention", seen)):
            source = read if other is None else other
            query, key, value = (
                linear(f"{name}.self.{part}", read if part == "query" else source) for part in ("query", "key", "value")
            )
            mixed = linear(f"{name}.output.dense", attention(query, key, value, HEADS))
            read = norm(f"{name}.output.LayerNorm", mixed + read, 1e-12)
        inner = F.gelu(linear(f"{layer}.intermediate.dense", read))
        read = norm(f"{layer}.output.LayerNorm", linear(f"{layer}.output.dense", inner) + read, 1e-12)
    state = read[0]
    for place in (0, 2, 4, 6, 7):
        state = linear(f"mlp.layers.{place}", state)
    return state.squeeze()
