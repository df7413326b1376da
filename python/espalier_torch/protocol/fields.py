"""What a request's fields say of themselves: their meaning, limits and defaults."""

import contextlib
import dataclasses
import typing
from collections.abc import Iterator
from dataclasses import field
from typing import Any


class RequestError(ValueError):
    """A request cannot be understood or cannot be run as asked. The user's to mend."""


@contextlib.contextmanager
def refusing(*faults: type[Exception]) -> Iterator[None]:
    """Makes faults that are the user's to mend a RequestError of the same words; also a decorator."""
    try:
        yield
    except RequestError:
        raise
    except faults as fault:
        raise RequestError(str(fault)) from fault


def setting(help: str, default: Any = dataclasses.MISSING, **limits: Any) -> Any:
    """A request field with its meaning and limits."""
    return field(default=default, metadata=about(help, **limits))


def about(
    help: str,
    *,
    above: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    choices: typing.Iterable[str] | None = None,
    decides: bool = True,
) -> dict[str, Any]:
    """What a field means and which values it takes.

    A limit of a list is one of its length. `decides` is False where the field changes nothing of what comes out.
    """
    return {
        "help": help,
        "above": above,
        "at_least": at_least,
        "at_most": at_most,
        "choices": tuple(choices) if choices else None,
        "decides": decides,
    }
