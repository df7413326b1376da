"""The JSON lines Node and Python exchange: requests come in on stdin, events go out on stdout.

A request with an unknown key, a wrong type or a value out of range is refused before any work, all faults at once.
"""

import dataclasses
import difflib
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from espalier_torch.dpo import LOSSES
from espalier_torch.masks import MASK_POLICIES, SCORED


class RequestError(ValueError):
    """A request cannot be understood or cannot be run as asked. The user's to mend."""


def setting(help: str, default: Any = dataclasses.MISSING, **limits: Any) -> Any:
    """A request field with its meaning and limits."""
    return field(default=default, metadata=about(help, **limits))


def about(
    help: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    choices: typing.Iterable[str] | None = None,
) -> dict[str, Any]:
    """What a field means and which values it takes."""
    return {"help": help, "at_least": at_least, "at_most": at_most, "choices": tuple(choices) if choices else None}


def plain_dpo() -> dict[str, float]:
    """The default losses."""
    return {"sigmoid": 1.0}


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """One DPO run: from a generator and a pair set to a new generator."""

    pairs: list[str] = field(
        metadata=about("files of the pair set, Arrow streams, in order; one may do without a list")
    )
    generator: str = setting("folder of the checkpoint training starts from")
    out: str = setting("folder of the checkpoint to write; must not exist, or hold this very run's result")
    reference: str | None = setting("folder of the reference checkpoint; the starting checkpoint when absent", None)
    reference_policy: str = setting("how the reference was chosen (base, previous, fixed:ID, ema); recorded", "base")
    round: int | None = setting("round of the run this is, from 1; recorded", None, at_least=1)
    work: str | None = setting("folder for resumable state, of this run alone; OUT.work when absent", None)
    cache: str | None = setting("folder of reference log-probabilities, for many runs; WORK when absent", None)
    seed: int = setting("seed of the data order", 0, at_least=0, at_most=2**32 - 1)
    threads: int | None = setting("CPU threads; torch decides when absent", None, at_least=1)
    device: str = setting("where to train", "cpu", choices=["cpu", "cuda", "auto"])
    epochs: int = setting("passes over the pairs, where steps do not say otherwise", 1, at_least=1)
    steps: int | None = setting("optimizer steps, over as many epochs as they take", None, at_least=0)
    batch_pairs: int = setting("pairs an optimizer step", 32, at_least=1)
    learning_rate: float = setting("peak of the cosine schedule", 5e-5, at_least=0)
    warmup_share: float = setting("share of the steps over which the rate rises", 0.1, at_least=0, at_most=1)
    weight_decay: float = setting("AdamW's, on matrices only", 0.0, at_least=0)
    adam_beta1: float = setting("AdamW's decay of the first moment", 0.9, at_least=0, at_most=0.9999)
    adam_beta2: float = setting("AdamW's decay of the second moment", 0.99, at_least=0, at_most=0.99999)
    max_gradient_norm: float = setting("gradients are scaled down to this norm", 1.0, at_least=1e-9)
    beta: float = setting("strength of the pull to the reference", 0.1, at_least=1e-9)
    losses: dict[str, float] = field(default_factory=plain_dpo, metadata=about("weight of each loss", choices=LOSSES))
    label_smoothing: float = setting("share of labels assumed flipped", 0.0, at_least=0, at_most=0.4999)
    reduction: str = setting("sum over scored tokens, or mean a token", "sum", choices=["sum", "mean"])
    mask_policy: str = setting("how masks are drawn", "random", choices=MASK_POLICIES)
    mask_draws: int = setting("masks a pair and step, stratified", 2, at_least=1)
    mask_seed: int = setting("seed of the masks", 0, at_least=0, at_most=2**32 - 1)
    mask_lowest_ratio: float = setting("lowest mask ratio of high-ratio", 0.75, at_least=0, at_most=1)
    mask_scored: str = setting("what own-path scores", "committed", choices=SCORED)
    mask_path_share: float = setting("first share of the path own-path draws from", 1.0, at_least=1e-9, at_most=1)
    mask_shared: bool = setting("chosen and rejected share masks", True)
    mask_tables: int = setting("sets of masks drawn in all; epochs take them in turn", 4, at_least=1)
    caption_dropout: float = setting("share of pairs trained without their caption", 0.0, at_least=0, at_most=1)
    tag_balance: float = setting("0 weighs pairs alike, 1 gives every task the same weight", 0.0, at_least=0, at_most=1)
    ema_decay: float = setting(
        "moving average of the weights, which is what is kept; 0 for none", 0.0, at_least=0, at_most=0.99999
    )
    checkpoint_every: int = setting("optimizer steps between resumable checkpoints", 50, at_least=1)
    keep_checkpoints: int = setting("resumable checkpoints kept while training", 2, at_least=1)


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Writes generator.onnx into a checkpoint folder that has none."""

    generator: str = setting("checkpoint folder of a generator")


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """Asks what this machine offers."""


REQUESTS: dict[str, type] = {"train": TrainRequest, "export": ExportRequest, "probe": ProbeRequest}

EVENTS: dict[str, set[str]] = {
    "train-start": {"step", "steps", "pairs", "generator", "reference", "fingerprint", "device"},
    "reference-start": {"pairs", "tables", "cached"},
    "reference-delta": {"done", "total"},
    "reference-end": {"seconds"},
    "step-end": {
        "step", "steps", "loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies",
        "logps/chosen", "logps/rejected", "grad_norm", "learning_rate", "pairs_per_second", "seconds_left",
    },
    "checkpoint-end": {"step", "folder"},
    "stop-end": {"step", "reason"},
    "train-end": {"step", "folder", "identity"},
    "export-end": {"folder", "files"},
    "probe-end": {"python", "torch", "onnx", "cores", "threads", "memory_mb", "cuda"},
    "error": {"type", "message", "log"},
}  # fmt: skip
"""Every event and the fields it carries beside `event`."""


def parse_request(line: str) -> Any:
    """One line of JSON to a TrainRequest, ExportRequest or ProbeRequest. Raises RequestError."""
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


def build(kind: type, raw: Mapping[str, Any]) -> Any:
    """Checks every key and value of a request and makes it. Raises RequestError listing all faults."""
    fields = {one.name: one for one in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    faults = [f"unknown key {key!r}; {suggestion(key, fields)}" for key in raw if key not in fields]
    values = {}
    for name, one in fields.items():
        if name in raw:
            try:
                values[name] = checked(name, raw[name], hints[name], one.metadata)
            except RequestError as fault:
                faults.append(str(fault))
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            faults.append(f"{name} is missing: {one.metadata['help']}")
    if faults:
        raise RequestError(f"The {kind.__name__} cannot be run: " + "; ".join(faults))
    return kind(**values)


def checked(name: str, value: Any, hint: Any, about: Mapping[str, Any]) -> Any:
    """`value` as the field's type. Raises RequestError."""
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    if typing.get_origin(hint) is list:
        return checked_names(name, value)
    if typing.get_origin(hint) is dict:
        return checked_weights(name, value, about["choices"])
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not hint:
        raise RequestError(f"{name} must be {TYPE_NAMES[hint]}, got {value!r}")
    if about["choices"] and value not in about["choices"]:
        raise RequestError(f"{name} is {value!r}; {suggestion(value, about['choices'])}")
    low, high = about["at_least"], about["at_most"]
    if hint in (int, float) and not in_range(value, low, high):
        raise RequestError(f"{name} must be {range_text(low, high)}, got {value!r}")
    return value


