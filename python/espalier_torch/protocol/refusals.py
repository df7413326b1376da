"""Settings of a request that cannot be as they are beside the others; pipelines refuse the same."""

from collections.abc import Mapping
from typing import Any

from espalier_torch.objective.dpo import refused_losses
from espalier_torch.objective.masks import refused_masks
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.train_requests import TrainRequest


def refused(request: Any) -> list[str]:
    """What does not go together in a request, a sentence each. One that knows it itself says so in `faults`."""
    if isinstance(request, TrainRequest):
        losses = refused_losses(request.losses, request.label_smoothing, request.divergence)
        return [*losses, *refused_masks(request.masks.draws, request.masks.antithetic), *refused_together(request)]
    if isinstance(request, JudgeTrainRequest):
        return refused_tuning(request)
    return request.faults() if hasattr(request, "faults") else []


def refused_together(request: TrainRequest) -> list[str]:
    """Settings of a training that cannot do without, or not with, another one."""
    held_out = request.held_out
    return broken(
        {
            "adapter_base names what the carried adapter sits on, but adapter is null": (
                request.adapter_base is not None and request.adapter is None
            ),
            "reference_sync with an adapter would need a second whole model: train all weights, or do without it": (
                request.adapter is not None and request.reference_sync is not None
            ),
            "sharding 'full' goes without guidance, whose images each process draws on its own": (
                request.sharding == "full" and request.guidance is not None
            ),
            "balance 'task' draws every task alike already: leave task_balance at 0": (
                request.balance == "task" and request.task_balance > 0
            ),
            "held_out.patience needs held_out.share above 0": held_out.patience is not None and not held_out.share,
            "held_out.keep 'best' needs held_out.share above 0": held_out.keep == "best" and not held_out.share,
        }
    )


def refused_tuning(request: JudgeTrainRequest) -> list[str]:
    """What a vision-language judge cannot be tuned by."""
    if request.image_tokenizer is None:
        return []
    return broken(
        {
            "image_tokenizer tunes a vision-language judge: name it in start": request.start is None,
            "a vision-language judge is tuned without a moving average: set average_decay to 0": (
                request.average_decay > 0
            ),
        }
    )


def broken(rules: Mapping[str, bool]) -> list[str]:
    """The sentences of the rules that are broken."""
    return [fault for fault, is_broken in rules.items() if is_broken]
