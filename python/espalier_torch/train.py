"""Trains a masked-token generator by DPO on pairs of images.

    python -m espalier_torch.train request.json
    python -m espalier_torch.train request.json --set learning_rate=1e-4 --set mask_policy=own-path --set out=runs/b

How it departs from the trainer of arXiv 2501.13926:
1. Images are token grids made once; nothing is encoded while training.
2. Chosen and rejected share their masks and caption dropout, and a pair has several stratified mask draws.
3. Logits are made only where a token is scored, and only over image codes.
4. The reference's log-probabilities are computed once and kept in a file.
5. A killed run goes on from its last checkpoint and ends in the same weights, bit for bit on a CPU.
"""

import hashlib
import json
import math
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.batches import BatchPlan, tag_weights
from espalier_torch.checkpoint import load_state, newest_state, only_writer, save_state
from espalier_torch.checkpoint_folder import write_checkpoint
from espalier_torch.dpo import LogProbabilities, LossSettings, combined_loss, implicit_rewards
from espalier_torch.estimator import Batch, Estimates, estimate
from espalier_torch.events import EventLog
from espalier_torch.export import export_generator
from espalier_torch.masks import MaskSettings
from espalier_torch.models.generator import Generator, load_generator
from espalier_torch.pairs import check_pairs, read_pairs
from espalier_torch.protocol import RequestError, TrainRequest
from espalier_torch.reference import ReferenceTable, reference_table

LOCK_SECONDS = 60.0
WHEREABOUTS = {
    "pairs", "generator", "reference", "out", "work", "cache", "threads", "checkpoint_every", "keep_checkpoints"
}  # fmt: skip
"""Request fields that do not change the result; what the files hold is in the fingerprint by hash."""

Emit = Callable[[dict[str, Any]], None]


class TrainingFailed(RuntimeError):
    """Training cannot go on: not a number, or a self-test that does not hold."""


class Stopped(Exception):
    """The run was asked to stop and has saved what it had."""


class Stop:
    """Asks a run to stop after its present step. `reason` is empty until then."""

    def __init__(self) -> None:
        self.reason = ""

    def check(self) -> None:
        """Raises Stopped when asked to stop."""
        if self.reason:
            raise Stopped(self.reason)


