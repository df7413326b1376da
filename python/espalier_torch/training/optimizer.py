"""The optimizer, its learning rate over the run, and the moving average of the weights."""

import math

import torch
from torch import Tensor, nn

from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.train_requests import TrainRequest


def make_optimizer(model: nn.Module, request: TrainRequest | JudgeTrainRequest) -> torch.optim.AdamW:
    """AdamW; weight decay on matrices, none on vectors."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.ndim >= 2]
    vectors = [parameter for parameter in trained if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": request.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    # One kernel for all weights; elsewhere torch chooses, as runs of before did.
    fused = True if trained and trained[0].device.type == "cuda" else None
    betas = (request.adam_beta1, request.adam_beta2)
    return torch.optim.AdamW(groups, lr=request.learning_rate, betas=betas, fused=fused)


def learning_rate_at(step: int, steps: int, request: TrainRequest | JudgeTrainRequest) -> float:
    """Linear warm-up, then half a cosine down to 0. `step` counts from 0."""
    warmup = request.warmup_share * steps
    if step < warmup:
        return request.learning_rate * (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1.0, steps - warmup)
    return request.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def clone_of(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def follow(average: dict[str, Tensor], model: nn.Module, decay: float, step: int) -> None:
    """Moves an average towards the weights after optimizer step `step`.

    Young averages follow closely, or they would remember the first weights for too long.
    """
    move_towards(average, model, 1 - min(decay, step / (step + 9)))


def move_towards(average: dict[str, Tensor], model: nn.Module, share: float) -> None:
    """Moves a copy of the weights this share (0..1) of the way to the weights."""
    for name, tensor in model.state_dict().items():
        average[name].lerp_(tensor, share)
