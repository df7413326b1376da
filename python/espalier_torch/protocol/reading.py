"""Requests from what JSON holds: every key and value is checked against the fields of the request's class.

A request with an unknown key, a wrong type or a value out of range is refused before any work, all faults at once. JSON
names a field as pipelines do (`batchPairs`) or as Python does (`batch_pairs`).
"""

import dataclasses
import difflib
import json
import math
import re
import types
import typing
from collections.abc import Mapping
from typing import Any

from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.refusals import refused

SHORT_LIST = 20
TYPE_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def read_request(line: str, kinds: Mapping[str, type]) -> Any:
    """One line of JSON to one of the requests of `kinds`, named by `request`. Raises RequestError."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as cause:
        raise RequestError(f"A request must be one line of JSON, got {line[:80]!r}: {cause}") from cause
    if not isinstance(raw, dict):
        raise RequestError(f"A request must be a JSON object, got {line[:80]!r}")
    kind = raw.pop("request", None)
    if kind not in kinds:
        raise RequestError(f"Unknown request {kind!r}; {suggestion(str(kind), kinds)}")
    return build(kinds[kind], raw)


def build(kind: type, raw: Mapping[str, Any]) -> Any:
    """Checks every key and value of a request and makes it. Raises RequestError listing all faults."""
    faults: list[str] = []
    made = section(kind, raw, "", faults)
    if made is not None:
        faults = refused(made)
    if faults:
        raise RequestError(f"The {kind.__name__} cannot be run: " + "; ".join(faults))
    return made


def section(kind: type, raw: Mapping[str, Any], path: str, faults: list[str]) -> Any:
    """A request, or the section of one at `path` ("masks."); None where something of it is added to the faults."""
    told = len(faults)
    fields = {one.name: one for one in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    given = {python_name(key): value for key, value in raw.items()}
    faults += [f"unknown key {path + key!r}; {suggestion(key, fields)}" for key in given if key not in fields]
    values = {}
    for name, one in fields.items():
        if name in given:
            try:
                values[name] = checked(path + name, given[name], hints[name], one.metadata, faults)
            except RequestError as fault:
                faults.append(str(fault))
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            faults.append(f"{path}{name} is missing: {one.metadata['help']}")
    return kind(**values) if len(faults) == told else None


def python_name(key: str) -> str:
    """`batchPairs` as batch_pairs; what is written so already stays as it is."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)


def checked(name: str, value: Any, hint: Any, about: Mapping[str, Any], faults: list[str]) -> Any:
    """`value` as the field's type. Raises RequestError; faults inside a section are added to those there are."""
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise RequestError(f"{name} must be an object, got {value!r}")
        return section(typing.cast(type, hint), value, f"{name}.", faults)
    if typing.get_origin(hint) is list:
        least = about["at_least"] or 0
        read = checked_numbers if typing.get_args(hint) == (int,) else checked_names
        return read(name, value, least)
    if typing.get_origin(hint) is dict:
        return checked_weights(name, value, about["choices"])
    return checked_value(name, value, hint, about)


def checked_value(name: str, value: Any, hint: type, about: Mapping[str, Any]) -> Any:
    """A text, number or truth within its limits. Raises RequestError."""
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not hint:
        raise RequestError(f"{name} must be {TYPE_NAMES[hint]}, got {value!r}")
    if about["choices"] and value not in about["choices"]:
        raise RequestError(f"{name} is {value!r}; {suggestion(value, about['choices'])}")
    if hint in (int, float) and not in_range(value, about):
        raise RequestError(f"{name} must be {range_text(about)}, got {value!r}")
    return value


def checked_names(name: str, value: Any, least: float) -> list[str]:
    """One text or a list of `least` of them and more, as a list. Raises RequestError."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or len(names) < least or not all(isinstance(one, str) for one in names):
        raise RequestError(f"{name} must be a text or a list of texts, got {value!r}")
    return names


def checked_numbers(name: str, value: Any, least: float) -> list[int]:
    """A list of `least` whole numbers from 0 and more. Raises RequestError."""
    whole = isinstance(value, list) and all(type(one) is int and one >= 0 for one in value)
    if not whole or len(value) < least:
        raise RequestError(f"{name} must be a list of whole numbers from 0 on, got {value!r}")
    return value


def checked_weights(name: str, value: Any, choices: tuple[str, ...] | None) -> dict[str, float]:
    """A non-empty mapping from names (of `choices`, if any) to positive finite weights. Raises RequestError."""
    if not isinstance(value, dict) or not value:
        example = choices[0] if choices else "name"
        raise RequestError(f'{name} must map names to weights, such as {{"{example}": 1}}, got {value!r}')
    for key, weight in value.items():
        if choices and key not in choices:
            raise RequestError(f"{name} has no {key!r}; {suggestion(key, choices)}")
        if type(weight) not in (int, float) or not math.isfinite(weight) or weight <= 0:
            raise RequestError(f"{name}.{key} must be a positive number, got {weight!r}")
    return {key: float(weight) for key, weight in value.items()}


def in_range(value: float, about: Mapping[str, Any]) -> bool:
    """Finite and within the limits that are given."""
    above, low, high = about["above"], about["at_least"], about["at_most"]
    inside = (above is None or value > above) and (low is None or value >= low) and (high is None or value <= high)
    return math.isfinite(value) and inside


def range_text(about: Mapping[str, Any]) -> str:
    """A range in words."""
    above, low, high = about["above"], about["at_least"], about["at_most"]
    if low is not None and high is not None:
        return f"from {low} to {high}"
    bounds = {"above": above, "at least": low, "at most": high}
    return ", ".join(f"{words} {bound}" for words, bound in bounds.items() if bound is not None) or "finite"


def suggestion(word: str, known: typing.Iterable[str]) -> str:
    """The nearest known name; the whole list where there is no near one, or where it is short."""
    names = list(known)
    nearest = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    listed = f"known are {', '.join(names)}" if names else "it takes none"
    if not nearest:
        return listed
    return f"did you mean {nearest[0]!r}?" + (f" ({listed})" if len(names) <= SHORT_LIST else "")
