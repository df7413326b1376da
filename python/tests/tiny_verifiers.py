"""Tiny models of a judge: a tokenizer made of words, LLaVA-OneVision, CLIP, in their formats on disk."""

import json
from pathlib import Path

import torch
from conftest import REPOSITORY
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

GOLDEN = REPOSITORY / "test" / "golden" / "llava"
WORDS = "[unk] [pad] <s> </s> <image> yes Yes YES no No NO user assistant a photo of red blue cat dog ? : 0 1".split()
CHAT = (
    "{% for m in messages %}{{ m.role }} : {% for c in m.content %}"
    "{% if c.type == 'image' %}<image> {% else %}{{ c.text }} {% endif %}{% endfor %}{% endfor %}assistant :"
)


def word_tokenizer(framed: bool = False) -> PreTrainedTokenizerFast:
    """One id a word of WORDS; other words are unknown. Framed: <s> before and </s> after, where CLIP reads a text."""
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[unk]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if framed:
        ends = [(word, WORDS.index(word)) for word in ("<s>", "</s>")]
        made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[unk]", pad_token="[pad]", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=["<image>"],
    )  # fmt: skip


def written_released_llava(folder: Path) -> Path:
    """The golden tiny LLaVA-OneVision as a folder in the released format, with a tokenizer."""
    known = json.loads((GOLDEN / "config.json").read_text())
    language = {name: value for name, value in known["language"].items() if name != "use_sliding_window"}
    config = {"architectures": ["LlavaQwenForCausalLM"], **language, "vision_heads": 2}
    word_tokenizer().save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes((GOLDEN / "llava_qwen_tiny.safetensors").read_bytes())
    return folder


TOWER = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


def written_llava(folder: Path) -> Path:
    """A tiny model of another kind (LLaVA 1.5) as transformers writes it, with its processor."""
    torch.manual_seed(0)
    vision = {"model_type": "clip_vision_model", **TOWER, "image_size": 28, "patch_size": 14}
    text = {"model_type": "llama", **TOWER, "vocab_size": len(WORDS)}
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=WORDS.index("<image>"))
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    size = {"height": 28, "width": 28}
    images = CLIPImageProcessor(size=size, crop_size=size)
    LlavaProcessor(
        images, word_tokenizer(), patch_size=14, vision_feature_select_strategy="default", chat_template=CHAT,
        num_additional_image_tokens=1,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def written_clip(folder: Path) -> Path:
    """A tiny CLIP with its processor."""
    torch.manual_seed(0)
    text = {**TOWER, "vocab_size": len(WORDS), "eos_token_id": WORDS.index("</s>"), "pad_token_id": 1}
    vision = {**TOWER, "image_size": 28, "patch_size": 14}
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)).save_pretrained(folder)
    size = {"height": 28, "width": 28}
    CLIPProcessor(CLIPImageProcessor(size=size, crop_size=size), word_tokenizer(framed=True)).save_pretrained(folder)
    return folder


def written_text_tokenizer(folder: Path) -> Path:
    """The golden Show-o's word-level tokenizer as a folder: wN is N."""
    made = Tokenizer(models.WordLevel({f"w{index}": index for index in range(199)} | {"[unk]": 199}, unk_token="[unk]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[unk]").save_pretrained(folder)
    return folder