def train(request: TrainRequest, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Runs one training request to its end and returns the checkpoint.json it wrote.

    Args:
        request: what to train.
        emit: takes each event of `protocol.EVENTS`.
        stop: looked at after every step.

    Raises:
        RequestError: the request's files do not fit together.
        TrainingFailed: loss or weights are no longer finite, or a self-test fails.
        Stopped: after a stop was asked for and a resumable checkpoint saved.
    """
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    out = Path(request.out)
    work = Path(request.work) if request.work else out.with_name(out.name + ".work")
    try:
        run = Run(request, work)
    except (ValueError, OSError) as fault:
        raise RequestError(str(fault)) from fault
    if (out / "checkpoint.json").is_file():
        record = finished_record(out, run.fingerprint)
        emit({"event": "train-end", "step": run.steps, "folder": str(out), "identity": record["identity"]})
        return record
    if out.exists() and any(out.iterdir()):
        raise RequestError(f"{out} holds files that are no checkpoint; give another `out`, or delete it")
    with only_writer(work, LOCK_SECONDS):
        return run.to_end(out, emit, stop)


def finished_record(out: Path, fingerprint: str) -> dict[str, Any]:
    """checkpoint.json of a run that ended before. Raises RequestError when it is another run's."""
    record = json.loads((out / "checkpoint.json").read_text())
    if record.get("training", {}).get("fingerprint") != fingerprint:
        raise RequestError(f"{out} already holds another checkpoint; give another `out`, or delete it")
    return record


class Run:
    """One training run: everything that is fixed before the first step, and the state that steps change."""

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
                self.loop(table, log.emit, stop)
            except Stopped as stopped:
                log.emit({"event": "stop-end", "step": self.step, "reason": str(stopped)})
                raise
            record = self.write_result(out, log)
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

    def loop(self, table: ReferenceTable, emit: Emit, stop: Stop) -> None:
        """Every step that is left, with a resumable checkpoint now and then."""
        started, first, saved = time.monotonic(), self.step, self.step
        pairs_seen = 0
        while self.step < self.steps:
            indices = self.plan.indices(self.step)
            event = self.one_step(indices, self.plan.table_of(self.step // self.plan.steps_per_epoch), table)
            pairs_seen += len(indices)
            elapsed = time.monotonic() - started
            event["pairs_per_second"] = pairs_seen / elapsed
            event["seconds_left"] = elapsed / (self.step - first) * (self.steps - self.step)
            emit(event)
            if self.step < self.steps and (stop.reason or self.step % self.request.checkpoint_every == 0):
                saved = self.save(emit)
            if stop.reason and self.step < self.steps:
                assert saved == self.step
                stop.check()

    def one_step(self, indices: Tensor, table_index: int, table: ReferenceTable) -> dict[str, Any]:
        """One optimizer step on the pairs at `indices`; returns its event."""
        batch = self.plan.batch(indices, table_index)
        measured = self.estimate(batch)
        reference = table.of(indices, table_index, self.device)
        found = LogProbabilities(
            measured.chosen, measured.rejected, *reference, measured.chosen_lengths, measured.rejected_lengths
        )
        settings = LossSettings(self.request.beta, self.request.label_smoothing)
        losses = combined_loss(found, self.request.losses, settings)
        loss = (losses * self.weights[indices].to(self.device)).mean()
        self.optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.request.max_gradient_norm)
        self.check_finite(loss, norm)
        rate = learning_rate_at(self.step, self.steps, self.request)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.step += 1
        self.follow()
        return self.step_event(loss, norm, rate, found)

    def step_event(self, loss: Tensor, norm: Tensor, rate: float, found: LogProbabilities) -> dict[str, Any]:
        """The metrics of a step under the names TRL's users know."""
        chosen, rejected = implicit_rewards(found, self.request.beta)
        return {
            "event": "step-end",
            "step": self.step,
            "steps": self.steps,
            "loss": loss.item(),
            "rewards/chosen": chosen.mean().item(),
            "rewards/rejected": rejected.mean().item(),
            "rewards/margins": (chosen - rejected).mean().item(),
            "rewards/accuracies": (chosen > rejected).float().mean().item(),
            "logps/chosen": found.policy_chosen.mean().item(),
            "logps/rejected": found.policy_rejected.mean().item(),
            "grad_norm": norm.item(),
            "learning_rate": rate,
        }

    def check_finite(self, loss: Tensor, norm: Tensor) -> None:
        """Raises TrainingFailed, before the weights are touched, when a number is lost."""
        if torch.isfinite(loss) and torch.isfinite(norm):
            return
        found = newest_state(self.work)
        kept = f"the last good checkpoint is {found[0]}" if found else "no checkpoint was saved yet"
        raise TrainingFailed(
            f"Loss {loss.item()} and gradient norm {norm.item()} after step {self.step} are not both finite; {kept}. "
            "Lower learning_rate or raise warmup_share"
        )

    def follow(self) -> None:
        """Moves the average of the weights a little towards the weights."""
        if self.average is None:
            return
        for name, tensor in self.model.state_dict().items():
            self.average[name].lerp_(tensor, 1 - self.request.ema_decay)

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

    def write_result(self, out: Path, log: EventLog) -> dict[str, Any]:
        """Weights, ONNX, events and checkpoint.json, written under another name and renamed as one."""
        model: nn.Module = self.model
        if self.average is not None:
            model.load_state_dict(self.average)
        model.cpu()
        staging = out.parent / f".{out.name}.partial"
        shutil.rmtree(staging, ignore_errors=True)
        folder = staging / out.name
        exports = export_generator(self.model, folder)
        log.copy_to(folder / "events.jsonl")
        record = write_checkpoint(
            folder,
            "generator",
            self.model,
            exports=[*exports, "events.jsonl"],
            parents=[self.parent["identity"]],
            training=self.training_record(),
        )
        folder.rename(out)
        staging.rmdir()
        log.emit({"event": "train-end", "step": self.step, "folder": str(out), "identity": record["identity"]})
        return record

    def training_record(self) -> dict[str, Any]:
        """What made the checkpoint: settings, and inputs by hash."""
        return {
            "method": "dpo",
            "pairs": {"sha256": self.pairs.sha256, "count": len(self.pairs)},
            "reference": {"policy": self.request.reference_policy, "identity": self.reference_identity},
            "round": self.request.round,
            "seed": self.request.seed,
            "steps": self.steps,
            "fingerprint": self.fingerprint,
            "settings": result_settings(self.request),
        }


def batch_plan(request: TrainRequest, pairs: Any, device: torch.device) -> BatchPlan:
    """The batches a request asks for."""
    masks = MaskSettings(
        policy=request.mask_policy,
        draws=request.mask_draws,
        lowest_ratio=request.mask_lowest_ratio,
        scored=request.mask_scored,
        path_share=request.mask_path_share,
        shared=request.mask_shared,
        seed=request.mask_seed,
    )
    return BatchPlan(
        pairs, request.batch_pairs, request.seed, masks, request.mask_tables, request.caption_dropout, device
    )


def result_settings(request: TrainRequest) -> dict[str, Any]:
    """The request's fields that can change the result."""
    return {name: value for name, value in asdict(request).items() if name not in WHEREABOUTS}


def fingerprint(request: TrainRequest, pairs: str, generator: str, reference: str) -> str:
    """Hash of all that decides the result: two runs with one fingerprint are the same run."""
    about: Mapping[str, Any] = {
        "settings": result_settings(request),
        "pairs": pairs,
        "generator": generator,
        "reference": reference,
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def identity_of(folder: str) -> str:
    """Identity of a generator checkpoint. Raises ValueError when there is none."""
    return load_generator(folder)[1]["identity"]


def chosen_device(name: str) -> torch.device:
    """The device asked for; "auto" is CUDA where there is one. Raises RequestError when it is missing."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise RequestError("device is 'cuda', but torch finds no CUDA device here; use 'cpu' or 'auto'")
    return torch.device(name)


def make_optimizer(model: Generator, request: TrainRequest) -> torch.optim.AdamW:
    """AdamW; weight decay on matrices, none on vectors."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": request.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=request.learning_rate, betas=(request.adam_beta1, request.adam_beta2))


def clone_of(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def learning_rate_at(step: int, steps: int, request: TrainRequest) -> float:
    """Linear warm-up, then half a cosine down to 0. `step` counts from 0."""
    warmup = request.warmup_share * steps
    if step < warmup:
        return request.learning_rate * (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1.0, steps - warmup)
    return request.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


if __name__ == "__main__":
    from espalier_torch.train_command import main

    sys.exit(main())
