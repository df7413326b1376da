"""Fields of a request: their meaning, limits and defaults, and the check of what came against them.

A request with an unknown key, a wrong type or a value out of range is refused before any work, all faults at once.
"""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import field
from typing import Any


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
    made = None if faults else kind(**values)
    if hasattr(made, "faults"):
        faults = made.faults()
    if faults:
        raise RequestError(f"The {kind.__name__} cannot be run: " + "; ".join(faults))
    return made


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


SHORT_LIST = 20
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
    """The nearest known name; the whole list where there is no near one, or where it is short."""
    names = list(known)
    nearest = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    listed = f"known are {', '.join(names)}" if names else "it takes none"
    if not nearest:
        return listed
    return f"did you mean {nearest[0]!r}?" + (f" ({listed})" if len(names) <= SHORT_LIST else "")
