"""The generators that DPO can train: which one a checkpoint folder holds, and what goes beside its weights."""

import json
from pathlib import Path
from typing import Any

from espalier_torch.checkpoint_folder import read_checkpoint
from espalier_torch.export import export_generator
from espalier_torch.models import showo
from espalier_torch.models.generator import Generator, load_generator
from espalier_torch.models.showo import Showo, load_showo, showo_record

Trainable = Generator | Showo


def load_trainable(folder: str | Path) -> tuple[Trainable, dict[str, Any]]:
    """The generator of a checkpoint folder of ours or of a released one, and its record. Raises ValueError."""
    return load_showo(folder) if is_showo(folder) else load_generator(folder)


def trainable_record(folder: str | Path) -> dict[str, Any]:
    """The record alone: identity, family, config. Raises ValueError."""
    return showo_record(folder) if is_showo(folder) else read_checkpoint(folder, "generator")


def is_showo(folder: str | Path) -> bool:
    """Whether a folder is Show-o's: a released one (config.json alone), or a checkpoint of ours that says so."""
    own = Path(folder) / "checkpoint.json"
    if own.is_file():
        return json.loads(own.read_text()).get("family") == showo.FAMILY
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
