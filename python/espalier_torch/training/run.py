"""One training run: everything that is fixed before the first step, and the state that steps change."""

import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.resumable_state import Saver, load_group, load_state, newest_state, optimizer_tensors
from espalier_torch.distributed.processes import Processes
from espalier_torch.distributed.sharded_tensors import shares_like, whole
from espalier_torch.distributed.sharding import shard
from espalier_torch.events import EventLog
from espalier_torch.families.trainable import trainable_record
from espalier_torch.objective.estimator import Batch, Estimates, estimate
from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.stopping import Stop, Stopped, TrainingFailed
from espalier_torch.train_request import TrainRequest
from espalier_torch.training import inputs
from espalier_torch.training.batches import tag_weights
from espalier_torch.training.loop import run_steps
from espalier_torch.training.optimizer import clone_of, make_optimizer
from espalier_torch.training.out_of_memory import naming_the_cure
from espalier_torch.training.piece_size import pairs_a_pass
from espalier_torch.training.reference.opening import following_reference, table_of
from espalier_torch.training.reference.table import Emit, Reference
from espalier_torch.training.result import write_result
from espalier_torch.training.settings import batch_plan, fingerprint, guidance_settings, loss_settings
from espalier_torch.training.watching.self_test import self_test
from espalier_torch.training.watching.trackers import open_trackers
from espalier_torch.training.watching.watch import Watch


