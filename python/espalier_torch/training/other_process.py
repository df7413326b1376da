"""Process 1 or higher of a run: takes the same request from stdin, computes its share, and writes nothing.

`launch.start_others` starts it; it ends with the process that did.
"""

import sys

from espalier_torch.protocol.reading import read_request
from espalier_torch.protocol.worker_requests import WORKER_REQUESTS
from espalier_torch.runtime.stopping import OrphanStop, Stopped
from espalier_torch.training.run import train


def main() -> int:
    """Runs the request; returns the exit code."""
    try:
        train(read_request(sys.stdin.readline(), WORKER_REQUESTS), lambda event: None, OrphanStop())
    except Stopped:
        return 143
    return 0


if __name__ == "__main__":
    sys.exit(main())
