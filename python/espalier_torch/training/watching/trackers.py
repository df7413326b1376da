"""Sends a run's metrics to the trackers that accelerate knows, beside the events. Off unless asked for."""

import contextlib
from collections.abc import Iterator
from typing import Any

from espalier_torch import give_back
from espalier_torch.protocol.event_log import Emit
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.recorded import recorded
from espalier_torch.training.state import TrainingState

MEASURED = {"step-end", "validation-end"}


@contextlib.contextmanager
def open_trackers(state: TrainingState, emit: Emit) -> Iterator[Emit]:
    """An `emit` that also logs every number of a step or a validation to each tracker.

    Raises:
        RequestError: a tracker is not known, or its package is not installed.
    """
    if not state.request.trackers:
        yield emit
        return
    accelerator = started(state)

    def both(event: dict[str, Any]) -> None:
        emit(event)
        if event["event"] in MEASURED:
            numbers = {name: value for name, value in event.items() if isinstance(value, int | float)}
            accelerator.log({name: value for name, value in numbers.items() if name != "step"}, step=event["step"])

    try:
        yield both
    finally:
        accelerator.end_training()


def started(state: TrainingState) -> Any:
    """accelerate with the trackers asked for. A tracker's files go to the run's work folder."""
    from accelerate import Accelerator  # noqa: PLC0415 (seconds to import, and only needed here)
    from accelerate.tracking import get_available_trackers  # noqa: PLC0415

    available = [str(one) for one in get_available_trackers()]
    if missing := [name for name in state.request.trackers if name not in available]:
        raise RequestError(
            f"trackers names {', '.join(missing)}, but here accelerate finds {', '.join(available) or 'none'}; "
            f"install it beside espalier_torch: pip install {' '.join(missing)}"
        )
    give_back(state.request.trackers)
    accelerator = Accelerator(
        cpu=state.device.type == "cpu", log_with=state.request.trackers, project_dir=str(state.work / "trackers")
    )
    settings = {name: value for name, value in recorded(state.request).items() if isinstance(value, int | float | str)}
    accelerator.init_trackers("espalier", config=settings)
    return accelerator
