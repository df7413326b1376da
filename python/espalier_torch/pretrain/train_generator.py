"""Trains the bundled generator on tokenised scenes whose captions are partly wrong, as web captions are.

    python -m espalier_torch.pretrain.train_generator --scenes build/scenes-train.safetensors \
        --held build/scenes-held.safetensors --tokenizer data/models/scenes-tokenizer \
        --out data/models/scenes-base --seconds 3600

A model trained to convergence on them draws well and listens badly: it knows what a caption means, and follows it
about as often as the captions it saw were right.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from espalier_torch.checkpoint_folder import load_weights, sha256_of, write_checkpoint
from espalier_torch.export import export_generator
from espalier_torch.models.generator import Generator, GeneratorConfig
from espalier_torch.models.tokenizer import load_tokenizer
from espalier_torch.pretrain.tokenise import TASKS

BACKGROUND_WEIGHT = 0.25


class Scenes:
    """Tokenised scenes in memory; batches with partly wrong captions."""

    def __init__(self, file: str):
        data = load_file(file)
        self.tokens, self.text = data["tokens"], data["text"]
        self.wrong_texts, self.task = data["wrong_texts"], data["task"]

    def batch(self, size: int, wrong: float, null: float) -> tuple[Tensor, Tensor]:
        """(B, T) int64 captions, a share `wrong` of them false and `null` of them empty, and (B, N) int64 tokens."""
        rows = torch.randint(len(self.tokens), (size,))
        text = self.text[rows].long()
        false = self.wrong_texts[rows, torch.randint(self.wrong_texts.shape[1], (size,))].long()
        text = torch.where((torch.rand(size) < wrong)[:, None], false, text)
        return text * (torch.rand(size) >= null)[:, None], self.tokens[rows].long()

    def background(self, codebook_size: int) -> Tensor:
        """(K,) loss weights: codes that fill the background count less."""
        share = torch.bincount(self.tokens.long().flatten(), minlength=codebook_size) / len(self.tokens)
        return torch.where(share > 0.5, BACKGROUND_WEIGHT, 1.0)


def mask(tokens: Tensor, mask_id: int, ratio: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Masks a share of each row drawn from the cosine schedule (arXiv 2202.04200), at least one token.

    Args:
        tokens: (B, N) int64.
        mask_id: id of the mask token.
        ratio: (B,) share to mask; drawn when absent.

    Returns:
        (B, N) masked tokens and (B, N) bool, true where masked.
    """
    size, length = tokens.shape
    ratio = torch.cos(torch.rand(size) * math.pi / 2) if ratio is None else ratio
    count = (ratio * length).ceil().clamp(1, length)
    chosen = torch.rand(size, length).argsort(1).argsort(1) < count[:, None]
    return tokens.masked_fill(chosen, mask_id), chosen


def optimizers(model: Generator, learning_rate: float) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al., 2024) for the blocks' matrices, AdamW for everything else."""
    matrices = [
        p
        for name, p in model.named_parameters()
        if p.ndim == 2 and (name.startswith("blocks.") or name == "caption.weight")
    ]
    chosen = set(map(id, matrices))
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=learning_rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.01),
    ]


def train(arguments: argparse.Namespace) -> None:
    """Trains for `arguments.seconds` of wall time; the learning rate falls linearly over the last part."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    scenes, held = Scenes(arguments.scenes), Scenes(arguments.held)
    model, tokenizer_identity = build(arguments, scenes)
    averaged = {name: p.detach().clone() for name, p in model.named_parameters()}
    weights = scenes.background(model.config.codebook_size)
    parts = optimizers(model, arguments.learning_rate)

    def loss_of(text: Tensor, tokens: Tensor, masked: Tensor, chosen: Tensor) -> Tensor:
        losses = F.cross_entropy(model(text, masked).flatten(0, 1), tokens.flatten(), reduction="none")
        weight = (weights[tokens] * chosen).flatten()
        return (losses * weight).sum() / weight.sum()

    compiled = torch.compile(loss_of) if arguments.compile else loss_of
    started, step, running = time.monotonic(), 0, 0.0
    next_look = arguments.look_every
    while (progress := (time.monotonic() - started) / arguments.seconds) < 1:
        scale = min(1.0, (step + 1) / 100, (1 - progress) / arguments.decay + 0.005)
        for part in parts:
            for group in part.param_groups:
                group["lr"] = arguments.learning_rate * scale
        text, tokens = scenes.batch(arguments.batch, arguments.wrong, 0.1)
        masked, chosen = mask(tokens, model.config.codebook_size)
        loss = compiled(text, tokens, masked, chosen)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for part in parts:
            part.step()
            part.zero_grad()
        step += 1
        with torch.no_grad():
            decay = min(arguments.average, (step + 1) / (step + 10))
            for name, p in model.named_parameters():
                averaged[name].lerp_(p, 1 - decay)
        running += loss.item()
        if step % 100 == 0:
            print(f"step {step} loss {running / 100:.4f} {time.monotonic() - started:.0f}s", flush=True)
            running = 0.0
        if time.monotonic() - started > next_look:
            next_look += arguments.look_every
            report(averaged_copy(model, averaged), held, arguments, step, tokenizer_identity)
    report(averaged_copy(model, averaged), held, arguments, step, tokenizer_identity)


def build(arguments: argparse.Namespace, scenes: Scenes) -> tuple[Generator, str]:
    """The model, its codebook copied from the tokenizer, and the tokenizer's identity."""
    tokenizer, record = load_tokenizer(arguments.tokenizer)
    vocabulary = int(max(scenes.text.max(), scenes.wrong_texts.max())) + 1
    config = GeneratorConfig(
        vocabulary_size=vocabulary,
        grid=record["config"]["grid"],
        codebook_size=record["config"]["codebook_size"],
        code_width=record["config"]["code_width"],
        width=arguments.width,
        layers=arguments.layers,
        heads=arguments.width // 32,
    )
    model = Generator(config)
    model.codebook.copy_(tokenizer.codebook / tokenizer.codebook.std())
    if arguments.start:
        load_weights(arguments.start, "generator", model)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters", flush=True)
    return model, record["identity"]


