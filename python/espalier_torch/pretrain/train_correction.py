"""Teaches a generator self-correction: to repair a wrong image of a prompt, given the image and what is wrong with it.

    python -m espalier_torch.pretrain.train_correction --generator data/models/scenes-base \
        --corrections build/corrections.arrow --images build/labelled.arrow --out data/models/scenes-self-correct

Masked-token prediction of the right image as in pre-training, with the wrong image and the reasons as further input
(PARM++, arXiv 2501.13926, section 4.2). A share of every batch has no correction: there the generator is held to the
distribution of the one it came from (cross-entropy against its predictions on images it sampled), so that it
draws without a correction as it did before.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.families.bundled.export import export_generator
from espalier_torch.families.bundled.generator import Correction, Generator, correctable, load_generator
from espalier_torch.pretrain.masking import background_weights, mask
from espalier_torch.pretrain.scenes import batches
from espalier_torch.runtime.files import sha256_of

WITHOUT_REASONS = 0.15
"""Share of corrections that do not say what is wrong."""
WITHOUT_PROMPT = 0.1
"""Share of corrections that say neither that nor the prompt: the null branch of guidance."""


class Groups:
    """Correction groups in memory: text (G, T), bad_tokens and good_tokens (G, N) int64, reasons (G, R) float32."""

    def __init__(self, file: str):
        columns = read_columns(file, ["text", "bad_tokens", "good_tokens", "reasons"])
        self.text, self.bad, self.good = columns["text"], columns["bad_tokens"], columns["good_tokens"]
        self.reasons = columns["reasons"].float()

    def __len__(self) -> int:
        return len(self.text)

    def batch(self, size: int) -> tuple[Tensor, Correction, Tensor]:
        """(B, T) prompts, what is to be corrected, and the (B, N) tokens that correct it."""
        rows = torch.randint(len(self), (size,))
        silent = torch.rand(size)
        prompts = self.text[rows] * (silent >= WITHOUT_PROMPT)[:, None]
        reasons = self.reasons[rows] * (silent >= WITHOUT_PROMPT + WITHOUT_REASONS)[:, None]
        return prompts, Correction(self.bad[rows], reasons), self.good[rows]


class Images:
    """Generated images and their prompts in memory: text (R, T) and tokens (R, N) int64."""

    def __init__(self, file: str):
        columns = read_columns(file, ["text", "tokens"])
        self.text, self.tokens = columns["text"], columns["tokens"]

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """(B, T) prompts, a tenth of them empty, and (B, N) tokens."""
        rows = torch.randint(len(self.text), (size,))
        return self.text[rows] * (torch.rand(size) >= WITHOUT_PROMPT)[:, None], self.tokens[rows]


def read_columns(file: str, names: list[str]) -> dict[str, Tensor]:
    """Fixed-size list columns of an Arrow stream as int64 tensors. Raises ValueError when one is missing or empty."""
    read = list(batches(file))
    missing = [name for name in names if not read or name not in read[0].schema.names]
    if missing:
        raise ValueError(f"{file} lacks {', '.join(missing)}: expected an Arrow stream of at least one row with it")
    return {
        name: torch.from_numpy(np.concatenate([fixed_lists(part.column(name), "int64") for part in read]))
        for name in names
    }


class Losses:
    """The two losses of a step. `base` is the generator that fine-tuning starts from, unchanged.

    Tokens in which the right image differs from the wrong one count `changed` times: copying is soon learned.
    """

    def __init__(self, model: Generator, base: Generator, images: Images, changed: float):
        self.changed = changed
        self.model, self.base = model, base.eval().requires_grad_(False)
        self.weights = background_weights(images.tokens, model.config.codebook_size)

    def correction(self, text: Tensor, correction: Correction, good: Tensor, masked: Tensor, hidden: Tensor) -> Tensor:
        """Cross-entropy of the right image's hidden tokens; codes that fill the background count less."""
        logits = self.model(text, masked, correction)[hidden]
        repaired = torch.where(correction.previous != good, self.changed, 1.0)
        weights = self.weights[good[hidden]] * repaired[hidden]
        return (F.cross_entropy(logits, good[hidden], reduction="none") * weights).sum() / weights.sum()

    def plain(self, text: Tensor, masked: Tensor, hidden: Tensor) -> Tensor:
        """Divergence from the base where nothing is to be corrected: KL(base, model), mean over hidden tokens."""
        with torch.no_grad():
            target = self.base(text, masked)[hidden].log_softmax(-1)
        found = self.model(text, masked)[hidden].log_softmax(-1)
        return F.kl_div(found, target, reduction="batchmean", log_target=True)


