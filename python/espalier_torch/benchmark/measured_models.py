"""What training is measured on: the bundled generator, or a small Show-o of random weights; each with pairs and images.

In the small Show-o the tokenizer, the text's length and the vocabulary have the share of the work that they have in the
released one: one encoding costs 0.37 of a forward pass, the head 0.095 (0.368 and 0.096 there).
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.benchmark.measured_pairs import lists, write_table
from espalier_torch.benchmark.plain_trainer import BundledRows, RowLayout, ShowoRows
from espalier_torch.data.pairs import read_pairs
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.families.bundled.tokenizer import load_tokenizer
from espalier_torch.families.pixels import to_bytes
from espalier_torch.families.showo.layout import Layout
from espalier_torch.families.showo.magvit import Magvit, MagvitConfig
from espalier_torch.families.showo.model import PHI_1_5, Showo, ShowoConfig, load_showo

PHI = {**PHI_1_5, "hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 8}
SMALL_SHOWO = ShowoConfig(Layout(1933, 256, 2200, 1932), PHI)
SMALL_MAGVIT = MagvitConfig(32, (1, 2, 4), (1, 2, 4), (3, 3, 3), (1, 1, 1), bits=8)
SIDE, WORDS, STEPS = 64, (6, 20), 18
"""Pixels of an image's side, fewest and most tokens of a caption (COCO's are of this length), decoding steps."""


def write_showo(folder: Path, count: int, config: ShowoConfig = SMALL_SHOWO, device: str = "cpu") -> None:
    """`generator/` in the released format and `pairs.arrow` of `count` pairs of random tokens, two a caption.

    Weights are random, and made on `device`.
    """
    torch.manual_seed(0)
    place, layout = folder / "generator", config.layout
    place.mkdir()
    with torch.device(device):
        weights = Showo(config).state_dict()
    save_file({name: one.cpu() for name, one in weights.items()}, place / "model.safetensors")
    (place / "config.json").write_text(json.dumps(config.as_released()))
    source = np.random.default_rng(0)
    captions = [source.integers(0, layout.text_vocabulary - 1, source.integers(*WORDS)).tolist() for _ in range(count)]
    text = torch.stack([layout.text_row(captions[index // 2]) for index in range(count)])
    columns = {"text": lists(text, pa.uint16()), "tag": pa.array(["benchmark"] * count)}
    for side in ("chosen", "rejected"):
        tokens = source.integers(0, layout.codebook_size, (count, layout.image_tokens))
        committed = source.integers(0, STEPS, (count, layout.image_tokens))
        columns[f"{side}_tokens"] = lists(torch.from_numpy(tokens), pa.uint16())
        columns[f"{side}_committed_at"] = lists(torch.from_numpy(committed), pa.uint8())
    write_table(folder / "pairs.arrow", columns)


@torch.no_grad()
def write_images(folder: Path, tokenizer: str | None) -> None:
    """`images.safetensors` beside `pairs.arrow`: (P, H, W, 3) uint8 each; of noise where no tokenizer is given."""
    pairs = read_pairs([folder / "pairs.arrow"])
    sides = {"chosen": pairs.chosen_tokens, "rejected": pairs.rejected_tokens}
    if tokenizer is None:
        images = {name: torch.randint(256, (len(pairs), SIDE, SIDE, 3), dtype=torch.uint8) for name in sides}
    else:
        decoder, _ = load_tokenizer(tokenizer)
        images = {name: to_bytes(decoder.decode(tokens)).contiguous() for name, tokens in sides.items()}
    save_file(images, folder / "images.safetensors")


def plain_model(generator: str, tokenizer: str | None) -> tuple[nn.Module, RowLayout]:
    """The generator, and how the plain loop handles its rows; without a tokenizer, the small Show-o's."""
    if tokenizer is None:
        model, _ = load_showo(generator)
        return model, ShowoRows(model, Magvit(SMALL_MAGVIT).eval())
    model, _ = load_generator(generator)
    return model, BundledRows(model, load_tokenizer(tokenizer)[0])


def captions_and_images(folder: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Text (P, T), chosen and rejected images (P, H, W, 3) of a folder."""
    images = load_file(folder / "images.safetensors")
    return read_pairs([folder / "pairs.arrow"]).text, images["chosen"], images["rejected"]
