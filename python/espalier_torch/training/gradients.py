"""The gradient of one optimizer step: the pairs' losses and reward guidance, over pieces of a batch and processes.

A batch may be cut into pieces (`micro_pairs`, `processes`); the gradient is that of the whole batch all the same.
Losses that look at the whole batch at once (`dpo.WHOLE_BATCH`) are differentiated by the log-probabilities first, and
each piece is then run again with that gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from espalier_torch.objective.dpo import WHOLE_BATCH, combined_loss
from espalier_torch.objective.estimator import Estimates
from espalier_torch.objective.guidance import GUIDANCE_KINDS, Drawn, draw_prompts
from espalier_torch.objective.log_probabilities import LogProbabilities
from espalier_torch.training.reference.table import Reference

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


@dataclass(frozen=True)
class Measured:
    """A step's loss over the whole batch, and the log-probabilities of all its pairs, without gradient."""

    loss: Tensor
    found: LogProbabilities


def pair_gradients(run: Run, reference: Reference) -> Measured:
    """Adds the gradient of the pairs' losses at the run's present step to the parameters of this process."""
    step = Step(run, reference)
    pieces = run.processes.share(len(step.indices), run.micro_pairs)
    coupled = bool(run.request.losses.keys() & WHOLE_BATCH)
    cut = len(pieces) > 1 or run.processes.count > 1
    return step.together(pieces) if coupled and cut else step.one_by_one(pieces)


class Step:
    """The pairs of one optimizer step."""

    def __init__(self, run: Run, reference: Reference):
        self.run, self.reference = run, reference
        self.indices = run.plan.indices(run.step)
        self.table = run.plan.table_of(run.step // run.plan.steps_per_epoch)
        self.weights = run.weights[self.indices].to(run.device)
        self.whole = {one.name: torch.zeros(len(self.indices), device=run.device) for one in fields(LogProbabilities)}

    def measure(self, places: Tensor) -> tuple[Estimates, LogProbabilities]:
        """The pairs at these places under policy (with its gradient) and reference; remembered for the whole batch."""
        indices = self.indices[places]
        batch = self.run.plan.batch(indices, self.table)
        measured = self.run.estimate(batch)
        found = LogProbabilities(
            measured.chosen,
            measured.rejected,
            *self.reference.of(indices, self.table, batch),
            measured.chosen_lengths,
            measured.rejected_lengths,
        )
        for name, whole in self.whole.items():
            whole[places] = getattr(found, name).detach()
        return measured, found

    def loss_of(self, found: LogProbabilities, weights: Tensor) -> Tensor:
        """The sum over some pairs of the batch's mean loss."""
        losses = combined_loss(found, self.run.request.losses, self.run.loss_settings)
        return (losses * weights).sum() / len(self.indices)

    def one_by_one(self, pieces: list[Tensor]) -> Measured:
        """Each piece forward and backward in turn."""
        total = torch.zeros((), device=self.run.device)
        for places in pieces:
            _, found = self.measure(places)
            loss = self.loss_of(found, self.weights[places])
            loss.backward()
            total = total + loss.detach()
        return Measured(self.run.processes.total(total), self.gathered())

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
            measured = self.run.estimate(self.run.plan.batch(self.indices[places], self.table))
            torch.autograd.backward([measured.chosen, measured.rejected], [chosen[places], rejected[places]])
        return Measured(
            loss.detach(), replace(found, policy_chosen=leaves[0].detach(), policy_rejected=leaves[1].detach())
        )

    def gathered(self) -> LogProbabilities:
        """The whole batch, from all processes."""
        return LogProbabilities(**{name: self.run.processes.total(one) for name, one in self.whole.items()})


def guidance_gradients(run: Run) -> dict[str, float]:
    """Adds the gradient of the guidance term; returns its metrics, none without a judge. Captions are shared out."""
    if run.guide is None:
        return {}
    settings = run.guidance
    drawn = draw_prompts(run.guidance_texts, settings, run.step)
    captions = len(drawn.text) // settings.images
    sums = torch.zeros(2, device=run.device)
    for places in run.processes.share(captions, None):
        rows = (places.unsqueeze(1) * settings.images + torch.arange(settings.images)).flatten()
        mine = Drawn(drawn.text[rows].to(run.device), drawn.seeds[rows.numpy()], drawn.moment)
        with torch.autocast(run.device.type, torch.bfloat16, enabled=run.request.precision == "bf16"):
            term = GUIDANCE_KINDS[settings.kind](
                run.model, run.guide.logits, mine, settings, run.config.codebook_size, run.config.tokens
            )
        share = len(places) / captions
        (run.request.guidance_coefficient * share * term.loss).backward()
        sums += share * torch.tensor([term.loss.item(), term.score], device=run.device)
    loss, score = run.processes.total(sums).tolist()
    return {"guidance/loss": loss, "guidance/score": score}
