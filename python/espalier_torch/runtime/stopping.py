"""The ways a training run ends before its last step."""

from espalier_torch.runtime.orphan import is_orphan

STOP_SIGNALS = ("", "SIGINT", "SIGTERM")
"""What a stop's reason can be."""


class TrainingFailed(RuntimeError):
    """Training cannot go on: not a number, diverged, out of memory, or a self-test that does not hold."""


class Stopped(Exception):
    """The run was asked to stop and has saved what it had."""


class Stop:
    """Asks a run to stop after its present step. `reason` is empty until then."""

    def __init__(self) -> None:
        self.reason = ""

    def check(self) -> None:
        """Raises Stopped when asked to stop."""
        if self.reason:
            raise Stopped(self.reason)


class OrphanStop(Stop):
    """A stop that is also asked for when the process that started this one has ended."""

    def __init__(self) -> None:
        self.signal = ""

    @property
    def reason(self) -> str:  # type: ignore[override]
        """Name of the signal received, or SIGTERM in the name of a parent that is gone; empty to go on."""
        return self.signal or ("SIGTERM" if is_orphan() else "")
