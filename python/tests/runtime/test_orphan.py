"""A worker that computes ends when the process that started it is gone."""

import os
import subprocess
import sys
import time

WORKS = (
    "import time; from espalier_torch.runtime.orphan import end_when_orphaned; end_when_orphaned(0.1); time.sleep(600)"
)
STARTS = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', sys.argv[1]]).pid, flush=True); input()"


def test_a_busy_process_ends_with_its_parent():
    command = [sys.executable, "-c", STARTS, WORKS]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None and parent.stdin is not None
    worker = int(parent.stdout.readline())
    time.sleep(1)
    assert is_alive(worker) and parent.poll() is None
    parent.kill()
    parent.wait(timeout=60)
    assert ends(worker)


def test_a_process_whose_starter_was_gone_before_it_looked_ends_too():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(timeout=60)
    # The shell ends at once, so that the worker belongs to nobody from the start.
    started = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" >/dev/null 2>&1 & echo $!', sys.executable, f"import time; time.sleep(1); {WORKS}"],
        env={**os.environ, "ESPALIER_PARENT": str(gone.pid)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ends(int(started.stdout))


def ends(pid: int) -> bool:
    """Whether a process is gone within a minute."""
    deadline = time.monotonic() + 60
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that nobody waits for stays in the table as a zombie.
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False
