"""Types into the SQL shell that a command starts in a terminal, Ctrl-C included. Fails unless the shell goes on."""

import os
import pty
import select
import signal
import sys
import time

CTRL_C, CTRL_D = b"\x03", b"\x04"
PATIENCE_S = 60


class Terminal:
    """The terminal of a program."""

    def __init__(self, program):
        self.shown = b""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            # Whoever started the tests may ignore it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execv(program[0], program)

    def type(self, text):
        os.write(self.file, text)

    def wait_for(self, wanted):
        """Waits until the program has shown this, after all that was waited for before."""
        if not self.is_shown(wanted, PATIENCE_S):
            sys.exit(f"no {wanted} in {self.shown}")

    def interrupt_until(self, wanted):
        """Types Ctrl-C until the program has shown this. Python overlooks one that comes just before it waits."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self.type(CTRL_C)
            if self.is_shown(wanted, seconds=2):
                return
        sys.exit(f"no {wanted} after Ctrl-C in {self.shown}")

    def is_shown(self, wanted, seconds):
        """Whether the program shows this within the time; what comes after it is left to be waited for."""
        deadline = time.monotonic() + seconds
        while wanted not in self.shown:
            if not select.select([self.file], [], [], max(deadline - time.monotonic(), 0))[0]:
                return False
            try:
                self.shown += os.read(self.file, 4096)
            except OSError:
                sys.exit(f"the shell ended before {wanted}: {self.shown}")
        self.shown = self.shown.split(wanted, 1)[1]
        return True


def main():
    terminal = Terminal(sys.argv[1:])
    terminal.wait_for(b"fermata> ")
    terminal.type(b"SELECT half of a statement")
    # Ctrl-C takes back what is not read yet, and readline would then wait for a key.
    terminal.wait_for(b"half of a statement")
    terminal.interrupt_until(b"fermata> ")
    terminal.type(b"SELECT 40 + 2 AS answer;\n")
    terminal.wait_for(b"42")
    terminal.wait_for(b"fermata> ")
    terminal.type(b"SELECT sum(sqrt(a.range + b.range)) FROM range(1000000) a, range(1000000) b;\n")
    time.sleep(1)
    terminal.interrupt_until(b"fermata> ")
    terminal.type(b"SELECT 1000 - 1 AS answer;\n")
    terminal.wait_for(b"999")
    terminal.wait_for(b"fermata> ")
    terminal.type(CTRL_D)
    _, status = os.waitpid(terminal.pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
