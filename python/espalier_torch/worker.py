"""The process Node talks to: one JSON request a line on stdin, one JSON event a line on stdout, prose on stderr.

    echo '{"request": "probe"}' | python -m espalier_torch.worker

It ends when stdin ends or a request fails. Exit code 0; 1 after a failed request; 2 after one that cannot be run as
asked; 130 or 143 after SIGINT or SIGTERM (a training run first saves a resumable checkpoint). Its only children are
the other processes of a training run that asks for several. When the process that started it is gone it ends as if
it had been sent SIGTERM.
"""

import collections
import importlib.metadata
import os
import platform
import signal
import sys
import traceback
from types import FrameType
from typing import Any, TextIO

import torch

from espalier_torch.families.bundled.export import export_generator
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.judge_training.run import train_judge
from espalier_torch.protocol import (
    ExportRequest,
    JudgeTrainRequest,
    ProbeRequest,
    check_event,
    event_line,
    parse_request,
)
from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.stopping import OrphanStop, Stopped, TrainingFailed
from espalier_torch.serving.machine_fault import machine_fault
from espalier_torch.train_request import EstimateRequest, TrainRequest
from espalier_torch.training.run import estimate, train

LOG_LINES = 20


class Log:
    """Standard error that remembers its last lines."""

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.lines: collections.deque[str] = collections.deque(maxlen=LOG_LINES)

    def write(self, text: str) -> int:
        """Passes text on and keeps its lines."""
        self.lines.extend(line for line in text.splitlines() if line.strip())
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Worker:
    """Serves requests until stdin ends, a request fails, or a signal comes."""

    def __init__(self, events: TextIO, log: Log):
        self.events, self.log = events, log
        self.stop = OrphanStop()
        self.busy = False

    def serve(self, requests: TextIO) -> int:
        """Answers each line; returns the exit code."""
        for line in requests:
            if line.strip():
                code = self.answer(line)
                if code != 0:
                    return code
            if self.stop.reason:
                return self.stop_code()
        return 0

    def answer(self, line: str) -> int:
        """Runs one request; a failure becomes one `error` event."""
        self.busy = True
        try:
            self.run(parse_request(line))
        except Stopped:
            return self.stop_code()
        except RequestError as fault:
            return self.fail(fault, 2)
        except TrainingFailed as fault:
            return self.fail(fault, 1)
        except Exception as fault:
            told = machine_fault(fault)
            if told:
                return self.fail(told, 2)
            traceback.print_exc()
            return self.fail(fault, 1)
        finally:
            self.busy = False
        return 0

    def run(self, request: TrainRequest | JudgeTrainRequest | ExportRequest | ProbeRequest) -> None:
        """Runs a parsed request."""
        if isinstance(request, EstimateRequest):
            self.emit(estimate(request))
        elif isinstance(request, TrainRequest):
            train(request, self.emit, self.stop)
        elif isinstance(request, JudgeTrainRequest):
            train_judge(request, self.emit, self.stop)
        elif isinstance(request, ExportRequest):
            self.emit(export(request))
        else:
            self.emit(probe())

    def emit(self, event: dict[str, Any]) -> None:
        """Sends one event, checked against the protocol. With nobody left to read, the process asks itself to stop."""
        check_event(event)
        try:
            self.events.write(event_line(event) + "\n")
            self.events.flush()
        except BrokenPipeError:
            self.stop.signal = "SIGTERM"

    def fail(self, fault: Exception, code: int) -> int:
        """Sends the `error` event."""
        message = str(fault) or type(fault).__name__
        self.emit({"event": "error", "type": type(fault).__name__, "message": message, "log": list(self.log.lines)})
        return code

    def on_signal(self, number: int, _: FrameType | None) -> None:
        """A request in progress is asked to stop; an idle worker ends at once."""
        self.stop.signal = signal.Signals(number).name
        if not self.busy:
            sys.exit(self.stop_code())

    def stop_code(self) -> int:
        """128 plus the signal's number."""
        return 128 + signal.Signals[self.stop.reason]


def export(request: ExportRequest) -> dict[str, Any]:
    """Writes generator.onnx beside a checkpoint's weights."""
    try:
        generator, _ = load_generator(request.generator)
    except (ValueError, OSError) as fault:
        raise RequestError(str(fault)) from fault
    return {"event": "export-end", "folder": request.generator, "files": export_generator(generator, request.generator)}


def probe() -> dict[str, Any]:
    """Versions, cores, memory and accelerators of this machine."""
    cuda = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "event": "probe-end",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "onnx": importlib.metadata.version("onnx"),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "memory_mb": memory_mb(),
        "cuda": cuda,
        "cuda_memory_mb": [torch.cuda.get_device_properties(index).total_memory // 10**6 for index in range(len(cuda))],
    }


def memory_mb() -> int:
    """Memory of the machine in MB; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError, AttributeError):
        return 0


def main() -> int:
    """Keeps stdout for events (whatever libraries print goes to stderr) and serves stdin."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stderr = log = Log(sys.stderr)  # type: ignore[assignment]
    worker = Worker(events, log)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, worker.on_signal)
    return worker.serve(sys.stdin)


if __name__ == "__main__":
    sys.exit(main())
