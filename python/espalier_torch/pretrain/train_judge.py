"""Trains the bundled judge: the "zero-shot" one on rendered scenes, the "fine-tuned" one on labelled generations too.

    python -m espalier_torch.pretrain.train_judge --scenes build/scenes-train.safetensors \
        --generator data/models/scenes-base --out data/models/scenes-judge-zero-shot --seconds 400
    npx tsx scripts/label-generations.ts --out build/labelled.arrow
    python -m espalier_torch.pretrain.train_judge --scenes build/scenes-train.safetensors \
        --generator data/models/scenes-base --start data/models/scenes-judge-zero-shot \
        --labelled build/labelled.arrow --out data/models/scenes-judge-fine-tuned --seconds 400

"Zero-shot" means, as in arXiv 2501.13926, a judge that never saw a generated image.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.checkpoint_folder import load_weights, read_checkpoint, sha256_of, write_checkpoint
from espalier_torch.export import export_judge
from espalier_torch.models.generator import load_generator
from espalier_torch.models.judge import Judge
from espalier_torch.pretrain.scenes import batches, fixed_lists
from espalier_torch.pretrain.train_generator import Scenes

QUESTIONS = ["outcome"]
PAIRWISE_WEIGHT = 0.5


class Labelled:
    """Generated images with a detector's label; pairs of a right and a wrong image of one prompt.

    Arrow columns: text fixed list uint16[T], tokens fixed list uint16[N], label uint8 (1 = right), prompt_index int32.
    The last tenth of the prompts is kept for the report.
    """

    def __init__(self, file: str):
        found: dict[str, list[np.ndarray]] = {"text": [], "tokens": [], "label": [], "prompt_index": []}
        for batch in batches(file):
            for name, parts in found.items():
                column = batch.column(name)
                parts.append(
                    fixed_lists(column, "int64")
                    if name in ("text", "tokens")
                    else column.to_numpy(zero_copy_only=False)
                )
        columns = {name: torch.from_numpy(np.concatenate(parts).astype("int64")) for name, parts in found.items()}
        self.text, self.tokens = columns["text"], columns["tokens"]
        self.label, self.prompt = columns["label"], columns["prompt_index"]
        kept = self.prompt > int(self.prompt.max()) * 9 // 10
        self.right, self.wrong = self.members(~kept)
        self.held_right, self.held_wrong = self.members(kept)

    def members(self, among: Tensor) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
        """Row numbers of right and of wrong images per prompt, only prompts that have both."""
        found = []
        for label in (1, 0):
            rows = ((self.label == label) & among).nonzero().flatten()
            prompts = self.prompt[rows]
            found.append({int(p): rows[prompts == p] for p in prompts.unique()})
        both = found[0].keys() & found[1].keys()
        return tuple({p: rows[p] for p in sorted(both)} for rows in found)  # type: ignore[return-value]

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """(size,) rows of right and (size,) rows of wrong images, pair by pair of one prompt."""
        prompts = list(self.right)
        chosen = [prompts[i] for i in torch.randint(len(prompts), (size,)).tolist()]
        pick = [[rows[p][torch.randint(len(rows[p]), (1,))] for p in chosen] for rows in (self.right, self.wrong)]
        return torch.cat(pick[0]), torch.cat(pick[1])


def scene_batch(scenes: Scenes, size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The same (size, N) scenes under true and under minimally wrong (size, T) captions."""
    rows = torch.randint(len(scenes.tokens), (size,))
    tokens = scenes.tokens[rows].long()
    false = scenes.wrong_texts[rows, torch.randint(scenes.wrong_texts.shape[1], (size,))].long()
    return scenes.text[rows].long(), tokens, false, tokens


def pair_loss(right: Tensor, wrong: Tensor) -> Tensor:
    """Binary cross-entropy of both sides plus the pairwise logistic loss (Bradley-Terry). (B,), (B,) -> ()."""
    absolute = (F.softplus(-right) + F.softplus(wrong)) / 2
    return (absolute + PAIRWISE_WEIGHT * F.softplus(wrong - right)).mean()


