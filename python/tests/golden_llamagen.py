"""The tiny LlamaGen of test/golden/llamagen and what was measured on it."""

import functools
import gzip
import json
from typing import Any

import torch
from conftest import REPOSITORY
from safetensors.torch import load, load_file
from torch import Tensor

from espalier_torch.checkpoints.model_weights import filled
from espalier_torch.families.llamagen.model import CaptionStates, LlamaGen, LlamaGenConfig
from espalier_torch.families.llamagen.tokenizer import ImageTokenizer, tokenizer_of

GOLDEN = REPOSITORY / "test" / "golden" / "llamagen"


def numbers(name: str) -> Any:
    """A JSON file of the golden folder."""
    return json.loads((GOLDEN / f"{name}.json").read_text())


def tensors(name: str) -> dict[str, Tensor]:
    """A safetensors file of the golden folder."""
    return load_file(GOLDEN / f"{name}.safetensors")


def tiny_config(side: int) -> LlamaGenConfig:
    """The tiny model's sizes, with images of any size."""
    return LlamaGenConfig(64, 3, 4, 4, 192, 96, 10, 24, side * side, vocabulary_size=200)


@functools.cache
def tiny_llamagen(side: int = 4) -> LlamaGen:
    """The tiny model around the recorded weights."""
    return filled(LlamaGen(tiny_config(side)), tensors("llamagen_tiny"), "the tiny LlamaGen").eval()


@functools.cache
def tiny_tokenizer() -> ImageTokenizer:
    """The tiny image tokenizer around the recorded weights."""
    return tokenizer_of(load(gzip.decompress((GOLDEN / "vq_tiny.safetensors.gz").read_bytes())))


def recorded_captions(found: dict[str, Tensor], masked: bool = True) -> CaptionStates:
    """The captions of a recorded run."""
    states, shown = found["caption_embeddings"], found["caption_mask"] != 0
    return CaptionStates(states, shown if masked else torch.ones_like(shown))
