"""The weights of a run: where they lie, which of them steps change, and which would be kept now."""

from torch import Tensor, nn

from espalier_torch.distributed.processes import Processes
from espalier_torch.distributed.sharded_tensors import whole
from espalier_torch.distributed.sharding import shard
from espalier_torch.training.inputs import load_policy
from espalier_torch.training.state import TrainingState


def placed(model: nn.Module, processes: Processes) -> nn.Module:
    """A model on the run's device; this process's share of it where weights are shared."""
    return shard(model, processes) if processes.sharded else model.to(processes.device)


def kept_weights(state: TrainingState) -> dict[str, Tensor]:
    """The weights that would be kept now, whole: the moving average where there is one. All processes must ask."""
    return whole(state.model.state_dict() if state.average is None else state.average)


def trained_weights(state: TrainingState) -> dict[str, Tensor]:
    """The weights that steps change: with an adapter, the adapter's alone."""
    weights = state.model.state_dict()
    return weights if state.policy.adapter is None else adapter_alone(weights)


def adapter_alone(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The adapter's among a model's weights."""
    return {name: one for name, one in weights.items() if ".lora_" in name}


def gather(state: TrainingState) -> None:
    """Puts shared weights together again, in the process that writes the result."""
    if not state.processes.sharded:
        return
    weights, average = whole(state.model.state_dict()), state.average and whole(state.average)
    if state.processes.first:
        state.model, state.average = load_policy(state.request).model, average
        state.model.load_state_dict(weights)
