"""The reference of a run: read from a table, measured with as few models as it takes, or a model that follows."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from espalier_torch.checkpoints.resumable_state import load_group
from espalier_torch.distributed.sharded_tensors import shares_like
from espalier_torch.families.trainable import load_trainable
from espalier_torch.objective.estimator import Batch, Estimates
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training import inputs
from espalier_torch.training.adapter import without_adapter
from espalier_torch.training.batches import BatchPlan
from espalier_torch.training.reference.table import (
    Emit,
    FollowingReference,
    ReferenceTable,
    Score,
    TablePlan,
    reference_table,
)

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def following_reference(run: Run) -> FollowingReference:
    """A second model that is moved towards the policy, as it was when the run was interrupted."""
    model, request = reference_model(run), run.request
    if run.resumed_from is not None:
        found = load_group(run.resumed_from, "reference", run.device)
        model.load_state_dict(shares_like(found, model.state_dict()))
    inputs.freeze(model)
    return FollowingReference(model, run.score, request.reference_sync_steps, request.reference_mixup)


def table_of(run: Run, batches: BatchPlan, tables: int, emit: Emit, stop: Stop) -> ReferenceTable:
    """Reference log-probabilities of a plan's pairs, from the cache where they lie there."""
    plan = TablePlan(
        batches,
        tables,
        start_identity(run) if is_start(run) else run.reference_identity,
        run.processes,
        run.micro_pairs,
        (run.request.reduction, run.request.precision),
    )
    cache = Path(run.request.cache) if run.request.cache else run.work
    return reference_table(lambda: scorer(run), plan, cache, emit, lambda: run.processes.check(stop))


def scorer(run: Run) -> Score:
    """The frozen reference. Where the policy holds it, no second model is loaded."""
    if is_start(run) and run.step == 0:
        return run.estimate
    if is_start(run) and run.policy.adapter is not None and run.request.adapter_start == "fresh":

        def below(batch: Batch) -> Estimates:
            with without_adapter(run.model) as model:
                return run.score(model, batch)

        return below
    model = reference_model(run)
    return lambda batch: run.score(model, batch)


def is_start(run: Run) -> bool:
    """Whether the reference is the checkpoint that training starts from."""
    return run.reference_identity == run.policy.identity


def start_identity(run: Run) -> str:
    """Identity of the starting weights as they are computed: an adapter carried on is added while computing."""
    carried = run.request.adapter_start == "carried"
    return f"{run.policy.base} + adapter of {run.policy.identity}" if carried else run.policy.identity


def reference_model(run: Run) -> nn.Module:
    """The reference at its start, as a model of its own. Where it is the start, it is built as the policy was."""
    if not is_start(run):
        return run.placed(load_trainable(run.reference_folder)[0])
    if run.step == 0 and not run.sharded:
        return copy.deepcopy(run.model)
    return run.placed(inputs.load_policy(run.request).model)
