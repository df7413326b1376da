"""How often a true caption is told from a false one, by what is false about it.

    npx tsx scripts/build/render-scenes.ts --count 12000 --seed 4 --prompts evaluation \
        --out build/scenes-evaluation.arrow
    python -m espalier_torch.pretrain.tokenise --scenes build/scenes-evaluation.arrow \
        --tokenizer data/models/scenes-tokenizer --out build/scenes-evaluation.tokens.arrow
    python -m espalier_torch.pretrain.falsehoods --scenes build/scenes-evaluation.tokens.arrow \
        --judge data/models/scenes-judge-zero-shot --generator data/models/scenes-base

Perfect scenes of combinations that no training saw. A bag of words stays at 0.5 where the same words are said in
another order. Prints one JSON object: a judge by its answer to "outcome", a generator by the likelihood of tokens that
are hidden at ratios from 0.75 to 1, where composition is decided.
"""

import argparse
import json
from collections.abc import Callable

import torch
from torch import Tensor

from espalier_torch.families.bundled.generator import Generator, load_generator
from espalier_torch.families.bundled.judge import Judge, load_judge
from espalier_torch.pretrain.masking import mask
from espalier_torch.pretrain.tokenised import TRUE, Scenes

BATCH = 64
Score = Callable[[Tensor, Tensor, int], Tensor]
"""(B, T) captions, (B, N) tokens and the number of the batch -> (B,), higher where the caption seems truer."""


@torch.no_grad()
def by_kind(scenes: Scenes, score: Score, limit: int) -> dict[str, dict[str, float]]:
    """Share of at most `limit` scenes whose true caption scores above a false one, of each kind; a tie is half."""
    found = {}
    for number, kind in enumerate(scenes.kinds):
        rows = (scenes.falsehoods == number).any(1).nonzero().flatten()[:limit]
        if len(rows) == 0:
            continue
        false = 1 + (scenes.falsehoods[rows] == number).int().argmax(1)
        wins = [
            compared(scenes, score, part, caption, index)
            for index, (part, caption) in enumerate(zip(rows.split(BATCH), false.split(BATCH), strict=True))
        ]
        found[kind] = {"told": round(torch.cat(wins).mean().item(), 3), "scenes": len(rows)}
    return found


def compared(scenes: Scenes, score: Score, rows: Tensor, false: Tensor, index: int) -> Tensor:
    """(B,) 1 where the true caption scores higher, 0.5 for a tie."""
    truth, other = (scenes.captioned(rows, caption) for caption in (torch.full_like(false, TRUE), false))
    high, low = (score(one.text, one.tokens, index) for one in (truth, other))
    return (high > low).float().cpu() + 0.5 * (high == low).float().cpu()


def outcome_score(judge: Judge) -> Score:
    """The judge's logit of its first question, "outcome"."""
    return lambda text, tokens, _: judge(text, tokens)[:, 0].float()


def likelihood_score(generator: Generator, draws: int = 4) -> Score:
    """Mean log-likelihood over masks of high ratios, the same ones for every caption of a scene."""

    def score(text: Tensor, tokens: Tensor, index: int) -> Tensor:
        source = torch.Generator().manual_seed(index)
        total = torch.zeros(len(tokens), device=tokens.device)
        for _ in range(draws):
            ratio = 0.75 + 0.25 * torch.rand(len(tokens), generator=source)
            masked, chosen = mask(tokens, generator.config.codebook_size, ratio, source)
            found = generator(text, masked).float().log_softmax(-1)
            total += (found.gather(-1, tokens.unsqueeze(-1)).squeeze(-1) * chosen).sum(1)
        return total / draws

    return score


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True, help="tokenised scenes of held-out combinations")
    parser.add_argument("--judge", action="append", default=[], help="judge checkpoint folder; may be repeated")
    parser.add_argument("--generator", action="append", default=[], help="generator checkpoint folder; may be repeated")
    parser.add_argument("--limit", type=int, default=1000, help="scenes of each kind, at most")
    arguments = parser.parse_args()
    scenes = Scenes(arguments.scenes)
    judges = {folder: outcome_score(load_judge(folder)[0]) for folder in arguments.judge}
    generators = {folder: likelihood_score(load_generator(folder)[0]) for folder in arguments.generator}
    found = {folder: by_kind(scenes, score, arguments.limit) for folder, score in {**judges, **generators}.items()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
