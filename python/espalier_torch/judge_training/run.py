"""One training run of a judge: resumable, bit for bit the same on a CPU however often it was killed."""

import hashlib
import json
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.checkpoints.resumable_state import (
    load_group,
    load_state,
    newest_state,
    optimizer_tensors,
    plain,
    save_state,
)
from espalier_torch.events import EventLog
from espalier_torch.families.bundled.export import export_judge
from espalier_torch.judge_training.batches import Batch, SamplePlan
from espalier_torch.judge_training.loss import answer_loss, ranking_loss, reason_loss
from espalier_torch.judge_training.questions_and_reasons import QUESTIONS, REASONS
from espalier_torch.judge_training.samples import check_samples, read_samples
from espalier_torch.judge_training.start import starting_judge
from espalier_torch.judging.request import JudgeTrainRequest
from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.stopping import Stop, Stopped, TrainingFailed
from espalier_torch.training.optimizer import clone_of, learning_rate_at, make_optimizer, move_towards
from espalier_torch.training.reference.table import Emit
from espalier_torch.training.settings import chosen_device

WHEREABOUTS = {
    "samples", "generator", "start", "out", "work", "threads", "checkpoint_every", "keep_checkpoints",
    "image_tokenizer", "questions"
}  # fmt: skip
"""Request fields that do not change the result; what the files hold is in the fingerprint by hash."""

COLLAPSED = 20.0
"""Times the first loss that a judge which learns never comes to."""


