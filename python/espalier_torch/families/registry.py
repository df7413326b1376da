"""The families of generators that training knows, and which of them a checkpoint folder holds.

A released family is imported when one is met: transformers takes seconds, which a bundled training need not wait.
"""

import json
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from espalier_torch.families.janus.layout import FAMILY as JANUS
from espalier_torch.families.llamagen.model import FAMILY as LLAMAGEN
from espalier_torch.families.showo.layout import FAMILY as SHOWO
from espalier_torch.objective.objective import Guide, Objective
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest

MODEL_TYPES = {LLAMAGEN: LLAMAGEN, "janus": JANUS, "multi_modality": JANUS}
"""What config.json of a released model calls itself."""


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
    from espalier_torch.families.bundled import family as bundled  # noqa: PLC0415

    return bundled


def family_of(folder: str | Path) -> Family:
    """The family of a folder: a checkpoint of ours says it, otherwise the config.json of what was released."""
    own, released = Path(folder) / "checkpoint.json", Path(folder) / "config.json"
    if own.is_file():
        return family_named(json.loads(own.read_text()).get("family"))
    if not released.is_file():
        return family_named("bundled")
    # A released Show-o does not say what it is.
    return family_named(MODEL_TYPES.get(json.loads(released.read_text()).get("model_type"), SHOWO))


def load_trainable(folder: str | Path) -> tuple[nn.Module, dict[str, Any]]:
    """The generator of a checkpoint folder of ours or of a released one, and its record. Raises ValueError."""
    return family_of(folder).load(folder)


def trainable_record(folder: str | Path) -> dict[str, Any]:
    """The record alone: identity, family, config. Raises ValueError."""
    return family_of(folder).record(folder)
