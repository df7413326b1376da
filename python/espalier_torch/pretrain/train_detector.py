"""Trains the second detector on rendered scenes, half of them as the tokenizer draws them again.

npx tsx scripts/build/object-scenes.ts --out build/object-scenes.arrow
python -m espalier_torch.pretrain.train_detector --scenes build/object-scenes.arrow --out build/scenes-detector
"""

import argparse

import numpy as np
import torch
from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.families.bundled.tokenizer import Tokenizer, load_tokenizer
from espalier_torch.families.pixels import to_unit
from espalier_torch.pretrain.object_detector import (
    COLORS,
    NO_PLACE,
    SHAPES,
    TOKEN_SIDE,
    DetectorConfig,
    ObjectDetector,
    box_at,
)
from espalier_torch.pretrain.scenes import PIXELS, batches

RISE = 50
"""Steps over which the learning rate rises."""
FALL = 0.5
"""Share of the steps over which it falls."""
VALIDATION = 1000
"""Scenes, the last ones, that are not trained on."""


def read_scenes(file: str) -> dict[str, Tensor]:
    """pixels (R, 64, 64, 3) uint8; places, shapes and colors (R, O) int64."""
    read = list(batches(file))
    pixels = np.concatenate([fixed_lists(batch.column("pixels"), "uint8") for batch in read])
    found = {"pixels": torch.from_numpy(pixels).view(-1, *PIXELS)}
    for name in ("places", "shapes", "colors"):
        found[name] = torch.from_numpy(np.concatenate([fixed_lists(batch.column(name), "int64") for batch in read]))
    return found


def redrawn(pixels: Tensor, tokenizer: Tokenizer, share: float, source: torch.Generator) -> Tensor:
    """(B, 3, 64, 64) in [-1, 1]: a share of the images as the tokenizer's codes show them."""
    images = to_unit(pixels)
    chosen = torch.rand(len(images), generator=source) < share
    if chosen.any():
        with torch.no_grad():
            images[chosen] = tokenizer.decode(tokenizer.encode(images[chosen])).clamp(-1, 1)
    return images


def train(arguments: argparse.Namespace) -> None:
    """Runs all steps, measures what was held back, and writes the checkpoint."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    source = torch.Generator().manual_seed(arguments.seed)
    scenes = read_scenes(arguments.scenes)
    tokenizer, about = load_tokenizer(arguments.tokenizer)
    trained = len(scenes["pixels"]) - VALIDATION
    if trained < arguments.batch:
        raise SystemExit(f"{arguments.scenes} has {len(scenes['pixels'])} scenes; expected over {VALIDATION} more")
    detector = ObjectDetector(DetectorConfig())
    optimizer = torch.optim.AdamW(detector.parameters(), lr=arguments.learning_rate, weight_decay=1e-4)
    for step in range(arguments.steps):
        left = (arguments.steps - step) / (FALL * arguments.steps)
        for group in optimizer.param_groups:
            group["lr"] = arguments.learning_rate * min(1.0, (step + 1) / RISE, left)
        rows = torch.randint(trained, (arguments.batch,), generator=source)
        images = redrawn(scenes["pixels"][rows], tokenizer, 0.5, source)
        loss = detector.loss(images, *(scenes[name][rows] for name in ("places", "shapes", "colors")))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {loss.item():.4f}", flush=True)
    right = validated({name: values[trained:] for name, values in scenes.items()}, detector.eval(), tokenizer)
    print(f"{right:.3f} of {VALIDATION} scenes that were not trained on are seen exactly as they are")
    training = {**vars(arguments), "scenes_seen_exactly": right}
    write_checkpoint(arguments.out, "detector", detector, exports=[], parents=[about["identity"]], training=training)


def validated(scenes: dict[str, Tensor], detector: ObjectDetector, tokenizer: Tokenizer) -> float:
    """Share of scenes, redrawn, of which every object and nothing else is found with its shape and colour."""
    source = torch.Generator().manual_seed(0)
    exact = 0
    for rows in torch.arange(len(scenes["pixels"])).split(100):
        images = redrawn(scenes["pixels"][rows], tokenizer, 1.0, source)
        for row, found in zip(rows.tolist(), detector.detect(images, least=0.3), strict=True):
            exact += said(found) == drawn({name: values[row] for name, values in scenes.items()})
    return exact / len(scenes["pixels"])


def said(found: list[dict]) -> list[tuple]:
    """Places, shapes and colours of detections, sorted."""
    return sorted((*one["box"][:2], one["class"], one["color"]) for one in found)


def drawn(scene: dict[str, Tensor]) -> list[tuple]:
    """The same of one scene's objects."""
    grid = PIXELS[0] // TOKEN_SIDE
    objects = zip(*(scene[name].tolist() for name in ("places", "shapes", "colors")), strict=True)
    return sorted(
        (*box_at(place % grid, place // grid)[:2], SHAPES[shape], COLORS[color])
        for place, shape, color in objects
        if place != NO_PLACE
    )


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True, help="Arrow file of scripts/build/object-scenes.ts")
    parser.add_argument("--tokenizer", default="data/models/scenes-tokenizer")
    parser.add_argument("--out", required=True, help="checkpoint folder to write")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
