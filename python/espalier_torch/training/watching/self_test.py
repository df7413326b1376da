"""The implicit reward must be exactly 0 before the first step, or policy and reference are measured unlike."""

import torch
from torch import Tensor

from espalier_torch.runtime.stopping import TrainingFailed
from espalier_torch.training.likelihoods import rows_of, under_policy
from espalier_torch.training.reference.reference import Reference
from espalier_torch.training.state import TrainingState

ROUNDING = {"fp32": 1e-5, "bf16": 1e-2}


def self_test(state: TrainingState, reference: Reference) -> None:
    """Measures the first batch with policy and reference.

    Where both start from the same weights the reference itself is tested; otherwise the policy is tested against
    itself, with and without gradients.

    Raises:
        TrainingFailed: they differ in any bit; by more than rounding, where a table was measured in other batches.
    """
    if state.step > 0 or state.steps == 0:
        return
    indices = state.order.indices(0)
    for places in state.processes.share(len(indices), state.micro_pairs)[:1]:
        rows = rows_of(state, indices[places], 0)
        measured = under_policy(state, rows)
        if state.starts_at_reference:
            chosen, rejected = reference.of(indices[places], 0, rows)
        else:
            with torch.no_grad():
                again = under_policy(state, rows)
            chosen, rejected = again.chosen, again.rejected
        apart = torch.cat([measured.chosen - chosen, measured.rejected - rejected]).detach().abs()
        worst = apart.max().item() if len(apart) else 0.0  # a process may have no rows
        if worst > allowed(state, measured.chosen):
            raise TrainingFailed(
                f"Self-test: the implicit reward before the first step is up to {worst:.3g}, expected exactly 0. "
                f"Policy and reference see different inputs; delete {state.work} if its cached reference is stale"
            )


def allowed(state: TrainingState, measured: Tensor) -> float:
    """How far apart the same image's log-likelihoods may lie: balanced draws come in other batches than the table's."""
    if not state.order.by_task or not len(measured):
        return 0.0
    return ROUNDING[state.request.precision] * (1 + measured.detach().abs().max().item())
