"""What the bundled generator knows and what a judge sees, measured on labelled generations.

    npx tsx scripts/build/label-generations.ts --prompts data/prompts/held-out.jsonl --images 8 \
        --out build/held-labelled.arrow
    python -m espalier_torch.pretrain.measure --labelled build/held-labelled.arrow --generator data/models/scenes-base \
        --judge data/models/scenes-judge-zero-shot --judge data/models/scenes-judge-fine-tuned

Prints one JSON object. Ranking is always within a prompt, over prompts with both outcomes: an overall AUC would
mostly read the task's difficulty off the prompt.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.families.bundled.generator import Generator, load_generator
from espalier_torch.families.bundled.judge import load_judge
from espalier_torch.objective.masked_likelihood import scored_log_probabilities
from espalier_torch.pretrain.scenes import batches

BATCH = 64


class Generations:
    """Labelled images, R in all, as tensors; `prompt` says which belong together."""

    def __init__(self, file: str):
        read = list(batches(file))
        for name in ("text", "tokens", "committed_at"):
            setattr(self, name, torch.from_numpy(np.concatenate([fixed_lists(b.column(name), "int64") for b in read])))
        self.label = np.concatenate([b.column("label").to_numpy(zero_copy_only=False) for b in read]).astype(bool)
        self.prompt = np.concatenate([b.column("prompt_index").to_numpy(zero_copy_only=False) for b in read])
        self.tag = np.array([tag for b in read for tag in b.column("tag").to_pylist()])

    def scores(self, score: Callable[[Tensor, Tensor, Tensor], Tensor]) -> np.ndarray:
        """(R,) scores of (text, tokens, committed_at) batches."""
        parts = zip(*(t.split(BATCH) for t in (self.text, self.tokens, self.committed_at)), strict=True)
        with torch.no_grad():
            return torch.cat([score(*part) for part in parts]).numpy()


def ranking(data: Generations, scores: np.ndarray) -> dict[str, float]:
    """Mean within-prompt AUC of scores: overall and per task, over prompts with both outcomes."""
    found: dict[str, list[float]] = {}
    for prompt in np.unique(data.prompt):
        rows = data.prompt == prompt
        right, wrong = scores[rows & data.label], scores[rows & ~data.label]
        if len(right) and len(wrong):
            wins = (right[:, None] > wrong[None]) + 0.5 * (right[:, None] == wrong[None])
            found.setdefault(data.tag[rows][0], []).append(wins.mean())
    every = [area for areas in found.values() for area in areas]
    return {
        "overall": round(float(np.mean(every)), 3),
        "prompts": len(every),
        **{tag: round(float(np.mean(areas)), 3) for tag, areas in sorted(found.items())},
    }


def best_of(data: Generations, scores: np.ndarray) -> dict[str, float]:
    """Score of the best-scored image a prompt: overall (unweighted mean of tasks) and per task."""
    tasks: dict[str, list[bool]] = {}
    for prompt in np.unique(data.prompt):
        rows = np.flatnonzero(data.prompt == prompt)
        tasks.setdefault(data.tag[rows[0]], []).append(bool(data.label[rows[scores[rows].argmax()]]))
    return per_task(tasks)


def per_task(labels: dict[str, Any]) -> dict[str, float]:
    """Share of right images: the unweighted mean of the tasks, and each task."""
    means = {str(tag): round(float(np.mean(found)), 3) for tag, found in sorted(labels.items())}
    return {"overall": round(float(np.mean(list(means.values()))), 3), **means}


def likelihood_ratio(generator: Generator, ratio: float, draws: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """log p(masked | prompt) - log p(masked | no prompt), over `draws` masks of ratios from `ratio` to 1."""
    mask_id = generator.config.codebook_size
    source = torch.Generator().manual_seed(0)

    def score(text: Tensor, tokens: Tensor, _: Tensor) -> Tensor:
        total = torch.zeros(len(tokens))
        for draw in range(draws):
            count = round(tokens.shape[1] * (ratio + (1 - ratio) * (draw + 0.5) / draws))
            # One mask a draw for all images: images of a prompt are compared under the same masks.
            hidden = (torch.rand(tokens.shape[1], generator=source).argsort().argsort() < count).expand(tokens.shape)
            total += log_ratio(generator, text, tokens, hidden, hidden, mask_id)
        source.manual_seed(0)
        return total / draws

    return score


def path_likelihood_ratio(generator: Generator) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The same along each image's own sampling path, every step."""
    mask_id = generator.config.codebook_size

    def score(text: Tensor, tokens: Tensor, committed_at: Tensor) -> Tensor:
        steps = range(int(committed_at.max()) + 1)
        each = [
            log_ratio(generator, text, tokens, committed_at >= step, committed_at == step, mask_id) for step in steps
        ]
        return torch.stack(each).sum(0)

    return score


def log_ratio(
    generator: Generator, text: Tensor, tokens: Tensor, hidden: Tensor, scored: Tensor, mask_id: int
) -> Tensor:
    """(B,) log-likelihood of the scored tokens with the prompt less that without."""
    given = scored_log_probabilities(generator, text, tokens, hidden, scored, mask_id)
    return given - scored_log_probabilities(generator, torch.zeros_like(text), tokens, hidden, scored, mask_id)


def likelihood_ratios(data: Generations, folder: str) -> dict[str, dict[str, float]]:
    """How well the generator itself ranks its images, three ways."""
    generator, _ = load_generator(folder)
    return {
        "masks of any ratio": ranking(data, data.scores(likelihood_ratio(generator, 0.0, 6))),
        "masks above 0.75": ranking(data, data.scores(likelihood_ratio(generator, 0.75, 6))),
        "own path": ranking(data, data.scores(path_likelihood_ratio(generator))),
    }


def measure(arguments: argparse.Namespace) -> dict:
    """All figures of one labelled file."""
    data = Generations(arguments.labelled)
    found: dict[str, Any] = {
        "images": len(data.label),
        "mean": per_task({tag: data.label[data.tag == tag] for tag in np.unique(data.tag)}),
        "pass": best_of(data, data.label),
    }
    if not arguments.judges_only:
        found["likelihood_ratio"] = likelihood_ratios(data, arguments.generator)
    for folder in arguments.judge:
        judge, _ = load_judge(folder)
        scores = data.scores(lambda text, tokens, _, judge=judge: judge(text, tokens)[:, 0])
        found[folder] = {"within_prompt_auc": ranking(data, scores), "best_of_n": best_of(data, scores)}
    return found


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", required=True, help="labelled generations (Arrow)")
    parser.add_argument("--generator", required=True, help="generator checkpoint folder")
    parser.add_argument("--judge", action="append", default=[], help="judge checkpoint folder; may be repeated")
    parser.add_argument("--judges-only", action="store_true", help="leave out what the generator itself knows")
    print(json.dumps(measure(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
