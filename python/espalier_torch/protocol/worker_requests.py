"""Requests of a worker. Written by `npm run protocol`: change the schemas, not this file."""

from dataclasses import dataclass

from espalier_torch.protocol.fields import setting
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.train_requests import EstimateRequest, TrainRequest


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Writes generator.onnx into a checkpoint folder that has none."""

    generator: str = setting("Checkpoint folder of a generator.")


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """Asks what this machine and its Python offer."""


WORKER_REQUESTS: dict[str, type] = {
    "train": TrainRequest,
    "estimate": EstimateRequest,
    "train-judge": JudgeTrainRequest,
    "export": ExportRequest,
    "probe": ProbeRequest,
}
