"""The generators that DPO can train: which one a checkpoint folder holds, and what goes beside its weights.

Show-o's module is imported when one is met: transformers takes seconds, which a bundled training need not wait.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from espalier_torch.checkpoints.checkpoint_folder import read_checkpoint
from espalier_torch.families.bundled.export import export_generator
from espalier_torch.families.bundled.generator import Generator, load_generator
from espalier_torch.families.showo.layout import FAMILY

if TYPE_CHECKING:
    from espalier_torch.families.showo.model import Showo

    Trainable = Generator | Showo


def load_trainable(folder: str | Path) -> tuple[Trainable, dict[str, Any]]:
    """The generator of a checkpoint folder of ours or of a released one, and its record. Raises ValueError."""
    if not is_showo(folder):
        return load_generator(folder)
    from espalier_torch.families.showo.model import load_showo  # noqa: PLC0415

    return load_showo(folder)


def trainable_record(folder: str | Path) -> dict[str, Any]:
    """The record alone: identity, family, config. Raises ValueError."""
    if not is_showo(folder):
        return read_checkpoint(folder, "generator")
    from espalier_torch.families.showo.model import showo_record  # noqa: PLC0415

    return showo_record(folder)


def is_showo(folder: str | Path) -> bool:
    """Whether a folder is Show-o's: a released one (config.json alone), or a checkpoint of ours that says so."""
    own = Path(folder) / "checkpoint.json"
    if own.is_file():
        return json.loads(own.read_text()).get("family") == FAMILY
    return (Path(folder) / "config.json").is_file()


def write_beside(model: Trainable, folder: Path) -> list[str]:
    """What users of a generator need beside its weights, in a new folder; returns the names of the files.

    The bundled one gets the graph that Node runs, Show-o the config.json of the released format.
    """
    if isinstance(model, Generator):
        return export_generator(model, folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.config.as_released(), indent=2) + "\n")
    return ["config.json"]
