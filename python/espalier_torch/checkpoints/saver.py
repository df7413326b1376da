"""Writes resumable states beside the training, in a thread of its own."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from espalier_torch.checkpoints.resumable_state import copied, save_state


class Saver:
    """Writes resumable states while training goes on, one at a time."""

    def __init__(self, work: Path, keep: int):
        self.work, self.keep = work, keep
        self.thread: threading.Thread | None = None
        self.written: list[tuple[int, Path]] = []
        self.fault: BaseException | None = None

    def save(self, step: int, tensors: Mapping[str, Mapping[str, Tensor]], record: Mapping[str, Any]) -> None:
        """Copies the tensors now and writes them beside the training, as `save_state` does."""
        self.wait()
        copies = copied(tensors)
        self.thread = threading.Thread(target=self.write, args=(step, copies, json.loads(json.dumps(record))))
        self.thread.start()

    def write(self, step: int, tensors: Mapping[str, Mapping[str, Tensor]], record: Mapping[str, Any]) -> None:
        """The thread's work; what goes wrong is raised by `wait`."""
        try:
            folder = save_state(self.work, step, tensors, record, self.keep)
            # Only now: the list that stood here before the saving may have been taken by `finished`.
            self.written.append((step, folder))
        except BaseException as fault:
            self.fault = fault

    def finished(self) -> list[tuple[int, Path]]:
        """States that are whole on disk since the last call: step and folder."""
        done, self.written = self.written, []
        return done

    def wait(self) -> None:
        """Returns when nothing is being written. Raises what writing raised."""
        if self.thread is not None:
            self.thread.join()
            self.thread = None
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
