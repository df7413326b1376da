"""Wall time on a device, and the most matrix products that it does."""

import time
from collections.abc import Callable

import torch


class TimedDevice:
    """A device, and the type that models have on it."""

    device: torch.device
    dtype: torch.dtype

    def seconds(self, work: Callable[[], object]) -> float:
        """Wall time of `work`, the device's queue empty before and after."""
        self.synchronise()
        started = time.perf_counter()
        work()
        self.synchronise()
        return time.perf_counter() - started

    def synchronise(self) -> None:
        """Waits for the device."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def matrix_peak(self) -> float:
        """Floating-point operations a second of a large matrix product in the models' type."""
        side, turns = (8192, 20) if self.device.type == "cuda" else (1024, 4)
        left, right = (torch.randn(side, side, device=self.device, dtype=self.dtype) for _ in range(2))
        times = [self.seconds(lambda: [left @ right for _ in range(turns)]) for _ in range(3)]
        return 2 * side**3 * turns / min(times)
