"""What a request asks for, in the trainer's own terms, and what of it decides the result."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import torch

from espalier_torch.data.pairs import Pairs
from espalier_torch.objective.guidance import GuidanceSettings
from espalier_torch.objective.log_probabilities import LossSettings
from espalier_torch.objective.masks import MaskSettings
from espalier_torch.objective.sampling import SamplerSettings
from espalier_torch.request_fields import RequestError
from espalier_torch.train_request import TrainRequest
from espalier_torch.training.batches import BatchPlan

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
        pairs=pairs,
        batch_pairs=request.batch_pairs,
        seed=request.seed,
        masks=masks,
        tables=request.mask_tables,
        caption_dropout=request.caption_dropout,
        device=device,
        by_task=request.balance == "task",
    )


def guidance_settings(request: TrainRequest) -> GuidanceSettings:
    """What is drawn for the guidance term."""
    compared = request.guidance_kind == "score-function"
    return GuidanceSettings(
        kind=request.guidance_kind,
        prompts=request.guidance_prompts,
        images=request.guidance_images if compared else 1,
        draws=request.guidance_draws,
        seed=request.seed,
        sampler=sampler_settings(request),
    )


def sampler_settings(request: TrainRequest) -> SamplerSettings:
    """How images drawn while training are decoded."""
    return SamplerSettings(request.sampler_steps, request.sampler_guidance_scale, request.sampler_temperature)


def chosen_device(name: str) -> torch.device:
    """The device asked for; "auto" is CUDA where there is one. Raises RequestError when it is missing."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise RequestError("device is 'cuda', but torch finds no CUDA device here; use 'cpu' or 'auto'")
    return torch.device(name)