class Run:
    """A request with its files read and its model, optimizer and average made."""

    def __init__(self, request: TrainRequest, work: Path, processes: Processes):
        self.request, self.work, self.processes = request, work, processes
        self.device = processes.device
        self.policy = inputs.load_policy(request)
        self.model, self.config = self.policy.model, self.policy.model.config
        self.pairs, self.held_out = inputs.load_pairs(request, self.config)
        self.reference_folder = request.reference or request.generator
        self.reference_identity = trainable_record(self.reference_folder)["identity"]
        self.guide = (
            inputs.load_guide(request.guidance_judge, request.guidance_question, self.model)
            if request.guidance_judge
            else None
        )
        self.plan = batch_plan(request, self.pairs, self.device)
        self.micro_pairs = pairs_a_pass(request, self.config, self.device)
        self.steps = request.epochs * self.plan.steps_per_epoch if request.steps is None else request.steps
        self.fingerprint = fingerprint(request, self.identities())
        self.loss_settings = loss_settings(request)
        self.guidance = guidance_settings(request)
        self.guidance_texts = torch.unique(self.pairs.text, dim=0)
        self.weights = tag_weights(self.pairs.tags, request.tag_balance)
        self.sharded = request.sharding == "full" and processes.count > 1
        self.model = self.placed(self.model)
        if self.guide:
            self.guide.model.to(self.device)
        self.optimizer = make_optimizer(self.model, request)
        self.average = clone_of(self.model) if request.ema_decay > 0 else None
        self.saver = Saver(work, request.keep_checkpoints)
        self.watch = Watch(self)
        self.resumed_from: Path | None = None
        self.usual_cost: float | None = None
        self.step = 0

    def placed(self, model: nn.Module) -> nn.Module:
        """The model on this run's device; this process's share of it where weights are shared."""
        return shard(model, self.processes) if self.sharded else model.to(self.device)

    def identities(self) -> dict[str, str | None]:
        """The run's inputs by hash."""
        return {
            "pairs": self.pairs.sha256,
            "generator": self.policy.identity,
            "reference": self.reference_identity,
            "judge": self.guide and self.guide.identity,
        }

    def to_end(self, out: Path, emit: Emit, stop: Stop) -> dict[str, Any]:
        """Resumes or starts, trains what is left, writes the result."""
        self.resume()
        with EventLog(self.work / "events.jsonl", emit, from_step=self.step) as log:
            with open_trackers(self, log.emit) as told, naming_the_cure(self.request, self.micro_pairs):
                try:
                    self.work_through(told, stop)
                except Stopped as stopped:
                    told({"event": "stop-end", "step": self.step, "reason": str(stopped)})
                    raise
            record = write_result(self, out, log)
        for folder in self.work.glob("step-*"):
            shutil.rmtree(folder)
        (self.work / "best.safetensors").unlink(missing_ok=True)
        return record

    def work_through(self, emit: Emit, stop: Stop) -> None:
        """Everything from the first event to the last step."""
        self.announce(emit)
        reference = self.reference(emit, stop)
        self_test(self, reference)
        self.watch.prepare(emit, stop)
        run_steps(self, reference, emit, stop)
        self.gather()

    def gather(self) -> None:
        """Puts shared weights together again, in the process that writes the result."""
        if not self.sharded:
            return
        weights, average = whole(self.model.state_dict()), self.average and whole(self.average)
        if self.processes.first:
            self.model, self.average = inputs.load_policy(self.request).model, average
            self.model.load_state_dict(weights)

    def help_to_end(self, stop: Stop) -> None:
        """As `to_end`, for a process that only computes its share."""
        self.resume()
        self.work_through(lambda event: None, stop)

    def resume(self) -> None:
        """Takes up the newest whole checkpoint of this very run."""
        found = newest_state(self.work)
        self.resumed_from = found[0] if found else None
        if found is None:
            return
        folder, state = found
        if state["fingerprint"] != self.fingerprint:
            raise RequestError(
                f"{self.work} holds a half-finished run with other settings, pairs or checkpoints; "
                "give another `work` (or `out`), or delete it"
            )
        load_state(folder, self.model, self.optimizer, whole=self.policy.adapter is None)
        if self.average is not None:
            self.average = shares_like(load_group(folder, "average", self.device), self.average)
        self.step = state["step"]
        self.watch.resume(state["watch"])
        self.loss_settings.rewards.mean, self.loss_settings.rewards.count = state["rewards"]

    def announce(self, emit: Emit) -> None:
        """Says what is about to run."""
        emit(
            {
                "event": "train-start",
                "step": self.step,
                "steps": self.steps,
                "pairs": len(self.pairs),
                "generator": self.policy.identity,
                "reference": self.reference_identity,
                "fingerprint": self.fingerprint,
                "device": self.device.type,
            }
        )

    def reference(self, emit: Emit, stop: Stop) -> Reference:
        """What the policy is measured against: a table for every mask table that will be used, or a model."""
        if self.request.reference_sync_steps is not None:
            return following_reference(self)
        epochs = max(1, math.ceil(self.steps / self.plan.steps_per_epoch))
        return table_of(self, self.plan, min(self.plan.tables, epochs), emit, stop)

    def score(self, model: nn.Module, batch: Batch) -> Estimates:
        """Log-likelihoods of a batch under a model, in the arithmetic of this run."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.request.precision == "bf16"):
            return estimate(model, batch, self.config.codebook_size, self.request.reduction)

    def estimate(self, batch: Batch) -> Estimates:
        """Log-likelihoods of a batch under the policy."""
        return self.score(self.model, batch)

    def result_weights(self) -> dict[str, Tensor]:
        """The weights that would be kept now, whole: the moving average where there is one. All processes must ask."""
        return whole(self.model.state_dict() if self.average is None else self.average)

    def trained_weights(self) -> dict[str, Tensor]:
        """The weights that steps change: with an adapter, the adapter's alone."""
        state = self.model.state_dict()
        return state if self.policy.adapter is None else {name: one for name, one in state.items() if ".lora_" in name}

    def save(self, reference: Reference) -> None:
        """Begins to save a resumable checkpoint, refusing weights that are not finite."""
        groups = {
            "model": self.trained_weights(),
            "optimizer": optimizer_tensors(self.optimizer),
            "average": self.average,
            "reference": reference.tensors(),
        }
        tensors = {name: whole(group) for name, group in groups.items() if group}
        broken = [name for name, tensor in tensors["model"].items() if not torch.isfinite(tensor).all()]
        if broken:
            raise TrainingFailed(
                f"Weights are not finite at step {self.step}: {', '.join(broken)}; lower learning_rate"
            )
        if not self.processes.first:
            return
        rewards = self.loss_settings.rewards
        record = {
            "fingerprint": self.fingerprint,
            "request": asdict(self.request),
            "watch": self.watch.state(),
            "rewards": [rewards.mean, rewards.count],
        }
        self.saver.save(self.step, tensors, record)
