"""Events as the lines of JSON that go out on stdout."""

import json
import math
from collections.abc import Mapping
from typing import Any

from espalier_torch.protocol.events import WORKER_EVENTS, Fields
from espalier_torch.protocol.reading import suggestion


def check_event(event: Mapping[str, Any], known: Mapping[str, Fields] = WORKER_EVENTS) -> None:
    """Raises ValueError when an event is unknown or has other fields; called on every event before it is sent."""
    name = str(event.get("event"))
    if name not in known:
        raise ValueError(f"Unknown event {name!r}; {suggestion(name, known)}")
    fields = event.keys() - {"event"}
    if missing := set(known[name].always) - fields:
        raise ValueError(f"Event {name!r} lacks {', '.join(sorted(missing))}")
    if strangers := fields - {*known[name].always, *known[name].sometimes}:
        raise ValueError(f"Event {name!r} has no {', '.join(sorted(strangers))}")


def event_line(event: Mapping[str, Any]) -> str:
    """The event as one line of strict JSON; a number that JSON lacks becomes null."""
    return json.dumps({key: finite(value) for key, value in event.items()}, allow_nan=False)


def finite(value: Any) -> Any:
    """NaN and infinities as None."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
