"""Trains the bundled tokenizer on rendered scenes.

npx tsx scripts/build/render-scenes.ts --count 120000 --seed 1 --out build/scenes-train.arrow
python -m espalier_torch.pretrain.train_tokenizer --scenes build/scenes-train.arrow --out data/models/scenes-tokenizer
"""

import argparse
import time

import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled.export import export_tokenizer
from espalier_torch.families.bundled.tokenizer import Tokenizer, TokenizerConfig
from espalier_torch.families.pixels import to_unit
from espalier_torch.pretrain.scenes import read_pixels


class Codebook:
    """Exponential moving averages of the vectors assigned to each code (arXiv 1711.00937, appendix A.1)."""

    def __init__(self, tokenizer: Tokenizer, decay: float):
        self.codebook = tokenizer.codebook
        self.decay = decay
        self.counts = torch.ones(len(self.codebook))
        self.sums = self.codebook.clone()

    def start(self, features: Tensor) -> None:
        """k-means on (M, D) features, from random members."""
        codes = features[torch.randperm(len(features))[: len(self.codebook)]].clone()
        for _ in range(10):
            assigned = torch.cdist(features, codes).argmin(1)
            counts = torch.bincount(assigned, minlength=len(codes))
            sums = torch.zeros_like(codes).index_add_(0, assigned, features)
            codes = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], codes)
        self.codebook.copy_(codes)
        self.sums, self.counts = codes.clone(), torch.ones(len(codes))

    def update(self, features: Tensor, assigned: Tensor) -> None:
        """One step from (M, D) features and their (M,) codes; dead codes restart at random features."""
        counts = torch.bincount(assigned, minlength=len(self.codebook)).float()
        sums = torch.zeros_like(self.codebook).index_add_(0, assigned, features)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        dead = self.counts < DEAD_COUNT
        if dead.any():
            restart = features[torch.randint(len(features), (int(dead.sum()),))]
            self.sums[dead] = restart
            self.counts[dead] = 1.0
        self.codebook.copy_(self.sums / self.counts[:, None])


DEAD_COUNT = 0.01


def train(arguments: argparse.Namespace) -> None:
    """Runs for `arguments.seconds` of wall time or `arguments.steps` optimizer steps, whichever ends first."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    pixels = read_pixels(arguments.scenes, arguments.limit)
    tokenizer = Tokenizer(TokenizerConfig(codebook_size=arguments.codebook_size))
    codebook = Codebook(tokenizer, decay=0.99)
    optimizer = torch.optim.AdamW(tokenizer.parameters(), lr=arguments.learning_rate, weight_decay=1e-4)
    started, step = time.monotonic(), 0
    progress = 0.0
    while progress < 1:
        for group in optimizer.param_groups:
            group["lr"] = arguments.learning_rate * min(1.0, step / 50, (1 - progress) / 0.4 + 0.02)
        images = to_unit(pixels[torch.randint(len(pixels), (arguments.batch,))])
        features = tokenizer.features(images)
        if step < arguments.plain_steps:
            quantised, commitment = features, torch.zeros(())
        else:
            if step == arguments.plain_steps:
                codebook.start(sample_features(tokenizer, pixels))
            flat = features.detach().flatten(0, 1)
            assigned = tokenizer.nearest(flat)
            codes = F.embedding(assigned, tokenizer.codebook).view_as(features)
            commitment = F.mse_loss(features, codes)
            quantised = features + (codes - features).detach()
            codebook.update(flat, assigned)
        decoded = tokenizer.decode_features(quantised)
        loss = F.mse_loss(decoded, images) + 0.15 * F.l1_loss(decoded, images) + 0.25 * commitment
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        elapsed = time.monotonic() - started
        progress = max(elapsed / arguments.seconds, step / arguments.steps)
        if step % 100 == 0:
            used = int((codebook.counts > 0.05).sum())
            print(f"step {step} loss {loss.item():.5f} codes {used} {elapsed:.0f}s", flush=True)
    training = {"scenes": arguments.limit, "steps": step, **vars(arguments)}
    save(tokenizer, arguments.out, training)


@torch.no_grad()
def sample_features(tokenizer: Tokenizer, pixels: Tensor) -> Tensor:
    """About 30,000 feature vectors, those of objects over-represented: (M, D)."""
    features = tokenizer.features(to_unit(pixels[torch.randint(len(pixels), (1500,))])).flatten(0, 1)
    centre = features.median(0).values
    distance = (features - centre).norm(dim=1)
    keep = torch.rand(len(features)) < (distance / distance.quantile(0.9)).clamp(0.02, 1)
    return features[keep]


def save(tokenizer: Tokenizer, folder: str, training: dict) -> None:
    """Writes safetensors, ONNX and checkpoint.json."""
    exports = export_tokenizer(tokenizer, folder)
    write_checkpoint(folder, "tokenizer", tokenizer, exports=exports, parents=[], training=training)


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True, help="Arrow stream of rendered scenes")
    parser.add_argument("--out", required=True, help="checkpoint folder to write")
    parser.add_argument("--limit", type=int, default=40_000, help="scenes to read")
    parser.add_argument("--codebook-size", type=int, default=1024)
    parser.add_argument("--seconds", type=float, default=1e9, help="wall time to train for")
    parser.add_argument("--steps", type=int, default=4_000, help="optimizer steps at most")
    parser.add_argument("--plain-steps", type=int, default=300, help="steps before quantisation starts")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
