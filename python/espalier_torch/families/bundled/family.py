"""The bundled family as training knows it (`registry.Family`)."""

from pathlib import Path
from typing import Any

import torch

from espalier_torch.checkpoints.checkpoint_folder import read_checkpoint
from espalier_torch.families.bundled.export import export_generator
from espalier_torch.families.bundled.generator import Generator, GeneratorConfig, load_generator
from espalier_torch.families.bundled.judge import load_judge
from espalier_torch.families.masked_objective import guidance_settings, masked_objective
from espalier_torch.objective.guidance import TokenGuide
from espalier_torch.objective.masked_tokens import MaskedTokens
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def load(folder: str | Path) -> tuple[Generator, dict[str, Any]]:
    """As Family.load."""
    return load_generator(folder)


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    return read_checkpoint(folder, "generator")


def write_beside(model: Generator, folder: Path) -> list[str]:
    """As Family.write_beside: the graph that Node runs."""
    return export_generator(model, folder)


def objective(request: TrainRequest, config: GeneratorConfig, device: torch.device) -> MaskedTokens:
    """As Family.objective."""
    return masked_objective(request, config, device)


def guide(request: TrainRequest, guidance: Guidance, config: GeneratorConfig) -> TokenGuide:
    """As Family.guide: a bundled judge, which reads the generator's own tokens."""
    folder, question = guidance.judge, guidance.question
    judge, about = load_judge(folder)
    questions = about.get("questions", ["outcome"])
    if question not in questions:
        raise ValueError(f"The judge in {folder} answers {', '.join(questions)}, not {question!r}")
    sizes = [(one.vocabulary_size, one.text_length, one.grid, one.codebook_size) for one in (judge.config, config)]
    if sizes[0] != sizes[1]:
        raise ValueError(f"The judge in {folder} reads other captions or tokens than this generator's")
    judge.requires_grad_(False)
    return TokenGuide(judge, about["identity"], questions.index(question), guidance_settings(request, guidance), config)
