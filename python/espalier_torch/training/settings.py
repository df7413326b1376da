"""What a request asks for, in the trainer's own terms, and what of it decides the result."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from espalier_torch.batches import BatchPlan
from espalier_torch.log_probabilities import LossSettings
from espalier_torch.masks import MaskSettings
from espalier_torch.pairs import Pairs
from espalier_torch.request_fields import RequestError
from espalier_torch.train_request import TrainRequest

WHEREABOUTS = {
    "pairs", "generator", "reference", "out", "work", "cache", "threads", "checkpoint_every", "keep_checkpoints"
}  # fmt: skip
"""Request fields that do not change the result; what the files hold is in the fingerprint by hash."""


def result_settings(request: TrainRequest) -> dict[str, Any]:
    """The request's fields that can change the result."""
    return {name: value for name, value in asdict(request).items() if name not in WHEREABOUTS}


def fingerprint(request: TrainRequest, pairs: str, generator: str, reference: str) -> str:
    """Hash of all that decides the result: two runs with one fingerprint are the same run."""
    about: Mapping[str, Any] = {
        "settings": result_settings(request),
        "pairs": pairs,
        "generator": generator,
        "reference": reference,
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def loss_settings(request: TrainRequest) -> LossSettings:
    """How strictly the losses judge."""
    return LossSettings(
        request.beta, request.label_smoothing, request.f_divergence, request.f_alpha, request.discopop_tau
    )


def batch_plan(request: TrainRequest, pairs: Pairs, device: torch.device) -> BatchPlan:
    """The batches a request asks for."""
    masks = MaskSettings(
        policy=request.mask_policy,
        draws=request.mask_draws,
        stratified=request.mask_stratified,
        antithetic=request.mask_antithetic,
        lowest_ratio=request.mask_lowest_ratio,
        scored=request.mask_scored,
        path_share=request.mask_path_share,
        shared=request.mask_shared,
        seed=request.mask_seed,
    )
    return BatchPlan(
        pairs, request.batch_pairs, request.seed, masks, request.mask_tables, request.caption_dropout, device
    )


def chosen_device(name: str) -> torch.device:
    """The device asked for; "auto" is CUDA where there is one. Raises RequestError when it is missing."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise RequestError("device is 'cuda', but torch finds no CUDA device here; use 'cpu' or 'auto'")
    return torch.device(name)