def optimizer_of(model: Generator, learning_rate: float) -> torch.optim.AdamW:
    """AdamW; the correction's own weights start at zero and learn ten times as fast as the others."""
    new = {id(parameter) for parameter in model.correction.parameters()}
    old = [parameter for parameter in model.parameters() if id(parameter) not in new]
    groups = [
        {"params": old, "peak": learning_rate},
        {"params": list(model.correction.parameters()), "peak": 10 * learning_rate},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.0)


def train(arguments: argparse.Namespace) -> None:
    """Trains for `arguments.steps` and writes the checkpoint folder."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    groups, images = Groups(arguments.corrections), Images(arguments.images)
    base, record = load_generator(arguments.generator)
    model = correctable(base, groups.reasons.shape[1]).train()
    averaged = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer, losses = optimizer_of(model, arguments.learning_rate), Losses(model, base, images, arguments.changed)
    plain_rows = round(arguments.batch * arguments.plain)
    mask_id, started, running = model.config.codebook_size, time.monotonic(), np.zeros(2)
    for step in range(arguments.steps):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * rate_at(step, arguments.steps)
        text, correction, good = groups.batch(arguments.batch - plain_rows)
        corrected = losses.correction(text, correction, good, *mask(good, mask_id))
        text, tokens = images.batch(plain_rows)
        kept = losses.plain(text, *mask(tokens, mask_id))
        optimizer.zero_grad()
        (corrected + kept).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                averaged[name].lerp_(parameter, 1 - min(arguments.average, (step + 1) / (step + 10)))
        running += [corrected.item(), kept.item()]
        if (step + 1) % 50 == 0:
            loss, drift = running / 50
            print(f"step {step + 1} loss {loss:.4f} drift {drift:.4f} {time.monotonic() - started:.0f}s", flush=True)
            running[:] = 0
    save(averaged_copy(model, averaged), arguments, record["identity"], len(groups))


def rate_at(step: int, steps: int) -> float:
    """Share of the peak learning rate: a short rise, then half a cosine down to 0."""
    return min(1.0, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * step / steps))


def averaged_copy(model: Generator, averaged: dict[str, Tensor]) -> Generator:
    """A generator with the averaged weights."""
    copy = Generator(model.config)
    copy.load_state_dict({**model.state_dict(), **averaged})
    return copy.eval()


def save(model: Generator, arguments: argparse.Namespace, parent: str, groups: int) -> None:
    """Writes safetensors, ONNX and checkpoint.json."""
    training = {
        "method": "self-correction",
        "corrections": {"sha256": sha256_of(Path(arguments.corrections)), "count": groups},
        "images": {"sha256": sha256_of(Path(arguments.images))},
        "steps": arguments.steps,
        "batch": arguments.batch,
        "plain": arguments.plain,
        "changed": arguments.changed,
        "learning_rate": arguments.learning_rate,
        "average": arguments.average,
        "seed": arguments.seed,
    }
    exports = export_generator(model, arguments.out)
    write_checkpoint(arguments.out, "generator", model, exports=exports, parents=[parent], training=training)


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", required=True, help="generator checkpoint folder to start from")
    parser.add_argument("--corrections", required=True, help="correction groups (Arrow)")
    parser.add_argument("--images", required=True, help="generations of that generator, right and wrong ones (Arrow)")
    parser.add_argument("--out", required=True, help="checkpoint folder to write")
    parser.add_argument("--steps", type=int, default=1500, help="optimizer steps")
    parser.add_argument("--batch", type=int, default=64, help="images a step")
    parser.add_argument("--plain", type=float, default=0.2, help="share of a batch without correction")
    parser.add_argument("--changed", type=float, default=3.0, help="weight of tokens that a correction changes")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--average", type=float, default=0.99, help="decay of the weights' moving average")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
