"""Looks at a run from outside its loss: held-out pairs, sample images, divergence; keeps the best and ends early."""

from espalier_torch.checkpoints.resumable_state import save_weights
from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.stopping import Stop, TrainingFailed
from espalier_torch.training.state import TrainingState
from espalier_torch.training.watching.collapse import kept_checkpoint
from espalier_torch.training.watching.sample_images import sample_event
from espalier_torch.training.watching.validation import Validation
from espalier_torch.training.weights import kept_weights

BEST = "best"
MEMORY = 0.9
"""Decay of the running mean of the loss that is watched for divergence."""


class Watch:
    """What a run is watched by. Opened, it measures the reference on held-out pairs and draws the first images."""

    def __init__(self, state: TrainingState, emit: Emit, stop: Stop):
        self.state = state
        self.validation = Validation(state, emit, stop) if state.held_out is not None else None
        if state.step == 0:
            self.draw(emit)

    def after_step(self, loss: float, emit: Emit) -> None:
        """Looks at the run after an optimizer step. Raises TrainingFailed when it diverged."""
        state, request = self.state, self.state.request
        self.check_divergence(loss)
        last = state.step == state.steps
        if self.validation is not None and (last or state.step % request.held_out.every == 0):
            self.validate(self.validation, emit)
        if request.sample_every and (last or state.step % request.sample_every == 0):
            self.draw(emit)

    def check_divergence(self, loss: float) -> None:
        """Compares the running mean of the loss with its start, in absolute value and with 1 added to both."""
        state, found = self.state, self.state.watched
        if found.first_loss is None:
            found.first_loss, found.smooth_loss = loss, loss
        found.smooth_loss = MEMORY * found.smooth_loss + (1 - MEMORY) * loss
        start, limit = 1 + abs(found.first_loss), state.request.divergence_factor
        if 1 + found.smooth_loss > limit * start:
            raise TrainingFailed(
                f"Training diverged: the loss is about {found.smooth_loss:.4g} at step {state.step}, it began at "
                f"{found.first_loss:.4g} (divergence_factor {limit:g}). {kept_checkpoint(state)} Lower learning_rate"
            )

    def validate(self, validation: Validation, emit: Emit) -> None:
        """Measures held-out pairs; keeps the weights when they are the best so far."""
        state, found = self.state, self.state.watched
        event = validation.measure()
        accuracy, loss = event["eval_rewards/accuracies"], event["eval_loss"]
        better = found.best is None or (accuracy, -loss) > (found.best["accuracy"], -found.best["loss"])
        found.stale = 0 if better else found.stale + 1
        if better:
            found.best = {"step": state.step, "accuracy": accuracy, "loss": loss}
            if state.request.held_out.keep == "best":
                weights = kept_weights(state)
                if state.processes.first:
                    save_weights(state.work / BEST, weights)
        found.enough = state.request.held_out.patience is not None and found.stale >= state.request.held_out.patience
        emit({**event, "best_step": found.best["step"], "stops": found.enough and state.step < state.steps})

    def draw(self, emit: Emit) -> None:
        """Draws the sample images where some were asked for."""
        if self.state.request.sample_every and (self.state.processes.first or self.state.processes.sharded):
            emit(sample_event(self.state))
