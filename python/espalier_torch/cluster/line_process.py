"""A child process that answers each line on its standard input with a line on its standard output."""

import collections
import contextlib
import subprocess
import threading
from collections.abc import Sequence

TAIL_LINES = 20


class ProcessGone(RuntimeError):
    """The child ended before it answered, or took too long and was ended."""


class LineProcess:
    """Starts the command at once. It ends with its standard input, and so with this process."""

    def __init__(self, command: Sequence[str], seconds: float):
        self.seconds = seconds
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.said: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        """Keeps the last lines of what the child says in prose."""
        for line in self.child.stderr:
            self.said.append(line.decode(errors="replace").rstrip())

    @property
    def pid(self) -> int:
        """The child's."""
        return self.child.pid

    def ask(self, line: str) -> str:
        """The answer to a line. Raises ProcessGone."""
        slow = threading.Timer(self.seconds, self.child.kill)
        slow.start()
        try:
            self.child.stdin.write(line.encode() + b"\n")
            self.child.stdin.flush()
            answer = self.child.stdout.readline()
        except OSError:
            answer = b""
        finally:
            ran_out = not slow.is_alive()
            slow.cancel()
        if answer.endswith(b"\n"):
            return answer.decode().rstrip("\n")
        self.child.kill()
        code = self.child.wait()
        self.listener.join(1)
        why = f"it took longer than {self.seconds:g} s" if ran_out else f"it ended (exit code {code})"
        raise ProcessGone("; its last words:\n".join([why, *(["\n".join(self.said)] if self.said else [])]))

    def close(self) -> None:
        """Ends the child."""
        with contextlib.suppress(OSError):
            self.child.stdin.close()
        self.child.kill()
        self.child.wait()
