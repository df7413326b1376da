"""What the second detector sees in labelled generations: one JSON array of objects a line, in their order.

python -m espalier_torch.pretrain.detect --detector build/scenes-detector --labelled build/images.arrow \\
    --out build/seen.jsonl
"""

import argparse
import json

import numpy as np
import torch

from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.families.bundled.tokenizer import load_tokenizer
from espalier_torch.pretrain.object_detector import load_detector
from espalier_torch.pretrain.scenes import batches

BATCH = 64


def main() -> None:
    """Parses the command line, detects, and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detector", required=True, help="checkpoint folder of train_detector")
    parser.add_argument("--tokenizer", default="data/models/scenes-tokenizer")
    parser.add_argument("--labelled", required=True, help="Arrow file of labelled generations")
    parser.add_argument("--out", required=True, help="JSON lines to write")
    arguments = parser.parse_args()
    detector, _ = load_detector(arguments.detector)
    tokenizer, _ = load_tokenizer(arguments.tokenizer)
    tokens = np.concatenate([fixed_lists(batch.column("tokens"), "int64") for batch in batches(arguments.labelled)])
    with open(arguments.out, "w") as out, torch.no_grad():
        for part in torch.from_numpy(tokens).split(BATCH):
            for found in detector.detect(tokenizer.decode(part).clamp(-1, 1)):
                out.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
