"""The two ways a training run ends before its last step."""


class TrainingFailed(RuntimeError):
    """Training cannot go on: not a number, or a self-test that does not hold."""


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