def averaged_copy(model: Generator, averaged: dict[str, Tensor]) -> Generator:
    """A generator with the averaged weights."""
    copy = Generator(model.config)
    copy.load_state_dict({**model.state_dict(), **averaged})
    return copy.eval()


def report(model: Generator, held: Scenes, arguments: argparse.Namespace, step: int, tokenizer: str) -> None:
    """Prints how well true captions are told from wrong ones on held scenes, and saves the checkpoint."""
    areas = caption_areas(model, held)
    print(f"step {step} caption AUC " + json.dumps(areas), flush=True)
    exports = export_generator(model, arguments.out)
    training = {
        **{name: value for name, value in vars(arguments).items() if name not in ("out", "start", "held", "tokenizer")},
        "scenes": Path(arguments.scenes).name,
        "scenes_sha256": sha256_of(Path(arguments.scenes)),
        "steps": step,
        "caption_auc": areas,
    }
    write_checkpoint(arguments.out, "generator", model, exports=exports, parents=[tokenizer], training=training)


@torch.no_grad()
def caption_areas(model: Generator, held: Scenes, size: int = 240, draws: int = 4) -> dict[str, float]:
    """Per task, how often a scene is likelier under its true caption than under a wrong one, same masks.

    Masks have ratios from 0.75 to 1, where composition is decided.
    """
    mask_id = model.config.codebook_size
    generator_state = torch.get_rng_state()
    torch.manual_seed(1)
    found = {}
    for index, task in enumerate(TASKS):
        rows = (held.task == index).nonzero().flatten()[:size]
        tokens = held.tokens[rows].long()
        wins = []
        for draw in range(draws):
            masked, chosen = mask(tokens, mask_id, 0.75 + 0.25 * torch.rand(len(rows)))
            true = likelihood(model, held.text[rows].long(), tokens, masked, chosen)
            false = likelihood(model, held.wrong_texts[rows, draw % 4].long(), tokens, masked, chosen)
            wins.append((true > false).float())
        found[task] = round(torch.stack(wins).mean().item(), 3)
    torch.set_rng_state(generator_state)
    return found


def likelihood(model: Generator, text: Tensor, tokens: Tensor, masked: Tensor, chosen: Tensor) -> Tensor:
    """(B,) summed log-likelihood of the masked tokens."""
    logits = model(text, masked).log_softmax(-1)
    return (logits.gather(-1, tokens.unsqueeze(-1)).squeeze(-1) * chosen).sum(1)


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True, help="tokenised training scenes (safetensors)")
    parser.add_argument("--held", required=True, help="tokenised scenes not trained on")
    parser.add_argument("--tokenizer", required=True, help="tokenizer checkpoint folder")
    parser.add_argument("--out", required=True, help="checkpoint folder to write")
    parser.add_argument("--start", help="generator checkpoint folder to start from")
    parser.add_argument("--seconds", type=float, default=3600, help="wall time to train for")
    parser.add_argument("--look-every", type=float, default=600, help="seconds between reports and saves")
    parser.add_argument("--decay", type=float, default=0.4, help="share of the time over which the learning rate falls")
    parser.add_argument("--wrong", type=float, default=0.4, help="share of captions that are wrong")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--average", type=float, default=0.998, help="decay of the weights' moving average")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile: about twice as fast, needs a C++ compiler"
    )
    train(parser.parse_args())


if __name__ == "__main__":
    main()
