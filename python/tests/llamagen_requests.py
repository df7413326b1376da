"""The tiny LlamaGen and its text encoder in folders, and requests that train it in seconds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from conftest import lists
from golden_llamagen import GOLDEN, tiny_config
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

WORDS = "a an photo of and two three four bench cat dog car red blue green left right above below the".split()
CODES, SIDE = 96, 4


def written_llamagen(folder: Path, side: int = SIDE) -> Path:
    """A folder as `convert_weights` leaves one, with the tiny model."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "llamagen", **tiny_config(side).as_dict()}))
    (folder / "model.safetensors").write_bytes((GOLDEN / "llamagen_tiny.safetensors").read_bytes())
    return folder


def written_t5(folder: Path) -> Path:
    """A whole T5, decoder and all, with a word-level tokenizer, in transformers' layout."""
    torch.manual_seed(3)
    sizes = {"d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2, "vocab_size": 200, "d_model": 24}
    model = T5ForConditionalGeneration(T5Config(**sizes, tie_word_embeddings=False, decoder_start_token_id=0))
    model.save_pretrained(folder)
    known = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + index for index, word in enumerate(WORDS)}
    made = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    marks = {"unk_token": "<unk>", "pad_token": "<pad>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=made, **marks).save_pretrained(folder)
    return folder


def write_pairs(file: Path, rows: list[list[int]], codes: int = CODES, side: int = SIDE, kind: Any = None) -> Path:
    """Random pairs, two of each text row."""
    generator, count, tokens = np.random.default_rng(3), 2 * len(rows), side * side
    at = np.repeat(np.arange(side), side)[None].repeat(count, 0)
    columns = {
        "tag": pa.array(["colors"] * count),
        "text": lists(np.repeat(np.array(rows), 2, 0), kind or pa.uint16()),
        "chosen_tokens": lists(generator.integers(0, codes, (count, tokens)), pa.uint16()),
        "rejected_tokens": lists(generator.integers(0, codes, (count, tokens)), pa.uint16()),
        "chosen_committed_at": lists(at, pa.uint8()),
        "rejected_committed_at": lists(at, pa.uint8()),
    }
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


def llamagen_requests(folder: Path) -> Callable[..., dict[str, Any]]:
    """Makes the raw request of a short run on the tiny LlamaGen."""
    base, encoder = written_llamagen(folder / "llamagen"), written_t5(folder / "t5")
    generator = np.random.default_rng(4)
    rows = [[0] * 5 + [int(word) for word in generator.integers(3, 20, 4)] + [1] for _ in range(4)]
    pairs = write_pairs(folder / "pairs.arrow", rows)

    def made(name: str = "out", **fields: Any) -> dict[str, Any]:
        plain = {
            "pairs": str(pairs), "generator": str(base), "out": str(folder / name), "text_encoder": str(encoder),
            "threads": 1, "steps": 6, "batch_pairs": 4, "learning_rate": 1e-3, "checkpoint_every": 2,
            "caption_dropout": 0.25,
        }  # fmt: skip
        return {**plain, **fields}

    return made
