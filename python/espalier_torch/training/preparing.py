"""What is made of the pairs once, before a run's first step."""

import time

from espalier_torch.protocol.event_log import Emit
from espalier_torch.protocol.fields import refusing
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.state import TrainingState

OFTEN = 2.0
"""Seconds between two tellings."""


@refusing(ValueError, OSError)
def prepare(state: TrainingState, emit: Emit, stop: Stop) -> None:
    """Has the objective make what its rows read; the first process does it, the others wait.

    Raises:
        RequestError: an image of a pair cannot be read.
        Stopped: when asked to stop; what is made is found again.
    """
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if done == total or time.monotonic() - told > OFTEN:
            told = time.monotonic()
            emit({"event": "encode-delta", "done": done, "total": total})

    if state.processes.first:
        for pairs in (state.pairs, state.held_out):
            if pairs is not None:
                state.objective.prepare(pairs, tell, stop.check)
    state.processes.wait()
