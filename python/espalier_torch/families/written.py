"""What a family tells of a checkpoint that it has written in a layout of its own."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Written:
    """names: of the files in the folder. identity: what the checkpoint is known by. about: what else it records."""

    names: list[str]
    identity: str
    about: dict[str, Any]
