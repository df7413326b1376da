"""Runs a command on a pseudo-terminal: what comes on standard input is typed, what it prints goes to standard output.

Ends with its exit code, or 128 and the signal's number.
"""

import os
import pty
import select
import sys


def main(command: list[str]) -> int:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    typing = [sys.stdin.fileno()]
    while True:
        ready, _, _ = select.select([terminal, *typing], [], [])
        if terminal in ready:
            try:
                text = os.read(terminal, 65536)
            except OSError:  # Linux says so at the end of a terminal.
                text = b""
            if not text:
                break
            os.write(sys.stdout.fileno(), text)
        elif typing:
            text = os.read(typing[0], 1024)
            if text:
                os.write(terminal, text)
            else:
                typing = []
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
