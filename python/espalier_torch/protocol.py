"""The JSON lines Node and Python exchange: requests come in on stdin, events go out on stdout."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from espalier_torch.judging.request import JudgeTrainRequest
from espalier_torch.request_fields import RequestError, build, setting, suggestion
from espalier_torch.train_request import EstimateRequest, TrainRequest


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Writes generator.onnx into a checkpoint folder that has none."""

    generator: str = setting("checkpoint folder of a generator")


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """Asks what this machine offers."""


REQUESTS: dict[str, type] = {
    "train": TrainRequest,
    "estimate": EstimateRequest,
    "train-judge": JudgeTrainRequest,
    "export": ExportRequest,
    "probe": ProbeRequest,
}

EVENTS: dict[str, set[str]] = {
    "train-start": {"step", "steps", "pairs", "generator", "reference", "fingerprint", "device"},
    "reference-start": {"pairs", "tables", "cached"},
    "reference-delta": {"done", "total"},
    "reference-end": {"seconds"},
    "step-end": {
        "step", "steps", "loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies",
        "logps/chosen", "logps/rejected", "grad_norm", "learning_rate", "pairs_per_second", "seconds_left",
    },
    "validation-end": {
        "step", "pairs", "eval_loss", "eval_rewards/chosen", "eval_rewards/rejected", "eval_rewards/margins",
        "eval_rewards/accuracies", "histogram", "tasks", "best_step", "stops",
    },
    "samples-end": {"step", "text", "tokens"},
    "judge-start": {"step", "steps", "samples", "answers", "parents", "fingerprint", "device"},
    "judge-step-end": {
        "step", "steps", "loss", "loss/answers", "loss/ranking", "loss/reasons", "grad_norm", "learning_rate",
        "seconds_left",
    },
    "checkpoint-end": {"step", "folder"},
    "stop-end": {"step", "reason"},
    "train-end": {"step", "folder", "identity"},
    "estimate-end": {
        "steps", "micro_pairs", "seconds", "reference_seconds", "memory_mb", "models_mb", "optimizer_mb",
        "activations_mb", "available_mb",
    },
    "export-end": {"folder", "files"},
    "probe-end": {"python", "torch", "onnx", "cores", "threads", "memory_mb", "cuda", "cuda_memory_mb"},
    "error": {"type", "message", "log"},
}  # fmt: skip
"""Every event and the fields it always carries beside `event`; `step-end` may also have OPTIONAL_METRICS."""

OPTIONAL_METRICS = {
    "entropy", "mean_token_accuracy", "logits/chosen", "logits/rejected", "guidance/loss", "guidance/score"
}  # fmt: skip


def parse_request(line: str) -> Any:
    """One line of JSON to a request of `REQUESTS`. Raises RequestError."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as cause:
        raise RequestError(f"A request must be one line of JSON, got {line[:80]!r}: {cause}") from cause
    if not isinstance(raw, dict):
        raise RequestError(f"A request must be a JSON object, got {line[:80]!r}")
    kind = raw.pop("request", None)
    if kind not in REQUESTS:
        raise RequestError(f"Unknown request {kind!r}; {suggestion(str(kind), REQUESTS)}")
    return build(REQUESTS[kind], raw)


def check_event(event: Mapping[str, Any]) -> None:
    """Raises ValueError when an event is unknown or lacks a field; called on every event before it is sent."""
    name = event.get("event")
    if name not in EVENTS:
        raise ValueError(f"Unknown event {name!r}; {suggestion(str(name), EVENTS)}")
    missing = EVENTS[name] - event.keys()
    if missing:
        raise ValueError(f"Event {name!r} lacks {', '.join(sorted(missing))}")


def event_line(event: Mapping[str, Any]) -> str:
    """The event as one line of strict JSON; a number that JSON lacks becomes null."""
    return json.dumps({key: finite(value) for key, value in event.items()}, allow_nan=False)


def finite(value: Any) -> Any:
    """NaN and infinities as None."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
