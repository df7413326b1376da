"""The families of generators that training knows, and which of them a checkpoint folder holds.

A released family is imported when one is met: transformers takes seconds, which a bundled training need not wait.
"""

import json
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from espalier_torch.families.bundled_next_token.generator import FAMILY as NEXT_TOKEN
from espalier_torch.families.diffusers.layout import FAMILY as DIFFUSERS
from espalier_torch.families.diffusers.layout import INDEX
from espalier_torch.families.drawn_paths import PathGenerator
from espalier_torch.families.janus.layout import FAMILY as JANUS
from espalier_torch.families.llamagen.model import FAMILY as LLAMAGEN
from espalier_torch.families.served import Drawer, ImageTokenizer
from espalier_torch.families.showo.layout import FAMILY as SHOWO
from espalier_torch.families.written import Written
from espalier_torch.objective.objective import Guide, Objective
from espalier_torch.protocol.drawn_requests import OpenDrawerRequest
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.files import read_object

MODEL_TYPES = {LLAMAGEN: LLAMAGEN, "janus": JANUS, "multi_modality": JANUS}
"""What config.json of a released model calls itself."""


OWN = "python"
"""The family of a person's own generator."""


class Family(Protocol):
    """A family as training knows it; each is the module `family` of its folder."""

    def load(self, folder: str | Path) -> tuple[nn.Module, dict[str, Any]]:
        """The generator of a checkpoint folder, and its record. Raises ValueError."""

    def record(self, folder: str | Path) -> dict[str, Any]:
        """The record alone: identity, family, config. Raises ValueError."""

    def write_beside(self, model: nn.Module, folder: Path) -> list[str]:
        """What users of a generator need beside its weights, in a new folder; returns the names of the files."""

    def objective(self, request: TrainRequest, config: Any, device: torch.device) -> Objective:
        """How a generator of these sizes is measured on pairs."""

    def guide(self, request: TrainRequest, guidance: Guidance, config: Any) -> Guide:
        """The judge that guides training, frozen. Raises ValueError where none can be asked about these images."""


class OwnLayout(Protocol):
    """A family whose checkpoints are not ours in layout has this in `write_beside`'s place."""

    def write(self, model: nn.Module, folder: Path) -> Written:
        """Writes what training has made or changed into a new folder; an adapter's own files are written beside it."""


class Served(Protocol):
    """How a worker serves a family; each is the module `served` of its folder."""

    BY_ROWS: bool

    def drawer(self, request: OpenRequest, device: torch.device, dtype: torch.dtype) -> Drawer:
        """The generator of a request, which names one and its text tokenizer. Raises ValueError."""

    def images(self, place: str) -> ImageTokenizer:
        """The image tokenizer of a folder or file, in float32 on the CPU. Raises ValueError."""


def family_named(name: str | None) -> Family:
    """The family a model says it is of; where it says nothing known, the bundled one."""
    if name == SHOWO:
        from espalier_torch.families.showo import family as showo  # noqa: PLC0415

        return showo
    if name == LLAMAGEN:
        from espalier_torch.families.llamagen import family as llamagen  # noqa: PLC0415

        return llamagen
    if name == JANUS:
        from espalier_torch.families.janus import family as janus  # noqa: PLC0415

        return janus
    if name == DIFFUSERS:
        from espalier_torch.families.diffusers import family as diffusers  # noqa: PLC0415

        return diffusers
    if name == NEXT_TOKEN:
        from espalier_torch.families.bundled_next_token import family as next_token  # noqa: PLC0415

        return next_token
    from espalier_torch.families.bundled import family as bundled  # noqa: PLC0415

    return bundled


def served_named(name: str) -> Served:
    """How a released family is served. Raises ValueError for one that no worker serves."""
    if name == SHOWO:
        from espalier_torch.families.showo import served as showo  # noqa: PLC0415

        return showo
    if name == LLAMAGEN:
        from espalier_torch.families.llamagen import served as llamagen  # noqa: PLC0415

        return llamagen
    if name == JANUS:
        from espalier_torch.families.janus import served as janus  # noqa: PLC0415

        return janus
    raise ValueError(f"No worker serves the family {name!r}; known are {SHOWO}, {LLAMAGEN} and {JANUS}")


class Drawn(Protocol):
    """How a worker serves a family that draws pictures; each is the module `served` of its folder."""

    def generator(self, request: OpenDrawerRequest, device: torch.device, dtype: torch.dtype) -> PathGenerator:
        """The generator of a request. Raises ValueError."""


def drawn_named(name: str) -> Drawn:
    """How a family that draws pictures is served. Raises ValueError for one that no worker serves."""
    if name == DIFFUSERS:
        from espalier_torch.families.diffusers import served as diffusers  # noqa: PLC0415

        return diffusers
    if name == OWN:
        from espalier_torch.families.own import served as own  # noqa: PLC0415

        return own
    raise ValueError(f"No worker draws pictures of the family {name!r}; known are {DIFFUSERS} and {OWN}")


def family_of(folder: str | Path) -> Family:
    """The family of a folder: a checkpoint of ours says it, otherwise the config.json of what was released."""
    own = Path(folder) / "checkpoint.json"
    if own.is_file():
        return family_named(json.loads(own.read_text()).get("family"))
    return family_named(kind_of_release(folder))


def kind_of_release(folder: str | Path) -> str | None:
    """The family that the config.json of a released model names, or its model_index.json; None where there is none."""
    if (Path(folder) / INDEX).is_file():
        return DIFFUSERS
    released = Path(folder) / "config.json"
    # A released Show-o does not say what it is.
    return MODEL_TYPES.get(read_object(released).get("model_type"), SHOWO) if released.is_file() else None


def load_trainable(folder: str | Path) -> tuple[nn.Module, dict[str, Any]]:
    """The generator of a checkpoint folder of ours or of a released one, and its record. Raises ValueError."""
    return family_of(folder).load(folder)


def trainable_record(folder: str | Path) -> dict[str, Any]:
    """The record alone: identity, family, config. Raises ValueError."""
    return family_of(folder).record(folder)
