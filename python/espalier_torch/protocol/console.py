"""Events for a person who watches a terminal."""

import sys
import time
from typing import Any


class Console:
    """Prints events for a person: one short line each, steps at most once a second."""

    def __init__(self) -> None:
        self.told = 0.0

    def emit(self, event: dict[str, Any]) -> None:
        """Prints one event to standard output."""
        if event["event"] == "step-end":
            last = event["step"] == event["steps"]
            if time.monotonic() - self.told < 1 and not last:
                return
            self.told = time.monotonic()
        print("  ".join(f"{name} {shown(value)}" for name, value in event.items()), file=sys.stdout, flush=True)


def shown(value: Any) -> str:
    """Numbers with four significant digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