def checked_names(name: str, value: Any) -> list[str]:
    """One text or a non-empty list of them, as a list. Raises RequestError."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise RequestError(f"{name} must be a text or a list of texts, got {value!r}")
    return names


def checked_weights(name: str, value: Any, choices: tuple[str, ...]) -> dict[str, float]:
    """A non-empty mapping from known names to positive finite weights. Raises RequestError."""
    if not isinstance(value, dict) or not value:
        raise RequestError(f'{name} must map names to weights, such as {{"{choices[0]}": 1}}, got {value!r}')
    for key, weight in value.items():
        if key not in choices:
            raise RequestError(f"{name} has no {key!r}; {suggestion(key, choices)}")
        if type(weight) not in (int, float) or not math.isfinite(weight) or weight <= 0:
            raise RequestError(f"{name}.{key} must be a positive number, got {weight!r}")
    return {key: float(weight) for key, weight in value.items()}


TYPE_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def in_range(value: float, low: float | None, high: float | None) -> bool:
    """Finite and within the limits that are given."""
    return math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)


def range_text(low: float | None, high: float | None) -> str:
    """A range in words."""
    if low is not None and high is not None:
        return f"from {low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else "finite"


def suggestion(word: str, known: typing.Iterable[str]) -> str:
    """The nearest known name and the whole list."""
    names = list(known)
    nearest = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    listed = f"known are {', '.join(names)}" if names else "it takes none"
    return f"did you mean {nearest[0]!r}? ({listed})" if nearest else listed


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
