"""A bundled next-token generator with random weights, for the real tokenizer and vocabulary, and what it draws.

python python/tests/random_scenes_next_token.py FOLDER     writes the checkpoint, and draws.json beside it
"""

import json
import sys
from pathlib import Path

import torch

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.raster import sample
from espalier_torch.families.bundled.tokenizer import load_tokenizer
from espalier_torch.families.bundled_next_token.export import export_next_token
from espalier_torch.families.bundled_next_token.family import read_words
from espalier_torch.families.bundled_next_token.generator import FAMILY, NextTokenConfig, NextTokenGenerator

MODELS = Path(__file__).parents[2] / "data" / "models"
TEXTS, SEEDS = [[1, 2, 3, 0, 0, 0, 0, 0], [4, 5, 0, 0, 0, 0, 0, 0], [6, 7, 8, 9, 10, 0, 0, 0]], [7, 8, 4294967295]


def random_generator() -> NextTokenGenerator:
    """Narrow, and decided enough that its draws differ by caption."""
    torch.manual_seed(3)
    tokenizer, record = load_tokenizer(MODELS / "scenes-tokenizer")
    sizes = {name: record["config"][name] for name in ("grid", "codebook_size", "code_width")}
    known = json.loads((MODELS / "scenes-base" / "checkpoint.json").read_text())["config"]["vocabulary_size"]
    model = NextTokenGenerator(NextTokenConfig(known, **sizes, width=32, layers=2, heads=2))
    model.codebook.copy_(tokenizer.codebook / tokenizer.codebook.std())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


if __name__ == "__main__":
    folder, generator = Path(sys.argv[1]), random_generator()
    files = export_next_token(generator, folder)
    write_checkpoint(folder, "generator", generator, exports=files, parents=[], training={}, family=FAMILY)
    drawing = DrawSettings(guidance_scale=2.0, temperature=0.7)
    codes = sample(generator, read_words, torch.tensor(TEXTS), SEEDS, drawing)
    likeliest = sample(generator, read_words, torch.tensor(TEXTS), SEEDS, DrawSettings(2.0, temperature=0))
    found = {"texts": TEXTS, "seeds": SEEDS, "codes": codes.tolist(), "likeliest": likeliest.tolist()}
    (folder / "draws.json").write_text(json.dumps(found))
