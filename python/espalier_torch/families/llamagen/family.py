"""LlamaGen as training knows a family (`registry.Family`)."""

from pathlib import Path
from typing import Any

import torch

from espalier_torch.families.llamagen.checkpoint import llamagen_record, load_llamagen, write_config
from espalier_torch.families.llamagen.model import FAMILY, LlamaGen, LlamaGenConfig
from espalier_torch.families.llamagen.text import CaptionEncoder
from espalier_torch.families.next_token_objective import next_token_objective
from espalier_torch.families.no_guide import no_guide
from espalier_torch.objective.next_token import NextTokens
from espalier_torch.objective.objective import Guide
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def load(folder: str | Path) -> tuple[LlamaGen, dict[str, Any]]:
    """As Family.load: a checkpoint of ours, or a released model."""
    return load_llamagen(folder)


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    return llamagen_record(folder)


def write_beside(model: LlamaGen, folder: Path) -> list[str]:
    """As Family.write_beside: config.json of the released folder."""
    return [write_config(model.config, folder)]


def objective(request: TrainRequest, config: LlamaGenConfig, device: torch.device) -> NextTokens:
    """As Family.objective: captions are read by the text encoder that the request names. Raises ValueError."""
    if request.text_encoder is None:
        raise ValueError("Expected text_encoder to name the T5 that LlamaGen reads captions with, got nothing")
    return next_token_objective(
        request, config, CaptionEncoder(request.text_encoder, config, device, torch.float32), device
    )


def guide(request: TrainRequest, guidance: Guidance, config: LlamaGenConfig) -> Guide:
    """As Family.guide; there is none."""
    raise no_guide(FAMILY)
