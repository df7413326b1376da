"""The reference of a run: read from a table, measured with as few models as it takes, or a model that follows."""

import copy
import math
from pathlib import Path
from typing import Any

from torch import nn

from espalier_torch.checkpoints.resumable_state import load_group
from espalier_torch.data.pair_order import PairOrder
from espalier_torch.distributed.sharded_tensors import shares_like
from espalier_torch.families.registry import load_trainable
from espalier_torch.objective.objective import Objective, PairLogLikelihoods
from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.adapter import without_adapter
from espalier_torch.training.inputs import load_policy
from espalier_torch.training.likelihoods import under, under_policy
from espalier_torch.training.reference.following import FollowingReference
from espalier_torch.training.reference.reference import Reference
from espalier_torch.training.reference.table import ReferenceTable, Score, TablePlan, reference_table
from espalier_torch.training.state import TrainingState
from espalier_torch.training.weights import placed


def open_reference(state: TrainingState, emit: Emit, stop: Stop) -> Reference:
    """What the policy is measured against: a table for every table of draws that will be used, or a model."""
    if state.request.reference_sync is not None:
        return following_reference(state)
    return table_of(state, state.order, state.objective, emit, stop)


def following_reference(state: TrainingState) -> FollowingReference:
    """A second model that is moved towards the policy, as it was when the run was interrupted."""
    model, request = reference_model(state), state.request
    if state.resumed_from is not None:
        found = load_group(state.resumed_from, "reference", state.device)
        model.load_state_dict(shares_like(found, model.state_dict()))
    model.requires_grad_(False)
    score = lambda one, rows: under(state, one, rows)  # noqa: E731
    return FollowingReference(model, score, request.reference_sync.every, request.reference_sync.mixup)


def table_of(state: TrainingState, order: PairOrder, objective: Objective, emit: Emit, stop: Stop) -> ReferenceTable:
    """Reference log-likelihoods of an order's pairs, from the cache where they lie there.

    Of as many tables of draws as the run's steps come to.
    """
    epochs = max(1, math.ceil(state.steps / state.order.steps_per_epoch))
    plan = TablePlan(
        order,
        objective,
        min(order.tables, epochs),
        start_identity(state) if state.starts_at_reference else state.reference.identity,
        state.processes,
        state.micro_pairs,
        (state.request.reduction, state.request.precision, *arithmetic_of(state)),
    )
    cache = Path(state.request.cache) if state.request.cache else state.work
    return reference_table(lambda: scorer(state), plan, cache, emit, lambda: state.processes.check(stop))


def arithmetic_of(state: TrainingState) -> tuple[str, ...]:
    """What of a model's own arithmetic decides the bits, where a family says so, and whether it runs compiled."""
    return (*getattr(state.model, "arithmetic", ()), *(("compiled",) if state.compiled else ()))


def scorer(state: TrainingState) -> Score:
    """The frozen reference. Where the policy holds it, no second model is loaded."""
    if state.starts_at_reference and state.step == 0:
        return lambda rows: under_policy(state, rows)
    if state.starts_at_reference and state.policy.adapter is not None and state.request.adapter_base is None:

        def below(rows: Any) -> PairLogLikelihoods:
            with without_adapter(state.model) as model:
                return under(state, model, rows)

        return below
    model = reference_model(state)
    return lambda rows: under(state, model, rows)


def start_identity(state: TrainingState) -> str:
    """Identity of the starting weights as they are computed: an adapter carried on is added while computing."""
    policy, carried = state.policy, state.request.adapter_base is not None
    return f"{policy.base} + adapter of {policy.identity}" if carried else policy.identity


def reference_model(state: TrainingState) -> nn.Module:
    """The reference at its start, as a model of its own. Where it is the start, it is built as the policy was."""
    if state.starts_at_reference and state.step == 0 and not state.processes.sharded:
        return copy.deepcopy(state.model)
    if state.starts_at_reference:
        model = load_policy(state.request).model
    else:
        model, _ = load_trainable(state.reference.folder)
    return placed(model, state.processes)
