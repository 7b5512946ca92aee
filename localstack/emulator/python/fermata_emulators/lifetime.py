"""An emulator that ends with the command that started it."""

import os
import signal
import sys
import threading

OPTION = "--follow-parent"


def follow_parent_if_asked() -> None:
    """Ends the whole group when standard input ends, if the command line asks for that.

    The parent holds the other end of standard input. However the parent ends, even when it is killed, that end closes.
    The group is the emulator and the functions it has started.
    """
    if OPTION in sys.argv:
        threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()


def _follow_parent() -> None:
    sys.stdin.buffer.read()
    # The state of the emulator is thrown away with it, so nothing is gained by asking politely.
    os.killpg(0, signal.SIGKILL)
