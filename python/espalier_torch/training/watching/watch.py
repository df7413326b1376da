"""Looks at a run from outside its loss: held-out pairs, sample images, divergence; keeps the best and ends early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from espalier_torch.checkpoints.resumable_state import save_weights
from espalier_torch.runtime.stopping import Stop, TrainingFailed
from espalier_torch.training.reference.table import Emit
from espalier_torch.training.watching.samples import sample_event
from espalier_torch.training.watching.validation import Validation

if TYPE_CHECKING:
    from espalier_torch.training.run import Run

BEST = "best"
MEMORY = 0.9
"""Decay of the running mean of the loss that is watched for divergence."""


class Watch:
    """What a run is watched by. `enough` is true once it should end before its last step."""

    def __init__(self, run: Run):
        self.run = run
        self.validation: Validation | None = None
        self.enough = False
        self.best: dict[str, Any] | None = None
        self.stale = 0
        self.first_loss: float | None = None
        self.smooth_loss = 0.0

    def prepare(self, emit: Emit, stop: Stop) -> None:
        """Measures the reference on the held-out pairs, and draws the first sample images."""
        if self.run.held_out is not None:
            self.validation = Validation(self.run, emit, stop)
        if self.run.step == 0:
            self.draw(emit)

    def after_step(self, loss: float, emit: Emit) -> None:
        """Looks at the run after an optimizer step. Raises TrainingFailed when it diverged."""
        run = self.run
        self.check_divergence(loss)
        last = run.step == run.steps
        if self.validation is not None and (last or run.step % run.request.validate_every == 0):
            self.validate(emit)
        if run.request.sample_every and (last or run.step % run.request.sample_every == 0):
            self.draw(emit)

    def check_divergence(self, loss: float) -> None:
        """Compares the running mean of the loss with its start, in absolute value and with 1 added to both."""
        if self.first_loss is None:
            self.first_loss, self.smooth_loss = loss, loss
        self.smooth_loss = MEMORY * self.smooth_loss + (1 - MEMORY) * loss
        start, limit = 1 + abs(self.first_loss), self.run.request.divergence_factor
        if 1 + self.smooth_loss > limit * start:
            from espalier_torch.training.watching.collapse import kept_checkpoint  # noqa: PLC0415 (that file imports this one's run)

            raise TrainingFailed(
                f"Training diverged: the loss is about {self.smooth_loss:.4g} at step {self.run.step}, it began at "
                f"{self.first_loss:.4g} (divergence_factor {limit:g}). {kept_checkpoint(self.run)} Lower learning_rate"
            )

    def validate(self, emit: Emit) -> None:
        """Measures held-out pairs; keeps the weights when they are the best so far."""
        run = self.run
        event = self.validation.measure()
        accuracy, loss = event["eval_rewards/accuracies"], event["eval_loss"]
        better = self.best is None or (accuracy, -loss) > (self.best["accuracy"], -self.best["loss"])
        self.stale = 0 if better else self.stale + 1
        if better:
            self.best = {"step": run.step, "accuracy": accuracy, "loss": loss}
            if run.request.keep == "best":
                weights = run.result_weights()
                if run.processes.first:
                    save_weights(run.work / BEST, weights)
        self.enough = run.request.patience is not None and self.stale >= run.request.patience
        emit({**event, "best_step": self.best["step"], "stops": self.enough and run.step < run.steps})

    def draw(self, emit: Emit) -> None:
        """Draws the sample images where some were asked for."""
        if self.run.request.sample_every and (self.run.processes.first or self.run.sharded):
            with torch.no_grad():
                emit(sample_event(self.run))

    def state(self) -> dict[str, Any]:
        """What a resumed run must know."""
        names = ["best", "stale", "first_loss", "smooth_loss", "enough"]
        return {name: getattr(self, name) for name in names}

    def resume(self, state: dict[str, Any]) -> None:
        """Takes up what `state` gave."""
        for name, value in state.items():
            setattr(self, name, value)
