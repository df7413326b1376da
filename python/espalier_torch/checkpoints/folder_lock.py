"""One writer to a folder at a time, among all processes that see it."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no flock; there the lock is not taken
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def only_writer(work: Path, wait_seconds: float) -> Iterator[None]:
    """Holds the run's folder; the system lets go when the process ends, however it ends.

    Raises:
        TimeoutError: another trainer still holds it after `wait_seconds`.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as handle:
        ends = time.monotonic() + wait_seconds
        while fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as cause:
                if time.monotonic() > ends:
                    raise TimeoutError(f"Another trainer is writing to {work}; end it first") from cause
                time.sleep(0.2)
        yield
