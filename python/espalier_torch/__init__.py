"""The PyTorch side of Espalier. No library it uses sends anything or fetches what is not in a folder named to it."""

import json
import os
from pathlib import Path

# Here, because every command of ours begins by importing this: libraries read the variables when they are loaded.
QUIET: dict[str, str] = json.loads((Path(__file__).parent / "quiet.json").read_text())
os.environ.update(QUIET, HF_HUB_OFFLINE="1")
