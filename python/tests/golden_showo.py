"""The tiny Show-o of test/golden/showo and what was measured on it."""

import functools
import json
from pathlib import Path
from typing import Any

from conftest import REPOSITORY
from safetensors.torch import load_file
from torch import Tensor

from espalier_torch.families.showo.layout import Layout
from espalier_torch.families.showo.model import Showo, ShowoConfig, showo_from_weights

GOLDEN = REPOSITORY / "test" / "golden" / "showo"


def numbers(name: str) -> Any:
    """A JSON file of the golden folder."""
    return json.loads((GOLDEN / f"{name}.json").read_text())


def tensors(name: str) -> dict[str, Tensor]:
    """A safetensors file of the golden folder."""
    return load_file(GOLDEN / f"{name}.safetensors")


def layout(image_tokens: int = 16) -> Layout:
    """The tiny model's ids, with images of any size."""
    return Layout(200, 64, 275, 199, text_length=17, image_tokens=image_tokens)


@functools.cache
def tiny_showo(image_tokens: int = 16, weights: str = "showo_tiny") -> Showo:
    """The tiny model around released weights."""
    config = ShowoConfig(layout(image_tokens), numbers("config")["phi_config"])
    return showo_from_weights(config, tensors(weights)).eval()


def words(text: str) -> list[int]:
    """Ids of a text of the golden's word-level tokenizer: wNNN is NNN."""
    return [199 if word == "<|endoftext|>" else int(word[1:]) for word in text.split()]


def written_release(folder: Path, image_tokens: int = 16) -> Path:
    """A folder in the released format that holds the tiny model."""
    sizes = layout(image_tokens)
    config = {
        "_class_name": "Showo",
        "vocab_size": sizes.vocabulary,
        "llm_vocab_size": sizes.text_vocabulary,
        "codebook_size": sizes.codebook_size,
        "num_vq_tokens": image_tokens,
        "llm_model_path": "tiny-phi",
        "phi_config": numbers("config")["phi_config"],
        "end_of_text": sizes.end_of_text,
        "text_length": sizes.text_length,
    }
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes((GOLDEN / "showo_tiny.safetensors").read_bytes())
    return folder
