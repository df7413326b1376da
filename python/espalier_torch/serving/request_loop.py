"""The loop of a worker: JSON requests in, a line each; JSON events out; prose on standard error.

What may be asked, and what answers it, is a table (`Service`); reading, refusing, failing and stopping are the same for
every worker.
"""

import collections
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, TextIO

from espalier_torch.protocol.agreement import refuse_other_protocol
from espalier_torch.protocol.event_log import Emit
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.lines import event_line
from espalier_torch.runtime.stopping import OrphanStop, Stop, Stopped, TrainingFailed
from espalier_torch.serving.machine_fault import machine_fault

LOG_LINES = 20

Answer = Callable[[Any, Emit, Stop], dict[str, Any] | None]
"""Runs a request; returns its event, or None when it has sent its events itself."""


@dataclass(frozen=True)
class Service:
    """What a worker serves.

    parse: a line to a request; raises RequestError. check: raises ValueError for an event that the protocol does not
    know. answers: what runs each kind of request. refused, machine_failed: exit code after a request that cannot be run
    as asked, and after a fault of the machine; with 0 the next request is read. beside: further fields of an event.
    """

    parse: Callable[[str], Any]
    check: Callable[[Mapping[str, Any]], None]
    answers: Mapping[type, Answer]
    refused: int
    machine_failed: int
    beside: Callable[[], dict[str, Any]] = dict


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


class RequestLoop:
    """Serves requests until there are none, a request fails, or a signal comes."""

    def __init__(self, service: Service, events: TextIO, log: Log):
        self.service, self.events, self.log = service, events, log
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
        """Runs one request; a failure becomes one `error` event. Returns the exit code, 0 to go on."""
        self.busy = True
        try:
            refuse_other_protocol(os.environ)
            request = self.service.parse(line)
            event = self.service.answers[type(request)](request, self.emit, self.stop)
            if event is not None:
                self.emit(event)
        except Stopped:
            return self.stop_code()
        except RequestError as fault:
            return self.fail(fault, self.service.refused)
        except TrainingFailed as fault:
            return self.fail(fault, 1)
        except Exception as fault:
            told = machine_fault(fault)
            if told:
                return self.fail(told, self.service.machine_failed)
            traceback.print_exc()
            return self.fail(fault, 1)
        finally:
            self.busy = False
        return 0

    def emit(self, event: dict[str, Any]) -> None:
        """Sends one event, checked against the protocol. With nobody left to read, the process asks itself to stop."""
        event = {**event, **self.service.beside()}
        self.service.check(event)
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


def on_standard_streams(made: Callable[[TextIO, Log], RequestLoop]) -> RequestLoop:
    """A loop that sends its events to standard output; whatever libraries print goes to standard error."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stderr = log = Log(sys.stderr)  # type: ignore[assignment]
    return made(events, log)
