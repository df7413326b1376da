"""One training run: everything that is fixed before the first step, and the state that steps change."""

import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from espalier_torch.batches import tag_weights
from espalier_torch.checkpoint import load_state, newest_state, save_state
from espalier_torch.estimator import Batch, Estimates, estimate
from espalier_torch.events import EventLog
from espalier_torch.models.generator import load_generator
from espalier_torch.pairs import check_pairs, read_pairs
from espalier_torch.reference import Emit, ReferenceTable, reference_table
from espalier_torch.request_fields import RequestError
from espalier_torch.train_request import TrainRequest
from espalier_torch.training.loop import run_steps
from espalier_torch.training.optimizer import clone_of, make_optimizer
from espalier_torch.training.result import write_result
from espalier_torch.training.settings import batch_plan, chosen_device, fingerprint, loss_settings
from espalier_torch.training.stop import Stop, Stopped, TrainingFailed


class Run:
    """A request with its files read and its model, optimizer and average made."""

    def __init__(self, request: TrainRequest, work: Path):
        self.request, self.work = request, work
        self.device = chosen_device(request.device)
        self.pairs = read_pairs(request.pairs)
        self.model, self.parent = load_generator(request.generator)
        self.config = self.model.config
        check_pairs(
            self.pairs,
            vocabulary_size=self.config.vocabulary_size,
            codebook_size=self.config.codebook_size,
            tokens=self.config.tokens,
            text_length=self.config.text_length,
        )
        self.reference_folder = request.reference or request.generator
        self.reference_identity = identity_of(self.reference_folder)
        self.plan = batch_plan(request, self.pairs, self.device)
        self.steps = request.epochs * self.plan.steps_per_epoch if request.steps is None else request.steps
        self.fingerprint = fingerprint(request, self.pairs.sha256, self.parent["identity"], self.reference_identity)
        self.loss_settings = loss_settings(request)
        self.weights = tag_weights(self.pairs.tags, request.tag_balance)
        self.model.to(self.device).eval()
        self.optimizer = make_optimizer(self.model, request)
        self.average = clone_of(self.model) if request.ema_decay > 0 else None
        self.step = 0

    def to_end(self, out: Path, emit: Emit, stop: Stop) -> dict[str, Any]:
        """Resumes or starts, trains what is left, writes the result."""
        self.resume()
        with EventLog(self.work / "events.jsonl", emit, from_step=self.step) as log:
            try:
                self.announce(log.emit)
                table = self.reference(log.emit, stop)
                self.self_test(table)
                run_steps(self, table, log.emit, stop)
            except Stopped as stopped:
                log.emit({"event": "stop-end", "step": self.step, "reason": str(stopped)})
                raise
            record = write_result(self, out, log)
        for folder in self.work.glob("step-*"):
            shutil.rmtree(folder)
        return record

    def resume(self) -> None:
        """Takes up the newest whole checkpoint of this very run."""
        found = newest_state(self.work)
        if found is None:
            return
        folder, state = found
        if state["fingerprint"] != self.fingerprint:
            raise RequestError(
                f"{self.work} holds a half-finished run with other settings, pairs or checkpoints; "
                "give another `work` (or `out`), or delete it"
            )
        average = load_state(folder, self.model, self.optimizer, self.device)
        self.average = average if average is not None else self.average
        self.step = state["step"]

    def announce(self, emit: Emit) -> None:
        """Says what is about to run."""
        emit(
            {
                "event": "train-start",
                "step": self.step,
                "steps": self.steps,
                "pairs": len(self.pairs),
                "generator": self.parent["identity"],
                "reference": self.reference_identity,
                "fingerprint": self.fingerprint,
                "device": self.device.type,
            }
        )

    def reference(self, emit: Emit, stop: Stop) -> ReferenceTable:
        """Log-probabilities of the reference for every mask table that will be used."""
        epochs = max(1, math.ceil(self.steps / self.plan.steps_per_epoch))
        return reference_table(
            lambda: load_generator(self.reference_folder)[0].to(self.device).eval(),
            self.plan,
            tables=min(self.plan.tables, epochs),
            identity=self.reference_identity,
            mask_id=self.config.codebook_size,
            reduction=self.request.reduction,
            cache=Path(self.request.cache) if self.request.cache else self.work,
            emit=emit,
            check_stop=stop.check,
        )

    def self_test(self, table: ReferenceTable) -> None:
        """The implicit reward must be exactly 0 before the first step, or policy and reference are measured unlike.

        Where policy and reference start from the same weights the stored reference is tested; otherwise the
        policy is tested against itself, with and without gradients.
        """
        if self.step > 0 or self.steps == 0:
            return
        indices = self.plan.indices(0)
        batch = self.plan.batch(indices, 0)
        measured = self.estimate(batch)
        if self.reference_identity == self.parent["identity"]:
            chosen, rejected = table.of(indices, 0, self.device)
        else:
            with torch.no_grad():
                again = self.estimate(batch)
            chosen, rejected = again.chosen, again.rejected
        worst = torch.cat([measured.chosen - chosen, measured.rejected - rejected]).detach().abs().max().item()
        if worst != 0:
            raise TrainingFailed(
                f"Self-test: the implicit reward before the first step is up to {worst:.3g}, expected exactly 0. "
                f"Policy and reference see different inputs; delete {self.work} if its cached reference is stale"
            )

    def estimate(self, batch: Batch) -> Estimates:
        """Log-likelihoods of a batch under the policy."""
        return estimate(self.model, batch, self.config.codebook_size, self.request.reduction)

    def save(self, emit: Emit) -> int:
        """Saves a resumable checkpoint, refusing weights that are not finite; returns the step."""
        broken = [name for name, tensor in self.model.state_dict().items() if not torch.isfinite(tensor).all()]
        if broken:
            raise TrainingFailed(
                f"Weights are not finite at step {self.step}: {', '.join(broken)}; lower learning_rate"
            )
        record = {"fingerprint": self.fingerprint, "request": asdict(self.request)}
        keep = self.request.keep_checkpoints
        folder = save_state(self.work, self.step, self.model, self.optimizer, self.average, record, keep)
        emit({"event": "checkpoint-end", "step": self.step, "folder": str(folder)})
        return self.step


def identity_of(folder: str) -> str:
    """Identity of a generator checkpoint. Raises ValueError when there is none."""
    return load_generator(folder)[1]["identity"]
