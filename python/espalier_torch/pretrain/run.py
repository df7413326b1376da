"""One pre-training run: its state, its schedule, and which weights are kept."""

import copy
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.resumable_run import state_of_this_run, written_as_one
from espalier_torch.checkpoints.resumable_state import copied, load_group, load_optimizer, optimizer_tensors, save_state
from espalier_torch.pretrain.curve import Curve
from espalier_torch.pretrain.generator_task import GeneratorTask
from espalier_torch.pretrain.judge_task import JudgeTask, named_files
from espalier_torch.pretrain.next_token_task import NextTokenTask
from espalier_torch.pretrain.recipe import Recipe
from espalier_torch.runtime.files import hash_of, sha256_of
from espalier_torch.runtime.stopping import Stop, TrainingFailed
from espalier_torch.training.optimizer import clone_of, follow

TASKS = {"generator": GeneratorTask, "next-token generator": NextTokenTask, "judge": JudgeTask}
VALIDATION_BATCHES = 16
VALIDATION_SEED = 2**40
"""Far from every step's."""
KIND_LIMIT = 150
"""Scenes of each kind of falsehood that are looked at on the way."""
KEPT_STATES = 2
NO_LOSS = float("inf")


class Run:
    """A recipe with its data read and its model, optimizers and averages made."""

    def __init__(self, recipe: Recipe, work: Path, device: torch.device, compiled: bool = False):
        self.recipe, self.work, self.device = recipe, work, device
        self.task = TASKS[recipe.model](recipe, device)
        self.model: nn.Module = self.task.model.train()
        self.optimizers = self.task.optimizers()
        self.loss = torch.compile(self.task.loss) if compiled else self.task.loss
        self.average, self.best = clone_of(self.model), clone_of(self.model)
        self.best_loss, self.best_samples, self.step = NO_LOSS, 0, 0
        self.steps = -(-recipe.samples // recipe.batch)
        self.fingerprint = self.made_fingerprint()

    @property
    def samples(self) -> int:
        """Scenes seen."""
        return self.step * self.recipe.batch

    def made_fingerprint(self) -> str:
        """Hash of all that decides the result: two runs with one fingerprint are the same run."""
        recipe = self.recipe
        files = [recipe.scenes, recipe.validation, *named_files(recipe.labelled or [])]
        named = {"scenes", "validation", "labelled", "start", "tokenizer"}
        settings = {name: value for name, value in asdict(recipe).items() if name not in named}
        about = [settings, [sha256_of(Path(file)) for file in files], self.task.parents]
        return hash_of(about)

    def to_end(self, out: Path, stop: Stop, save_every: float) -> dict[str, Any]:
        """Starts or goes on, trains what is left, and writes the checkpoint. Curve and state stay."""
        self.resume()
        curve = Curve(self.work / "curve.jsonl", from_step=self.step)
        print(f"{self.samples:,} of {self.recipe.samples:,} samples seen", flush=True)
        self.run_steps(curve, stop, save_every)
        return self.write(out)

    def resume(self) -> None:
        """Takes up the newest whole state of this very run."""
        unlike = "by another recipe, other scenes or another start"
        found = state_of_this_run(self, unlike, "--work (or --out)")
        if found is None:
            return
        folder, state = found
        groups = {name: load_group(folder, name, self.device) or {} for name in ("model", "average", "best")}
        self.model.load_state_dict(groups["model"])
        self.average, self.best = groups["average"], groups["best"]
        for number, optimizer in enumerate(self.optimizers):
            tensors = load_group(folder, f"optimizer-{number}", torch.device("cpu")) or {}
            tensors.pop("random_state")
            load_optimizer(tensors, optimizer)
        self.step, self.best_samples = state["step"], state["best_samples"]
        self.best_loss = NO_LOSS if state["best_loss"] is None else state["best_loss"]

    def run_steps(self, curve: Curve, stop: Stop, save_every: float) -> None:
        """Every step that is left, with a look at the validation and a saved state now and then."""
        saved = said = time.monotonic()
        running, first = 0.0, self.step
        while self.step < self.steps:
            running += self.one_step()
            now = time.monotonic()
            if self.step % 100 == 0:
                loss, seconds = running / (self.step - first), (now - said) / (self.step - first)
                curve.add(self.facts("progress", loss=round(loss, 4), seconds_a_step=round(seconds, 3)))
                running, said, first = 0.0, now, self.step
            if self.step == self.steps or self.samples % self.recipe.look < self.recipe.batch:
                curve.add(self.look())
            if self.step < self.steps and (stop.reason or now - saved > save_every):
                self.save()
                saved = time.monotonic()
                stop.check()
        self.save()

    def one_step(self) -> float:
        """One optimizer step; returns its loss."""
        rate = self.recipe.learning_rate * self.rate_share()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        batch = self.task.batch(self.step, self.source(self.recipe.seed * 2**32 + self.step))
        with self.precision():
            loss = self.loss(batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        value = loss.item()
        if not value < NO_LOSS:
            raise TrainingFailed(f"The loss is {value} after {self.samples:,} samples. Lower learning_rate")
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        follow(self.average, self.model, self.recipe.average, self.step)
        return value

    def rate_share(self) -> float:
        """Share of the peak learning rate: a rise, a plateau, and a fall to nothing."""
        recipe, seen = self.recipe, self.samples
        fall = (recipe.samples - seen) / max(1.0, recipe.fall * recipe.samples)
        return max(0.0, min(1.0, (seen + recipe.batch) / max(1, recipe.rise), fall))

    def source(self, seed: int) -> torch.Generator:
        """A source of draws on the CPU, whatever the device."""
        return torch.Generator().manual_seed(seed)

    def precision(self) -> torch.autocast:
        """bfloat16 on a GPU, plain float32 on a CPU."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    @torch.no_grad()
    def look(self) -> dict[str, Any]:
        """Measures the averaged weights on the validation's scenes; they are kept when their loss is the lowest."""
        trained = clone_of(self.model)
        self.model.load_state_dict(self.average)
        self.model.eval()
        sources = [self.source(VALIDATION_SEED + number) for number in range(VALIDATION_BATCHES)]
        with self.precision():
            losses = [self.task.loss(self.task.batch(0, source, self.task.validation)) for source in sources]
            kinds = self.task.measures(self.model, KIND_LIMIT)
        loss = torch.stack(losses).mean().item()
        if loss < self.best_loss:
            self.best, self.best_loss, self.best_samples = clone_of(self.model), loss, self.samples
        self.model.load_state_dict(trained)
        self.model.train()
        return self.facts(
            "look", validation_loss=round(loss, 4), told={kind: one["told"] for kind, one in kinds.items()}
        )

    def facts(self, what: str, **facts: Any) -> dict[str, Any]:
        """A line of the curve."""
        return {"what": what, "step": self.step, "samples": self.samples, **facts}

    def save(self) -> None:
        """Saves a state to go on from."""
        best_loss = None if self.best_loss == NO_LOSS else self.best_loss
        record = {
            "fingerprint": self.fingerprint,
            "recipe": asdict(self.recipe),
            "best_loss": best_loss,
            "best_samples": self.best_samples,
        }
        optimizers = {f"optimizer-{number}": optimizer_tensors(one) for number, one in enumerate(self.optimizers)}
        groups: dict[str, dict[str, Tensor]] = {
            "model": self.model.state_dict(),
            "average": self.average,
            "best": self.best,
            **optimizers,
        }
        save_state(self.work, self.step, copied(groups), record, KEPT_STATES)

    def write(self, out: Path) -> dict[str, Any]:
        """The checkpoint of the best weights, written under another name and renamed as one."""
        model = copy.deepcopy(self.model)
        model.load_state_dict(self.best)
        training = {
            "method": "pretrain",
            "recipe": asdict(self.recipe),
            "fingerprint": self.fingerprint,
            "samples": self.samples,
            "best": {"samples": self.best_samples, "validation_loss": self.best_loss},
        }
        with written_as_one(out, replace=True) as folder:
            return self.task.write(model.cpu().eval(), folder, training)
