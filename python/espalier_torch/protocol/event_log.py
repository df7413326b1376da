"""The event stream of a run in a file that survives kills."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from espalier_torch.protocol.lines import check_event, event_line

Emit = Callable[[dict[str, Any]], None]
"""Takes one event."""

REPEATABLE = {"step-end", "judge-step-end", "checkpoint-end", "validation-end", "samples-end"}
"""Events that a resumed run will send again for the steps it repeats."""


class EventLog:
    """Passes events on and appends them to a file. Opened at a step, it forgets what came after that step."""

    def __init__(self, file: Path, emit: Emit, from_step: int):
        self.file = file
        self.passed_on = emit
        kept = [line for line in whole_lines(file) if not repeated(line, from_step)]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(kept))
        self.stream: TextIO = file.open("a")

    def emit(self, event: dict[str, Any]) -> None:
        """Checks, stores and passes on one event."""
        check_event(event)
        self.stream.write(event_line(event) + "\n")
        self.stream.flush()
        self.passed_on(event)

    def copy_to(self, target: Path) -> None:
        """Copies what was logged so far."""
        shutil.copyfile(self.file, target)

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stream.close()


def whole_lines(file: Path) -> list[str]:
    """Lines that end; a line cut by a kill is left out."""
    if not file.is_file():
        return []
    return [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


def repeated(line: str, from_step: int) -> bool:
    """Whether a run resumed at `from_step` will send this event again."""
    event = json.loads(line)
    return event["event"] in REPEATABLE and event["step"] > from_step
