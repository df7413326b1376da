"""How a serving worker's work becomes events: timed or not, bulky results in files."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.stopping import Stop
from espalier_torch.serving.request_loop import Answer

Work = Callable[[Any], dict[str, Any]]
"""Runs a request and returns its event."""


def untimed(work: Work) -> Answer:
    """An answer whose event says nothing about time."""
    return lambda request, emit, stop: work(request)


def timed(work: Work) -> Answer:
    """An answer whose event carries the seconds that it took."""

    def answer(request: Any, emit: Emit, stop: Stop) -> dict[str, Any]:
        started = time.monotonic()
        return {**work(request), "seconds": time.monotonic() - started}

    return answer


def written(file: str, tensors: dict[str, Tensor]) -> str:
    """Writes a whole file or none; returns its name."""
    partial = Path(file + ".partial")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
    partial.replace(file)
    return file
