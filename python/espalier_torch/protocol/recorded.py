"""The names under which trainings are recorded and known again, whatever settings and their defaults are called since.

checkpoint.json and the states of half-finished trainings hold settings by these names, and a fingerprint is a hash of
them. So nothing here changes with a setting's name or default; a new setting that decides the result is added.
"""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.files import hash_of

ALWAYS = object()
"""In the place of a value that goes unsaid: there is none."""

TRAINING: dict[str, tuple[str, Any]] = {
    "pairs": ("pairs", ALWAYS),
    "generator": ("generator", ALWAYS),
    "out": ("out", ALWAYS),
    "reference": ("reference", None),
    "reference_policy": ("reference_policy", "base"),
    "round": ("round", None),
    "work": ("work", None),
    "cache": ("cache", None),
    "seed": ("seed", 0),
    "threads": ("threads", None),
    "device": ("device", "cpu"),
    "balance": ("balance", "none"),
    "epochs": ("epochs", 1),
    "steps": ("steps", None),
    "batch_pairs": ("batch_pairs", 32),
    "learning_rate": ("learning_rate", 5e-05),
    "warmup_share": ("warmup_share", 0.1),
    "weight_decay": ("weight_decay", 0.0),
    "adam_beta1": ("adam_beta1", 0.9),
    "adam_beta2": ("adam_beta2", 0.99),
    "max_gradient_norm": ("maximum_gradient_norm", 1.0),
    "beta": ("beta", 0.1),
    "losses": ("losses", ALWAYS),
    "label_smoothing": ("label_smoothing", 0.0),
    "f_divergence": ("divergence", "reverse_kl"),
    "f_alpha": ("divergence_alpha", 0.5),
    "discopop_tau": ("discopop_tau", 0.05),
    "reduction": ("reduction", "sum"),
    "mask_policy": ("masks.policy", "random"),
    "mask_draws": ("masks.draws", 2),
    "mask_stratified": ("masks.stratified", True),
    "mask_antithetic": ("masks.antithetic", False),
    "mask_seed": ("mask_seed", 0),
    "mask_lowest_ratio": ("masks.lowest_ratio", 0.75),
    "mask_scored": ("masks.scored", "committed"),
    "mask_path_share": ("masks.path_share", 1.0),
    "mask_shared": ("masks.shared", True),
    "mask_tables": ("masks.tables", 4),
    "caption_dropout": ("caption_dropout", 0.0),
    "tag_balance": ("task_balance", 0.0),
    "ema_decay": ("average_decay", 0.0),
    "micro_pairs": ("micro_pairs", None),
    "precision": ("precision", "fp32"),
    "compile": ("compile", "auto"),
    "recompute_activations": ("recompute_activations", False),
    "processes": ("processes", 1),
    "sharding": ("sharding", "none"),
    "adapter": ("adapter", "none"),
    "adapter_rank": ("adapter.rank", 8),
    "adapter_alpha": ("adapter.alpha", 16),
    "adapter_targets": ("adapter.targets", None),
    "adapter_start": ("adapter", "fresh"),
    "adapter_base": ("adapter_base", None),
    "text_encoder": ("text_encoder", None),
    "reference_sync_steps": ("reference_sync.every", None),
    "reference_mixup": ("reference_sync.mixup", 0.6),
    "guidance_judge": ("guidance.judge", None),
    "guidance_kind": ("guidance.kind", "straight-through"),
    "guidance_coefficient": ("guidance.coefficient", 0.1),
    "guidance_question": ("guidance.question", "outcome"),
    "guidance_prompts": ("guidance.prompts", 8),
    "guidance_images": ("guidance.images", 4),
    "guidance_draws": ("guidance.draws", 2),
    "sampler_steps": ("sampler.steps", 8),
    "sampler_guidance_scale": ("sampler.guidance_scale", 0.0),
    "sampler_temperature": ("sampler.temperature", 1.0),
    "held_out_share": ("held_out.share", 0.0),
    "validate_every": ("held_out.every", 50),
    "patience": ("held_out.patience", None),
    "keep": ("held_out.keep", "last"),
    "divergence_factor": ("divergence_factor", 10.0),
    "metrics_every": ("metrics_every", 10),
    "sample_every": ("sample_every", None),
    "sample_prompts": ("sample_prompts", 6),
    "trackers": ("trackers", None),
    "checkpoint_every": ("checkpoint_every", 50),
    "keep_checkpoints": ("keep_checkpoints", 2),
}  # fmt: skip
"""Where a recorded setting lies in a request, and the value that goes unsaid in a fingerprint: the one that trainings
had before the setting was there. It is also what is recorded where there is no such section."""

JUDGE_TRAINING = {
    name: {"max_gradient_norm": "maximum_gradient_norm", "ema_decay": "average_decay"}.get(name, name)
    for name in [
        "samples", "generator", "out", "start", "work", "seed", "threads", "device", "steps", "batch", "learning_rate",
        "warmup_share", "weight_decay", "adam_beta1", "adam_beta2", "max_gradient_norm", "ranking_weight",
        "reason_weight", "settled", "ema_decay", "image_tokenizer", "questions", "adapter_rank", "adapter_alpha",
        "checkpoint_every", "keep_checkpoints"
    ]
}  # fmt: skip
"""The same for a judge's training, of which nothing goes unsaid."""


def recorded(request: TrainRequest | JudgeTrainRequest) -> dict[str, Any]:
    """The whole request by its recorded names."""
    if isinstance(request, JudgeTrainRequest):
        return {name: getattr(request, path) for name, path in JUDGE_TRAINING.items()}
    return {
        **{name: value_at(request, path, unsaid) for name, (path, unsaid) in TRAINING.items()},
        "adapter": "none" if request.adapter is None else "lora",
        "adapter_start": "fresh" if request.adapter_base is None else "carried",
        "trackers": request.trackers or None,
    }


def result_settings(request: TrainRequest | JudgeTrainRequest) -> dict[str, Any]:
    """Those of its settings that can change the result."""
    is_judge = isinstance(request, JudgeTrainRequest)
    paths = JUDGE_TRAINING if is_judge else {name: path for name, (path, _) in TRAINING.items()}
    return {name: value for name, value in recorded(request).items() if decides(type(request), paths[name])}


def value_at(request: TrainRequest, path: str, unsaid: Any) -> Any:
    """What a request has at a path; what goes unsaid where it lacks the section."""
    section, _, name = path.rpartition(".")
    holder = getattr(request, section) if section else request
    return unsaid if holder is None else getattr(holder, name)


def decides(kind: type, path: str) -> bool:
    """Whether the setting at a path can change the result, as its class says."""
    section, _, name = path.rpartition(".")
    if section:
        hint = typing.get_type_hints(kind)[section]
        kind = next(one for one in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(one))
    return next(one for one in dataclasses.fields(kind) if one.name == name).metadata["decides"]


def fingerprint(request: TrainRequest, inputs: Mapping[str, str | None]) -> str:
    """Hash of all that decides the result: two runs with one fingerprint are the same run.

    What goes unsaid is left out, so that a new setting does not make old runs strangers.
    """
    changed = {name: value for name, value in result_settings(request).items() if value != TRAINING[name][1]}
    return hash_of({"settings": changed, **inputs})


def judge_fingerprint(request: JudgeTrainRequest, samples: str, parents: list[str]) -> str:
    """The same for a judge's training."""
    return hash_of({"settings": result_settings(request), "samples": samples, "parents": parents})