def train(arguments: argparse.Namespace) -> None:
    """Trains for `arguments.seconds` of wall time."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    scenes = Scenes(arguments.scenes)
    labelled = Labelled(arguments.labelled) if arguments.labelled else None
    generator, generator_record = load_generator(arguments.generator)
    judge = Judge.from_generator(generator, len(QUESTIONS))
    parents = [generator_record["identity"]]
    if arguments.start:
        parents.append(read_checkpoint(arguments.start, "judge")["identity"])
        load_weights(arguments.start, "judge", judge)
    judge.train()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=arguments.learning_rate, weight_decay=0.02)

    def loss_of(true_text: Tensor, right: Tensor, false_text: Tensor, wrong: Tensor) -> Tensor:
        answers = judge(torch.cat([true_text, false_text]), torch.cat([right, wrong]))[:, 0]
        return pair_loss(*answers.chunk(2))

    compiled = torch.compile(loss_of) if arguments.compile else loss_of
    averaged = {name: p.detach().clone() for name, p in judge.named_parameters()}
    started, step, running = time.monotonic(), 0, 0.0
    while (progress := (time.monotonic() - started) / arguments.seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = arguments.learning_rate * min(1.0, (step + 1) / 100, (1 - progress) / 0.6 + 0.005)
        batch = scene_batch(scenes, arguments.batch)
        if labelled is not None:
            keep = arguments.batch // 4
            right, wrong = labelled.batch(arguments.batch - keep)
            generated = (labelled.text[right], labelled.tokens[right], labelled.text[wrong], labelled.tokens[wrong])
            batch = tuple(torch.cat([one[:keep], other]) for one, other in zip(batch, generated, strict=True))
        loss = compiled(*batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for name, p in judge.named_parameters():
                averaged[name].lerp_(p, 1 - min(0.99, (step + 1) / (step + 10)))
        running += loss.item()
        step += 1
        if step % 100 == 0:
            print(f"step {step} loss {running / 100:.4f} {time.monotonic() - started:.0f}s", flush=True)
            running = 0.0
    judge.load_state_dict({**judge.state_dict(), **averaged})
    judge.eval()
    ranking = within_prompt_area(judge, labelled) if labelled is not None else None
    print(f"within-prompt AUC on kept prompts: {ranking}", flush=True)
    save(judge, arguments, step, parents, ranking)


@torch.no_grad()
def within_prompt_area(judge: Judge, labelled: Labelled) -> float:
    """Mean over kept prompts with both outcomes of the AUC of the judge's scores within the prompt."""
    areas = []
    for prompt, right in labelled.held_right.items():
        scores = [
            judge(labelled.text[rows], labelled.tokens[rows])[:, 0] for rows in (right, labelled.held_wrong[prompt])
        ]
        wins = (scores[0][:, None] > scores[1][None]).float() + 0.5 * (scores[0][:, None] == scores[1][None]).float()
        areas.append(wins.mean().item())
    return float(np.mean(areas))


def save(judge: Judge, arguments: argparse.Namespace, steps: int, parents: list[str], ranking: float | None) -> None:
    """Writes safetensors, ONNX and checkpoint.json."""
    training = {
        "questions": QUESTIONS,
        "scenes_sha256": sha256_of(Path(arguments.scenes)),
        "labelled_sha256": sha256_of(Path(arguments.labelled)) if arguments.labelled else None,
        "steps": steps,
        "batch": arguments.batch,
        "learning_rate": arguments.learning_rate,
        "seconds": arguments.seconds,
        "seed": arguments.seed,
        "within_prompt_auc": ranking,
    }
    exports = export_judge(judge, arguments.out)
    write_checkpoint(
        arguments.out,
        "judge",
        judge,
        exports=exports,
        parents=parents,
        training=training,
        extra={"questions": QUESTIONS},
    )


def main() -> None:
    """Parses the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True, help="tokenised training scenes (safetensors)")
    parser.add_argument("--generator", required=True, help="generator checkpoint whose trunk the judge starts from")
    parser.add_argument("--start", help="judge checkpoint to start from")
    parser.add_argument("--labelled", help="labelled generations (Arrow)")
    parser.add_argument("--out", required=True, help="checkpoint folder to write")
    parser.add_argument("--seconds", type=float, default=400, help="wall time to train for")
    parser.add_argument("--batch", type=int, default=48, help="pairs a step")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, needs a C++ compiler")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
