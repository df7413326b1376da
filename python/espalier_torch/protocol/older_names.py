"""A training's request by the names that its settings were recorded under, or by paths such as `masks.policy`."""

from collections.abc import Mapping
from typing import Any

from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import python_name
from espalier_torch.protocol.recorded import TRAINING

OPENED_BY = {"adapter": "adapter", "guidance": "guidance_judge", "reference_sync": "reference_sync_steps"}
"""The recorded setting without which none of a section counts."""


def renewed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same request in sections. Raises RequestError where an adapter would be carried on from nowhere."""
    if raw.get("adapter_start") == "carried" and raw.get("adapter_base") is None:
        raise RequestError("adapter_start 'carried' belongs together with adapter_base, what the adapter sits on")
    made: dict[str, Any] = {}
    paths = {name: TRAINING[name][0] if name in TRAINING else python_name(name) for name in raw}
    for name in sorted(raw, key=lambda one: paths[one].count(".")):
        if name != "adapter_start" and counts(name, paths[name], raw):
            put(made, paths[name], adapter_of(raw[name]) if name == "adapter" else raw[name])
    return made


def adapter_of(value: Any) -> Any:
    """The adapter's section, of which "lora" or "none" was said."""
    return {} if value == "lora" else None if value == "none" else value


def counts(name: str, path: str, raw: Mapping[str, Any]) -> bool:
    """Whether a setting is of a section that is asked for; a path says itself that it is."""
    opener = OPENED_BY.get(path.partition(".")[0])
    return "." not in path or name == path or opener is None or raw.get(opener) not in (None, "none")


def put(request: dict[str, Any], path: str, value: Any) -> None:
    """Puts a value at a path of a request, whose sections are made where they are not."""
    *sections, name = path.split(".")
    for section in sections:
        request[section] = dict(request.get(section) or {})
        request = request[section]
    request[name] = value
