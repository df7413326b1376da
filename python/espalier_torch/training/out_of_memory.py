"""Running out of memory, in words that name the setting to lower."""

import contextlib
from collections.abc import Iterator

import torch

from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import TrainingFailed

CPU_WORDS = ("can't allocate memory", "not enough memory", "Cannot allocate memory")


@contextlib.contextmanager
def naming_the_cure(request: TrainRequest, pieces: int | None) -> Iterator[None]:
    """Turns an allocation that failed into TrainingFailed with the setting to lower first.

    `pieces` are the pairs of one forward pass, None for a whole batch.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as fault:
        raise TrainingFailed(out_of_memory(request, pieces)) from fault
    except RuntimeError as fault:
        if any(words in str(fault) for words in CPU_WORDS):
            raise TrainingFailed(out_of_memory(request, pieces)) from fault
        raise


def out_of_memory(request: TrainRequest, pieces: int | None) -> str:
    """What to change, the setting that costs least first."""
    at_once, cures = min(pieces or request.batch_pairs, request.batch_pairs), []
    if at_once > 1:
        cures.append(f"lower micro_pairs (now {at_once} pairs a forward pass; the result stays the same)")
    if not request.recompute_activations:
        cures.append("set recompute_activations")
    if request.masks.draws > 1:
        cures.append(f"lower masks.draws (now {request.masks.draws})")
    if request.processes > 1 and request.sharding == "none" and request.guidance is None:
        cures.append("set sharding to 'full', which shares the weights among the processes")
    if request.adapter is None:
        cures.append("train a LoRA adapter (adapter 'lora') instead of all weights")
    return "Out of memory: " + ", or ".join(cures or ["use a device with more memory"])
