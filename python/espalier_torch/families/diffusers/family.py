"""diffusers' pipelines as training knows a family (`registry.Family`)."""

from pathlib import Path
from typing import Any

import torch

from espalier_torch.checkpoints.checkpoint_folder import family_record
from espalier_torch.families.diffusers.changes import adapter_of, identity_of, joined, write_lora, write_whole
from espalier_torch.families.diffusers.layout import FAMILY, pipeline_identity
from espalier_torch.families.diffusers.objective import DenoisedPictures, denoised_pictures
from espalier_torch.families.diffusers.trained import TrainedDenoiser, TrainedPipeline, load_trained
from espalier_torch.families.no_guide import no_guide
from espalier_torch.families.written import Written
from espalier_torch.objective.objective import Guide
from espalier_torch.protocol.sections import Guidance
from espalier_torch.protocol.train_requests import TrainRequest


def load(folder: str | Path) -> tuple[TrainedDenoiser, dict[str, Any]]:
    """As Family.load: the denoiser of a pipeline, or of a checkpoint on one."""
    return load_trained(folder), record(folder)


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    if (Path(folder) / "checkpoint.json").is_file():
        return family_record(folder, FAMILY)
    identity = pipeline_identity(folder)
    return {"kind": "generator", "family": FAMILY, "name": Path(folder).name, "identity": identity}


def write(model: TrainedDenoiser, folder: Path) -> Written:
    """As Family.write: what training has changed, in diffusers' layout."""
    folder.mkdir(parents=True, exist_ok=True)
    component, lora = model.architecture.component, adapter_of(model.denoiser)
    base = model.base if lora else model.config.folder
    names = (
        write_lora(joined(model.earlier, lora), folder, component)
        if lora
        else write_whole(model.denoiser, folder, component)
    )
    about = {
        "config": model.config.as_dict(),
        "below": {"folder": str(base.resolve()), "identity": pipeline_identity(base)},
    }
    return Written(names, identity_of(folder, names, base), about)


def objective(request: TrainRequest, config: TrainedPipeline, device: torch.device) -> DenoisedPictures:
    """As Family.objective."""
    return denoised_pictures(request, config, device)


def guide(request: TrainRequest, guidance: Guidance, config: TrainedPipeline) -> Guide:
    """As Family.guide; there is none."""
    raise no_guide(FAMILY)
