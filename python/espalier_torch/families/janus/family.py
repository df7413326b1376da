"""Janus-Pro as training knows a family (`registry.Family`)."""

from pathlib import Path
from typing import Any

import torch

from espalier_torch.families.janus.checkpoint import janus_record, load_janus
from espalier_torch.families.janus.layout import FAMILY
from espalier_torch.families.janus.model import Janus, JanusSizes
from espalier_torch.families.janus.text import read_rows
from espalier_torch.families.next_token_objective import next_token_objective
from espalier_torch.families.no_guide import no_guide
from espalier_torch.objective.next_token import NextTokens
from espalier_torch.objective.objective import Guide
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def load(folder: str | Path) -> tuple[Janus, dict[str, Any]]:
    """As Family.load: a checkpoint of ours, or a released model."""
    return load_janus(folder)


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    return janus_record(folder)


def write_beside(model: Janus, folder: Path) -> list[str]:
    """As Family.write_beside: transformers' config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    model.config.made().save_pretrained(folder)
    return ["config.json"]


def objective(request: TrainRequest, config: JanusSizes, device: torch.device) -> NextTokens:
    """As Family.objective."""
    return next_token_objective(request, config, read_rows, device)


def guide(request: TrainRequest, guidance: Guidance, config: JanusSizes) -> Guide:
    """As Family.guide; there is none."""
    raise no_guide(FAMILY)
