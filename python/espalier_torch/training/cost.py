"""What a run will need, measured on one piece of its first batch; nothing is trained and nothing written."""

import math
import os
import time
from typing import Any

import torch

from espalier_torch.objective.dpo import WHOLE_BATCH
from espalier_torch.training.likelihoods import rows_of, under_policy
from espalier_torch.training.out_of_memory import naming_the_cure
from espalier_torch.training.state import TrainingState
from espalier_torch.training.warming import peak_of_pass

MEGABYTE = 2**20
TIMED = 3


def cost_event(state: TrainingState) -> dict[str, Any]:
    """Memory in MB and time in seconds of a run on one process, as the `estimate-end` event.

    Memory is of one process, and the sum of what training keeps at once: weights, their gradients and optimizer
    state, the moving average, a reference model while it is asked, and the activations that one piece of a batch keeps
    for its gradient.
    Time is that of the steps and of the reference's pass, without validation, samples and guidance.
    """
    indices = state.order.indices(0)
    pieces = state.processes.share(len(indices), state.micro_pairs)
    rows = rows_of(state, indices[pieces[0]], 0)
    with naming_the_cure(state.request, state.micro_pairs):
        activations = activation_bytes(state, rows)
        forward, both = seconds(state, rows, backward=False), seconds(state, rows, backward=True)
    state.optimizer.zero_grad()
    weights = bytes_of(state, lambda one: True)
    trained = bytes_of(state, lambda one: one.requires_grad)
    shares = state.request.processes if state.request.sharding == "full" else 1
    following = state.request.reference_sync is not None
    apart = following or not state.starts_at_reference
    models = weights * (1 + apart + (state.average is not None)) / shares
    optimizer = 3 * trained / shares
    twice = len(pieces) > 1 and state.request.losses.keys() & WHOLE_BATCH  # measured before it is differentiated
    step = (both + forward if twice else both) * len(pieces)
    tables = min(state.order.tables, math.ceil(state.steps / state.order.steps_per_epoch))
    passes = state.steps if following else tables * state.order.steps_per_epoch
    return {
        "event": "estimate-end",
        "steps": state.steps,
        "micro_pairs": len(pieces[0]),
        "seconds": step * state.steps + forward * len(pieces) * passes,
        "reference_seconds": forward * len(pieces) * passes,
        "memory_mb": (models + optimizer + activations) / MEGABYTE,
        "models_mb": models / MEGABYTE,
        "optimizer_mb": optimizer / MEGABYTE,
        "activations_mb": activations / MEGABYTE,
        "available_mb": available_bytes(state.device) / MEGABYTE,
    }


def bytes_of(state: TrainingState, wanted: Any) -> int:
    """Bytes of the model's parameters that are wanted."""
    return sum(one.numel() * one.element_size() for one in state.model.parameters() if wanted(one))


def activation_bytes(state: TrainingState, rows: Any) -> int:
    """Bytes of one piece beside the models: on a GPU the peak over both passes, else what is kept for gradients.

    A tensor that several operations keep counts once.
    """
    if state.device.type == "cuda":
        return peak_of_pass(state, rows)
    kept: dict[int, int] = {}
    own = {one.untyped_storage().data_ptr() for one in state.model.parameters()}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        found = under_policy(state, rows)
        total = sum(kept.values())
    del found
    return total


def seconds(state: TrainingState, rows: Any, backward: bool) -> float:
    """The fastest of a few passes over one piece."""
    times = []
    for _ in range(TIMED):
        started = time.perf_counter()
        with torch.set_grad_enabled(backward):
            found = under_policy(state, rows)
        if backward:
            (found.chosen - found.rejected).sum().backward()
        if state.device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return min(times)


def available_bytes(device: torch.device) -> int:
    """Memory free on the device; 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
