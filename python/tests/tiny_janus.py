"""A tiny random Janus-Pro in transformers' layout and in the released one, with a tokenizer made of words.

python python/tests/tiny_janus.py FOLDER [KIND]     writes it; KIND is "transformers" (default) or "released"
"""

import json
import re
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import JanusConfig, JanusForConditionalGeneration, PreTrainedTokenizerFast

MARKS = {
    "<pad>": 0, "<bos>": 1, "<eos>": 2, "<begin_of_image>": 3, "<end_of_image>": 4, "<image_placeholder>": 5,
    "<unk>": 6,
}  # fmt: skip
WORDS = (
    "<|User|>: <|Assistant|>: a an photo of and two three four bench cat dog car red blue green left right above below "
    "the yes Yes YES no No NO : ?"
).split()
CODES, SIDE = 64, 4
HEADS = 2


def tiny_config(tied: bool = False) -> JanusConfig:
    """Sizes: 16 codes of 4 x 4 pixels, three layers, grouped key heads."""
    marks = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    text = {
        "model_type": "llama", "vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512, **marks,
        "tie_word_embeddings": tied,
    }  # fmt: skip
    vision = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": HEADS, "image_size": 16, "patch_size": 4,
        "projection_dim": 32, "num_image_tokens": 16, "depth": 2,
    }  # fmt: skip
    codes = {
        "embed_dim": 8, "num_embeddings": CODES, "latent_channels": 32, "base_channels": 32,
        "channel_multiplier": [1, 1, 2], "projection_dim": 32, "num_hidden_layers": 2, "image_token_embed_dim": 32,
    }  # fmt: skip
    return JanusConfig(
        text_config=text, vision_config=vision, vq_config=codes, image_token_id=5, tie_word_embeddings=tied
    )


def tiny_janus(tied: bool = False) -> JanusForConditionalGeneration:
    """The whole model with random weights, large enough that codes have a clear order."""
    torch.manual_seed(11)
    model = JanusForConditionalGeneration(tiny_config(tied)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.generation_config.generation_kwargs = {"boi_token_id": 3}
    return model


def word_tokenizer() -> PreTrainedTokenizerFast:
    """One id a word."""
    known = {**MARKS, **{word: len(MARKS) + index for index, word in enumerate(WORDS)}}
    made = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    names = {"image_token": "<image_placeholder>", "boi_token": "<begin_of_image>", "eoi_token": "<end_of_image>"}
    marks = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=made, extra_special_tokens=names, **marks)


def written_janus(folder: Path, tied: bool = False) -> Path:
    """In transformers' layout."""
    tiny_janus(tied).save_pretrained(folder)
    word_tokenizer().save_pretrained(folder)
    return folder


BACK = (
    (r"^lm_head\.", "language_model.lm_head."),
    (r"^model\.language_model\.", "language_model.model."),
    (r"^model\.generation_embeddings\.", "gen_embed."),
    (r"^model\.generation_head\.proj_out\.", "gen_head.output_mlp_projector."),
    (r"^model\.generation_head\.", "gen_head."),
    (r"^model\.generation_aligner\.fc1\.", "gen_aligner.layers.0."),
    (r"^model\.generation_aligner\.hidden_layers\.0\.", "gen_aligner.layers.2."),
    (r"^model\.aligner\.fc1\.", "aligner.layers.0."),
    (r"^model\.aligner\.hidden_layers\.0\.", "aligner.layers.2."),
    (r"^model\.vision_model\.embeddings\.position_embedding\.weight", "vision_model.vision_tower.pos_embed"),
    (r"^model\.vision_model\.embeddings\.patch_embedding\.", "vision_model.vision_tower.patch_embed.proj."),
    (r"^model\.vision_model\.post_layernorm\.", "vision_model.vision_tower.norm."),
    (r"^model\.vision_model\.encoder\.layers\.", "vision_model.vision_tower.blocks."),
    (r"^model\.vqmodel\.", "gen_vision_model."),
)
INSIDE = (
    (r"self_attn\.projection_layer", "attn.proj"), (r"\.layer_norm", ".norm"), (r"\.(down|up)\.", ".conv_blocks."),
    (r"\.block\.", ".res."), (r"\.mid\.block_1", ".mid.0"), (r"\.mid\.attn_1", ".mid.1"), (r"\.mid\.block_2", ".mid.2"),
)  # fmt: skip


def released_weights(model: JanusForConditionalGeneration) -> dict[str, torch.Tensor]:
    """The tensors as deepseek-ai names them, those that nobody reads among them."""
    found: dict[str, torch.Tensor] = {}
    own = dict(model.state_dict())
    for name in [one for one in own if ".self_attn.q_proj." in one and "vision_model" in one]:
        parts = [own.pop(name.replace("q_proj", part)) for part in ("q_proj", "k_proj", "v_proj")]
        own[name.replace("self_attn.q_proj", "attn.qkv")] = torch.cat(parts)
    for name, tensor in own.items():
        renamed = name
        for pattern, replacement in BACK:
            renamed = re.sub(pattern, replacement, renamed)
        for pattern, replacement in INSIDE if "vision" in renamed else ():
            renamed = re.sub(pattern, replacement, renamed)
        found[renamed] = tensor[None] if renamed.endswith("pos_embed") else tensor
    found["vision_model.vision_tower.attn_pool.latent"] = torch.zeros(1, 1, 32)
    found["gen_vision_model.quantize.codebook_used"] = torch.zeros(8)
    return found


def written_released(folder: Path) -> Path:
    """In the released layout: shards of pickles with their index, as they are before `convert_weights`."""
    model = tiny_janus()
    weights, text = released_weights(model), model.config.text_config
    folder.mkdir(parents=True)
    word_tokenizer().save_pretrained(folder)
    sizes = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    config = {
        "model_type": "multi_modality",
        "language_config": {
            "model_type": "llama", "vocab_size": 60, "max_position_embeddings": 512,
            **{name: getattr(text, name) for name in sizes},
        },
        "vision_config": {"params": {"image_size": 16, "heads": HEADS}},
        "aligner_config": {"params": {"depth": 2, "input_dim": 32, "n_embed": 32}},
        "gen_vision_config": {"params": {"image_token_size": CODES, "n_embed": 8}},
        "gen_aligner_config": {"params": {"depth": 2, "input_dim": 8, "n_embed": 32}},
        "gen_head_config": {"params": {"image_token_embed": 32, "image_token_size": CODES, "n_embed": 32}},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    names = sorted(weights)
    index = {name: f"pytorch_model-0000{number % 2 + 1}-of-00002.bin" for number, name in enumerate(names)}
    for file in set(index.values()):
        torch.save({name: weights[name].clone() for name in names if index[name] == file}, folder / file)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    return folder


if __name__ == "__main__":
    made = {"transformers": written_janus, "released": written_released}
    made[sys.argv[2] if len(sys.argv) > 2 else "transformers"](Path(sys.argv[1]))
