"""Whether the process that started this one is gone. An orphan ends, or nobody would take it off its graphics card."""

import os
import threading
import time

# Taken as the package is imported: what is imported after it takes seconds, in which the parent may end.
PARENT = os.getppid()
STARTER = os.environ.get("ESPALIER_PARENT", "")
"""Who started this process as Node says, or nothing."""


def is_orphan() -> bool:
    """True once the parent is gone, also when it was gone before this module was read."""
    now = os.getppid()
    return now != PARENT or (now == 1 and STARTER not in ("", "1"))


def end_when_orphaned(every: float = 1.0) -> None:
    """Watches from a thread of its own, `every` so many seconds, even while this one computes. The exit code is 1."""

    def watch() -> None:
        while not is_orphan():
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="orphan-watch").start()
