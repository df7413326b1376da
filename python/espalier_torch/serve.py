"""The worker that holds a generator and a judge, or a detector, on one device and serves batches until its input ends.

    python -m espalier_torch.serve

Speaks `protocol/serve_requests.py`: one request a line on stdin, one event a line on stdout, prose on stderr. It keeps
no path between requests, so a worker that died is replaced by another and nothing but the request in flight is lost. A
request that cannot be run as asked is answered with `error` and the next one is read; any other fault ends the worker
with exit code 1. Images are decoded only when a request needs their pixels, and never leave the device for the judge.
"""

import sys
from typing import Any, TextIO

from espalier_torch.protocol.events import SERVE_EVENTS
from espalier_torch.protocol.lines import check_event
from espalier_torch.protocol.reading import read_request
from espalier_torch.protocol.serve_requests import SERVE_REQUESTS
from espalier_torch.runtime.cut_texts import CUTS
from espalier_torch.runtime.orphan import end_when_orphaned
from espalier_torch.serving.model_requests import ModelRequests
from espalier_torch.serving.request_loop import Log, RequestLoop, Service, on_standard_streams


def loop(events: TextIO, log: Log) -> RequestLoop:
    """A worker without models yet, that sends its events to a stream."""
    service = Service(
        parse=lambda line: read_request(line, SERVE_REQUESTS),
        check=lambda event: check_event(event, SERVE_EVENTS),
        answers=ModelRequests().answers(),
        refused=0,
        machine_failed=1,
        beside=cut_since,
    )
    return RequestLoop(service, events, log)


def cut_since() -> dict[str, Any]:
    """What was cut since the last event."""
    cut = CUTS.taken()
    return {"cut": cut} if cut else {}


def main() -> int:
    """Serves stdin; returns the exit code."""
    end_when_orphaned()
    return on_standard_streams(loop).serve(sys.stdin)


if __name__ == "__main__":
    sys.exit(main())
