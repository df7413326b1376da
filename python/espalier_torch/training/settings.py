"""What a request asks for, in the trainer's own terms, and what of it decides the result."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from espalier_torch.data.pair_order import PairOrder
from espalier_torch.data.pairs import Pairs
from espalier_torch.objective.log_probabilities import LossSettings
from espalier_torch.train_request import TrainRequest

WHEREABOUTS = {
    "pairs", "generator", "reference", "out", "work", "cache", "threads", "checkpoint_every", "keep_checkpoints",
    "adapter_base", "guidance_judge", "trackers", "metrics_every",
    "processes"
}  # fmt: skip
"""Request fields that do not change the result; what the files hold is in the fingerprint by hash."""


def result_settings(request: TrainRequest) -> dict[str, Any]:
    """The request's fields that can change the result."""
    return {name: value for name, value in asdict(request).items() if name not in WHEREABOUTS}


def fingerprint(request: TrainRequest, inputs: Mapping[str, str | None]) -> str:
    """Hash of all that decides the result: two runs with one fingerprint are the same run.

    Settings at their defaults are left out, so that a new setting does not make old runs strangers.
    """
    defaults = {one.name: one.default for one in fields(TrainRequest)}
    changed = {name: value for name, value in result_settings(request).items() if value != defaults[name]}
    return hashlib.sha256(json.dumps({"settings": changed, **inputs}, sort_keys=True).encode()).hexdigest()


def loss_settings(request: TrainRequest) -> LossSettings:
    """How strictly the losses judge."""
    return LossSettings(
        request.beta, request.label_smoothing, request.f_divergence, request.f_alpha, request.discopop_tau
    )


def pair_order(request: TrainRequest, pairs: Pairs) -> PairOrder:
    """Which pairs come when."""
    return PairOrder(pairs, request.batch_pairs, request.seed, request.mask_tables, request.balance == "task")
