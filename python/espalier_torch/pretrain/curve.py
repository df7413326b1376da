"""The curve of a pre-training run: JSON lines in a file that survives kills, said aloud as well."""

import json
from pathlib import Path
from typing import Any

from espalier_torch.protocol.event_log import whole_lines


class Curve:
    """Appends facts to a file. Opened at a step, it forgets what came after that step."""

    def __init__(self, file: Path, from_step: int):
        kept = [line for line in whole_lines(file) if json.loads(line)["step"] <= from_step]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(kept))
        self.file = file

    def add(self, facts: dict[str, Any]) -> None:
        """Stores and prints one line."""
        line = json.dumps(facts)
        with self.file.open("a") as stream:
            stream.write(line + "\n")
        print(line, flush=True)
