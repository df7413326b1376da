"""One training run from its request to its checkpoint: opens it, resumes it, trains what is left, writes the result."""

from pathlib import Path
from typing import Any

from espalier_torch.checkpoints.resumable_run import logged_to_end, once, work_folder
from espalier_torch.distributed.devices import chosen_device, use_threads
from espalier_torch.distributed.processes import Processes
from espalier_torch.protocol.event_log import Emit
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.cost import cost_event
from espalier_torch.training.launch import joined
from espalier_torch.training.loop import run_steps
from espalier_torch.training.opening import opened
from espalier_torch.training.out_of_memory import naming_the_cure
from espalier_torch.training.preparing import prepare
from espalier_torch.training.reference.opening import open_reference
from espalier_torch.training.result import write_result
from espalier_torch.training.resume import resume
from espalier_torch.training.state import TrainingState
from espalier_torch.training.warming import fit_pieces, warm_up
from espalier_torch.training.watching.self_test import self_test
from espalier_torch.training.watching.trackers import open_trackers
from espalier_torch.training.watching.watch import BEST, Watch
from espalier_torch.training.weights import gather


def train(request: TrainRequest, emit: Emit, stop: Stop) -> dict[str, Any]:
    """Runs one training request to its end and returns the checkpoint.json it wrote.

    Args:
        request: what to train.
        emit: takes each event of `protocol.events.WORKER_EVENTS`.
        stop: looked at after every step.

    Raises:
        RequestError: the request's files do not fit together.
        TrainingFailed: loss or weights are no longer finite, training diverged, memory ran out, or a self-test fails.
        Stopped: after a stop was asked for and a resumable checkpoint saved.
    """
    use_threads(request.threads)
    out = Path(request.out)
    with joined(request, chosen_device(request.device)) as processes:
        state = opened(request, work_folder(out, request.work), processes)
        if processes.first:
            return once(out, state, emit, lambda: train_first(state, out, emit, stop))
        processes.wait()
        resume(state)
        work_through(state, lambda event: None, stop)
        processes.wait()
        return {}


def estimate(request: TrainRequest) -> dict[str, Any]:
    """What a run of this request would need: the `estimate-end` event. Raises RequestError as `train`."""
    use_threads(request.threads)
    work = work_folder(Path(request.out), request.work)
    state = opened(request, work, Processes(chosen_device(request.device)))
    with naming_the_cure(request, state.micro_pairs):
        prepare(state, lambda event: None, Stop())
        fit_pieces(state)
    return cost_event(state)


def train_first(state: TrainingState, out: Path, emit: Emit, stop: Stop) -> dict[str, Any]:
    """The run in the process that writes its files."""
    state.processes.wait()
    resume(state)

    def watched(tell: Emit) -> None:
        with open_trackers(state, tell) as told, naming_the_cure(state.request, state.micro_pairs):
            work_through(state, told, stop)

    record = logged_to_end(out, state, emit, watched, lambda folder, log: write_result(state, folder, log))
    (state.work / f"{BEST}.safetensors").unlink(missing_ok=True)
    state.processes.wait()
    return record


def work_through(state: TrainingState, emit: Emit, stop: Stop) -> None:
    """Everything from the first event to the last step."""
    emit(
        {
            "event": "train-start",
            "step": state.step,
            "steps": state.steps,
            "pairs": len(state.pairs),
            "generator": state.policy.identity,
            "reference": state.reference.identity,
            "fingerprint": state.fingerprint,
            "device": state.device.type,
        }
    )
    prepare(state, emit, stop)
    warm_up(state, emit)
    reference = open_reference(state, emit, stop)
    self_test(state, reference)
    run_steps(state, reference, Watch(state, emit, stop), emit, stop)
    gather(state)
