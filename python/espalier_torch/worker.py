"""The process Node talks to: one JSON request a line on stdin, one JSON event a line on stdout, prose on stderr.

    echo '{"request": "probe"}' | python -m espalier_torch.worker

It ends when stdin ends or a request fails. Exit code 0; 1 after a failed request; 2 after one that cannot be run as
asked; 130 or 143 after SIGINT or SIGTERM (a training run first saves a resumable checkpoint). Its only children are
the other processes of a training run that asks for several. When the process that started it is gone it ends as if
it had been sent SIGTERM.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from espalier_torch.families.registry import family_of
from espalier_torch.judge_training.run import train_judge
from espalier_torch.protocol.event_log import Emit
from espalier_torch.protocol.fields import refusing
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.lines import check_event
from espalier_torch.protocol.reading import read_request
from espalier_torch.protocol.train_requests import EstimateRequest, TrainRequest
from espalier_torch.protocol.worker_requests import WORKER_REQUESTS, ExportRequest, ProbeRequest
from espalier_torch.runtime.stopping import Stop
from espalier_torch.serving.probe import probe
from espalier_torch.serving.request_loop import Answer, Log, RequestLoop, Service, on_standard_streams
from espalier_torch.training.run import estimate, train


def sending(work: Callable[[Any, Emit, Stop], Any]) -> Answer:
    """An answer that sends its events itself, the last one among them."""

    def answer(request: Any, emit: Emit, stop: Stop) -> None:
        work(request, emit, stop)

    return answer


SERVICE = Service(
    parse=lambda line: read_request(line, WORKER_REQUESTS),
    check=check_event,
    answers={
        TrainRequest: sending(train),
        EstimateRequest: lambda request, emit, stop: estimate(request),
        JudgeTrainRequest: sending(train_judge),
        ExportRequest: lambda request, emit, stop: export(request),
        ProbeRequest: lambda request, emit, stop: probe(),
    },
    refused=2,
    machine_failed=2,
)


def loop(events: TextIO, log: Log) -> RequestLoop:
    """A worker that sends its events to a stream."""
    return RequestLoop(SERVICE, events, log)


def export(request: ExportRequest) -> dict[str, Any]:
    """Writes generator.onnx beside a checkpoint's weights."""
    with refusing(ValueError, OSError):
        family = family_of(request.generator)
        generator, _ = family.load(request.generator)
    files = family.write_beside(generator, Path(request.generator))
    return {"event": "export-end", "folder": request.generator, "files": files}


def main() -> int:
    """Serves stdin; returns the exit code."""
    worker = on_standard_streams(loop)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, worker.on_signal)
    return worker.serve(sys.stdin)


if __name__ == "__main__":
    sys.exit(main())