class JudgeRun:
    """A request with its files read and its model, optimizer and average made."""

    whole = True
    """Whether a resumable state holds every weight."""

    def __init__(self, request: JudgeTrainRequest, work: Path):
        self.request, self.work = request, work
        self.device = chosen_device(request.device)
        self.samples = read_samples(request.samples)
        self.model, self.parents = self.starting_model()
        self.plan = SamplePlan(self.samples, request.batch, request.seed, self.device)
        self.settings = {name: value for name, value in asdict(request).items() if name not in WHEREABOUTS}
        self.fingerprint = self.made_fingerprint()
        self.steps = request.steps
        self.model.to(self.device).train()
        self.optimizer = make_optimizer(self.model, request)
        self.average = clone_of(self.model) if request.ema_decay > 0 else None
        self.step = 0
        self.first_loss: float | None = None

    def starting_model(self) -> tuple[Any, list[str]]:
        """What is trained, and the identities it comes from, nearest first. Raises ValueError when files do not fit."""
        judge, parents = starting_judge(self.request)
        check_samples(self.samples, judge.config)
        return judge, parents

    def made_fingerprint(self) -> str:
        """Hash of all that decides the result: two runs with one fingerprint are the same run."""
        about = {"settings": self.settings, "samples": self.samples.sha256, "parents": self.parents}
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()

    def to_end(self, out: Path, emit: Emit, stop: Stop) -> dict[str, Any]:
        """Resumes or starts, trains what is left, writes the result."""
        self.resume()
        with EventLog(self.work / "events.jsonl", emit, from_step=self.step) as log:
            try:
                log.emit(self.start_event())
                self.run_steps(log.emit, stop)
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
                f"{self.work} holds a half-finished run with other settings, samples or checkpoints; "
                "give another `work` (or `out`), or delete it"
            )
        load_state(folder, self.model, self.optimizer, whole=self.whole)
        self.average = load_group(folder, "average", self.device) or self.average
        self.step = state["step"]

    def start_event(self) -> dict[str, Any]:
        """Says what is about to run."""
        return {
            "event": "judge-start",
            "step": self.step,
            "steps": self.steps,
            "samples": len(self.samples),
            "answers": self.samples.answered(),
            "parents": self.parents,
            "fingerprint": self.fingerprint,
            "device": self.device.type,
        }

    def run_steps(self, emit: Emit, stop: Stop) -> None:
        """Every step that is left, with a resumable checkpoint now and then."""
        started, first = time.monotonic(), self.step
        while self.step < self.steps:
            event = self.one_step(self.plan.batch(self.step))
            seconds = (time.monotonic() - started) / (self.step - first)
            emit({**event, "seconds_left": seconds * (self.steps - self.step)})
            if self.step < self.steps and (stop.reason or self.step % self.request.checkpoint_every == 0):
                self.check_weights()
                self.save(emit)
                stop.check()
        if self.step > first:
            self.check_weights()

    def one_step(self, batch: Batch) -> dict[str, Any]:
        """One optimizer step; returns its event, less the time."""
        losses = self.losses(batch)
        loss = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.request.max_gradient_norm)
        self.check_loss(loss, norm)
        rate = learning_rate_at(self.step, self.steps, self.request)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.step += 1
        if self.average is not None:
            # Young averages follow closely, or they would remember the first weights for too long.
            decay = min(self.request.ema_decay, self.step / (self.step + 9))
            move_towards(self.average, self.model, 1 - decay)
        parts = {f"loss/{name}": value.item() for name, value in losses.items()}
        about = {"event": "judge-step-end", "step": self.step, "steps": self.steps, "loss": loss.item()}
        return {**about, **parts, "grad_norm": norm.item(), "learning_rate": rate}

    def check_loss(self, loss: Tensor, norm: Tensor) -> None:
        """Raises TrainingFailed when a number is not finite or the loss is far above its start."""
        if self.first_loss is None:
            self.first_loss = loss.item()
        limit = COLLAPSED * (1 + abs(self.first_loss))
        if torch.isfinite(loss) and torch.isfinite(norm) and loss <= limit:
            return
        found = newest_state(self.work)
        kept = f"The last good checkpoint is kept in {found[0]}." if found else "No checkpoint was saved before."
        raise TrainingFailed(
            f"The judge's training was stopped after step {self.step} of {self.steps}: it has collapsed, its loss is "
            f"{loss.item():.4g} with a gradient norm of {norm.item():.4g} (it began at {self.first_loss:.4g}, and "
            f"training ends above {limit:.4g}). {kept} Lower learning_rate (it is {self.request.learning_rate:g})"
        )

    @torch.no_grad()
    def check_weights(self) -> None:
        """The same for the weights as they are now, before they are kept: on the last step's batch, without dropout."""
        self.model.eval()
        losses = self.losses(self.plan.batch(self.step - 1))
        self.model.train()
        self.check_loss(torch.stack(list(losses.values())).sum(), torch.zeros(()))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted parts of a batch's loss, each ()."""
        logits = self.model(batch.text, batch.tokens, batch.settled)
        questions, reasons = logits.split([len(QUESTIONS), len(REASONS)], 1)
        return {
            "answers": answer_loss(questions, batch.answers),
            "ranking": self.request.ranking_weight * ranking_loss(questions, batch.answers, batch.prompts),
            "reasons": self.request.reason_weight * reason_loss(reasons, batch.reasons, batch.answers),
        }

    def trained_weights(self) -> dict[str, Tensor]:
        """The weights that steps change."""
        return self.model.state_dict()

    def save(self, emit: Emit) -> None:
        """Saves a resumable checkpoint."""
        record = {"fingerprint": self.fingerprint, "request": asdict(self.request)}
        tensors = {"model": self.trained_weights(), "optimizer": optimizer_tensors(self.optimizer)}
        if self.average is not None:
            tensors["average"] = self.average
        copies = {name: plain(group) for name, group in tensors.items()}
        folder = save_state(self.work, self.step, copies, record, self.request.keep_checkpoints)
        emit({"event": "checkpoint-end", "step": self.step, "folder": str(folder)})

    def write_result(self, out: Path, log: EventLog) -> dict[str, Any]:
        """Weights, ONNX, events and checkpoint.json, written under another name and renamed as one."""
        staging = out.parent / f".{out.name}.partial"
        shutil.rmtree(staging, ignore_errors=True)
        folder = staging / out.name
        record = self.write_folder(folder, log)
        folder.rename(out)
        staging.rmdir()
        log.emit({"event": "train-end", "step": self.step, "folder": str(out), "identity": record["identity"]})
        return record

    def write_folder(self, folder: Path, log: EventLog) -> dict[str, Any]:
        """The checkpoint's files in a new folder; returns its checkpoint.json."""
        if self.average is not None:
            self.model.load_state_dict(self.average)
        self.model.cpu().eval()
        exports = export_judge(self.model, folder)
        log.copy_to(folder / "events.jsonl")
        return write_checkpoint(
            folder,
            "judge",
            self.model,
            exports=[*exports, "events.jsonl"],
            parents=self.parents,
            training=self.training_record(),
            extra={"questions": QUESTIONS, "reasons": REASONS},
        )

    def training_record(self) -> dict[str, Any]:
        """What made the checkpoint."""
        samples = {
            "sha256": self.samples.sha256,
            "count": len(self.samples),
            "answers": self.samples.answered(),
        }
        return {
            "method": "judge",
            "samples": samples,
            "steps": self.steps,
            "seed": self.request.seed,
            "fingerprint": self.fingerprint,
            "settings": self.settings,
        }
