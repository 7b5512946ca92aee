"""Runs MiniStack until it ends, or until the program that started it is gone.

The parent holds the other end of standard input. However the parent ends, even when it is killed, that end closes, and
then the whole group goes with it: MiniStack and the function processes it has started.
"""

import os
import signal
import sys
import threading

from ministack.app import main


def follow_parent():
    sys.stdin.buffer.read()
    # The state of the emulator is thrown away with it, so nothing is gained by asking politely.
    os.killpg(0, signal.SIGKILL)


if "--follow-parent" in sys.argv:
    threading.Thread(target=follow_parent, daemon=True).start()

sys.argv = ["ministack"]
main()
