"""Files of JSON lines on a shared folder, each written by one process and read by others.

A writer opens, appends and closes for every line, and a reader opens for every look: network file systems promise that
what was closed before is seen by what is opened after (close-to-open consistency of NFS), and nothing more.
"""

import json
import os
from pathlib import Path
from typing import Any


class JsonLinesReader:
    """Reads the whole lines that a file has gained since the last look."""

    def __init__(self, file: Path):
        self.file = file
        self.offset = 0

    def read(self) -> list[dict[str, Any]]:
        """The new lines; none while the file does not exist. A line without an end is left for the next look."""
        try:
            with self.file.open("rb") as handle:
                handle.seek(self.offset)
                new = handle.read()
        except FileNotFoundError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [entry for line in whole.splitlines() if (entry := parsed(line)) is not None]


class JsonLinesWriter:
    """Appends lines. What a killed writer left of a line is closed off and never read as one."""

    def __init__(self, file: Path):
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and (text := file.read_bytes()) and not text.endswith(b"\n"):
            self.append_bytes(b"\n")

    def append(self, entry: dict[str, Any]) -> None:
        """Writes one line and forces it to disk."""
        self.append_bytes(json.dumps(entry).encode() + b"\n")

    def append_bytes(self, line: bytes) -> None:
        """Writes at the end, in one call."""
        with self.file.open("ab") as handle:
            handle.write(line)
            handle.flush()
            os.fsync(handle.fileno())


def parsed(line: bytes) -> dict[str, Any] | None:
    """A line's object; None for the torn line of a writer that was killed."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
