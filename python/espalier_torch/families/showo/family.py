"""Show-o as training knows a family (`registry.Family`)."""

import json
from pathlib import Path
from typing import Any

import torch

from espalier_torch.families.masked_objective import masked_objective
from espalier_torch.families.no_guide import no_guide
from espalier_torch.families.showo.model import Showo, ShowoConfig, load_showo, showo_record
from espalier_torch.objective.masked_tokens import MaskedTokens
from espalier_torch.objective.objective import Guide
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def load(folder: str | Path) -> tuple[Showo, dict[str, Any]]:
    """As Family.load: a checkpoint of ours, or a released model, with its activation as one kernel."""
    model, known = load_showo(folder)
    model.fuse_activation()
    return model, known


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    return showo_record(folder)


def write_beside(model: Showo, folder: Path) -> list[str]:
    """As Family.write_beside: config.json of the released format."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.config.as_released(), indent=2) + "\n")
    return ["config.json"]


def objective(request: TrainRequest, config: ShowoConfig, device: torch.device) -> MaskedTokens:
    """As Family.objective."""
    return masked_objective(request, config, device)


def guide(request: TrainRequest, guidance: Guidance, config: ShowoConfig) -> Guide:
    """As Family.guide; there is none."""
    raise no_guide(Showo.family)
