"""The PyTorch side of Espalier. No library it uses sends anything or fetches what is not in a folder named to it."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from espalier_torch.runtime import orphan as orphan  # Remembers the parent before anything slow is imported.

__version__ = "0.1.0"

# Here, because every command of ours begins by importing this: libraries read the variables when they are loaded.
QUIET: dict[str, str] = json.loads((Path(__file__).parent / "quiet.json").read_text())
os.environ.update(QUIET, HF_HUB_OFFLINE="1")

SECRETS: dict[str, str] = json.loads((Path(__file__).parent / "secrets.json").read_text())


def set_aside() -> dict[str, str]:
    """Takes tokens, passwords and keys out of the environment: no library and no child finds them. Ray's stay."""
    found = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RAY_")
        and (
            re.search(SECRETS["names"], name, re.IGNORECASE)
            or (re.search(SECRETS["texts"], value) and not name.lower().endswith("_proxy"))
        )
    }
    for name in found:
        del os.environ[name]
    return found


_aside = set_aside()


def give_back(tools: Iterable[str]) -> None:
    """Puts back what the services that this process speaks to need: the variables that begin with their names."""
    prefixes = tuple(f"{tool.split('_')[0].upper()}_" for tool in tools)
    os.environ.update({name: value for name, value in _aside.items() if name.startswith(prefixes)})
