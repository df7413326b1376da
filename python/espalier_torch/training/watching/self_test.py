"""The implicit reward must be exactly 0 before the first step, or policy and reference are measured unlike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from espalier_torch.runtime.stopping import TrainingFailed
from espalier_torch.training.reference.table import Reference

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def self_test(run: Run, reference: Reference) -> None:
    """Measures the first batch with policy and reference.

    Where both start from the same weights the reference itself is tested; otherwise the policy is tested against
    itself, with and without gradients.

    Raises:
        TrainingFailed: they differ in any bit; by more than rounding, where a table was measured in other batches.
    """
    if run.step > 0 or run.steps == 0:
        return
    indices = run.plan.indices(0)
    for places in run.processes.share(len(indices), run.micro_pairs)[:1]:
        batch = run.plan.batch(indices[places], 0)
        measured = run.estimate(batch)
        if run.reference_identity == run.policy.identity:
            chosen, rejected = reference.of(indices[places], 0, batch)
        else:
            with torch.no_grad():
                again = run.estimate(batch)
            chosen, rejected = again.chosen, again.rejected
        apart = torch.cat([measured.chosen - chosen, measured.rejected - rejected]).detach().abs()
        worst = apart.max().item() if len(apart) else 0.0  # a process may have no rows
        if worst > allowed(run, measured.chosen):
            raise TrainingFailed(
                f"Self-test: the implicit reward before the first step is up to {worst:.3g}, expected exactly 0. "
                f"Policy and reference see different inputs; delete {run.work} if its cached reference is stale"
            )


def allowed(run: Run, measured: Tensor) -> float:
    """How far apart the same image's log-likelihoods may lie: balanced draws come in other batches than the table's."""
    if not run.plan.by_task or not len(measured):
        return 0.0
    return ROUNDING[run.request.precision] * (1 + measured.detach().abs().max().item())


ROUNDING = {"fp32": 1e-5, "bf16": 1e-2}
