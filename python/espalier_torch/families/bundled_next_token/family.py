"""The bundled next-token generator as training knows a family (`registry.Family`)."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import family_record
from espalier_torch.families.bundled_next_token.export import export_next_token
from espalier_torch.families.bundled_next_token.generator import (
    FAMILY,
    NextTokenConfig,
    NextTokenGenerator,
    load_next_token,
)
from espalier_torch.families.next_token_objective import next_token_objective
from espalier_torch.families.no_guide import no_guide
from espalier_torch.objective.next_token import NextTokens
from espalier_torch.objective.objective import Guide
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def load(folder: str | Path) -> tuple[NextTokenGenerator, dict[str, Any]]:
    """As Family.load."""
    return load_next_token(folder)


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    return family_record(folder, FAMILY)


def write_beside(model: NextTokenGenerator, folder: Path) -> list[str]:
    """As Family.write_beside: the graphs that Node runs."""
    return export_next_token(model, folder)


def objective(request: TrainRequest, config: NextTokenConfig, device: torch.device) -> NextTokens:
    """As Family.objective."""
    return next_token_objective(request, config, read_words, device)


def read_words(rows: Tensor) -> Tensor:
    """As decoding.next_token.Captions: the model reads the ids themselves."""
    return rows


def guide(request: TrainRequest, guidance: Guidance, config: NextTokenConfig) -> Guide:
    """As Family.guide; there is none."""
    raise no_guide(FAMILY)
