"""Ends a process whose parent is gone, even while it computes: nobody would take a hung one off its graphics card."""

import os
import threading
import time


def end_when_orphaned(every: float = 1.0) -> None:
    """Watches from a thread of its own, `every` so many seconds; the exit code is then 1."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="orphan-watch").start()
