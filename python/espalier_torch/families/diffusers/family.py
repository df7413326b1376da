"""diffusers' pipelines as training knows a family (`registry.Family`)."""

from pathlib import Path
from typing import Any

from espalier_torch.families.diffusers.layout import FAMILY, pipeline_identity


def record(folder: str | Path) -> dict[str, Any]:
    """As Family.record."""
    identity = pipeline_identity(folder)
    return {"kind": "generator", "family": FAMILY, "name": Path(folder).name, "identity": identity}
