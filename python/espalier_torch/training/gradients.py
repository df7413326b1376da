"""The gradient of one optimizer step: the pairs' losses and reward guidance, over pieces of a batch and processes.

A batch may be cut into pieces (`micro_pairs`, `processes`); the gradient is that of the whole batch all the same.
Losses that look at the whole batch at once (`dpo.WHOLE_BATCH`) are differentiated by the log-probabilities first, and
each piece is then run again with that gradient.
"""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from espalier_torch.objective.dpo import WHOLE_BATCH, combined_loss
from espalier_torch.objective.log_probabilities import LogProbabilities
from espalier_torch.objective.objective import PairLogLikelihoods
from espalier_torch.runtime.sending import sent
from espalier_torch.training.likelihoods import rows_of, under_policy
from espalier_torch.training.reference.reference import Reference
from espalier_torch.training.state import TrainingState


@dataclass(frozen=True)
class Measured:
    """A step's loss over the whole batch, and the log-probabilities of all its pairs, without gradient."""

    loss: Tensor
    found: LogProbabilities


def pair_gradients(state: TrainingState, reference: Reference) -> Measured:
    """Adds the gradient of the pairs' losses at the run's present step to the parameters of this process."""
    step = Step(state, reference)
    pieces = state.processes.share(len(step.indices), state.micro_pairs)
    coupled = bool(state.request.losses.keys() & WHOLE_BATCH)
    cut = len(pieces) > 1 or state.processes.count > 1
    return step.together(pieces) if coupled and cut else step.one_by_one(pieces)


class Step:
    """The pairs of one optimizer step."""

    def __init__(self, state: TrainingState, reference: Reference):
        self.state, self.reference = state, reference
        self.indices = state.order.indices(state.step)
        self.table = state.order.table_at(state.step)
        self.weights = sent(state.weights[self.indices], state.device)
        size = len(self.indices)
        self.whole = {one.name: torch.zeros(size, device=state.device) for one in fields(LogProbabilities)}

    def measure(self, places: Tensor) -> tuple[PairLogLikelihoods, LogProbabilities]:
        """The pairs at these places under policy (with its gradient) and reference; remembered for the whole batch."""
        indices = self.indices[places]
        rows = rows_of(self.state, indices, self.table)
        measured = under_policy(self.state, rows)
        found = LogProbabilities(
            measured.chosen,
            measured.rejected,
            *self.reference.of(indices, self.table, rows),
            measured.chosen_lengths,
            measured.rejected_lengths,
        )
        there = sent(places, self.state.device)
        for name, whole in self.whole.items():
            whole.index_copy_(0, there, getattr(found, name).detach().to(whole.dtype))
        return measured, found

    def loss_of(self, found: LogProbabilities, weights: Tensor) -> Tensor:
        """The sum over some pairs of the batch's mean loss."""
        losses = combined_loss(found, self.state.request.losses, self.state.losses)
        return (losses * weights).sum() / len(self.indices)

    def one_by_one(self, pieces: list[Tensor]) -> Measured:
        """Each piece forward and backward in turn."""
        total = torch.zeros((), device=self.state.device)
        for places in pieces:
            _, found = self.measure(places)
            loss = self.loss_of(found, self.weights.index_select(0, sent(places, self.state.device)))
            loss.backward()
            total = total + loss.detach()
        return Measured(self.state.processes.total(total), self.gathered())

    def together(self, pieces: list[Tensor]) -> Measured:
        """All pieces forward, the loss of the whole batch, then each piece again for its gradient."""
        with torch.no_grad():
            for places in pieces:
                self.measure(places)
        found = self.gathered()
        leaves = [found.policy_chosen.requires_grad_(), found.policy_rejected.requires_grad_()]
        loss = self.loss_of(found, self.weights)
        chosen, rejected = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
        for places in pieces:
            measured = under_policy(self.state, rows_of(self.state, self.indices[places], self.table))
            torch.autograd.backward([measured.chosen, measured.rejected], [chosen[places], rejected[places]])
        return Measured(
            loss.detach(), replace(found, policy_chosen=leaves[0].detach(), policy_rejected=leaves[1].detach())
        )

    def gathered(self) -> LogProbabilities:
        """The whole batch, from all processes."""
        return LogProbabilities(**{name: self.state.processes.total(one) for name, one in self.whole.items()})


def guidance_gradients(state: TrainingState) -> dict[str, float]:
    """Adds the gradient of the guidance term; returns its metrics, none without a judge. Captions are shared out."""
    if state.guide is None:
        return {}
    drawn = state.guide.draw(state.captions, state.step)
    sums = torch.zeros(2, device=state.device)
    for places in state.processes.share(drawn.captions, None):
        with torch.autocast(state.device.type, torch.bfloat16, enabled=state.request.precision == "bf16"):
            term = state.guide.term(state.model, drawn, places)
        share = len(places) / drawn.captions
        (state.request.guidance.coefficient * share * term.loss).backward()
        sums += share * torch.tensor([term.loss.item(), term.score], device=state.device)
    loss, score = state.processes.total(sums).tolist()
    return {"guidance/loss": loss, "guidance/score": score}
