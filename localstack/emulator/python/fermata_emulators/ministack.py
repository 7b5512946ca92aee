"""Runs MiniStack: `python -m fermata_emulators.ministack FOLDER [--follow-parent]`.

The folder is on the command line only so that the process can be recognised.
"""

import sys

from ministack import app

from fermata_emulators.lifetime import follow_parent_if_asked

if __name__ == "__main__":
    follow_parent_if_asked()
    sys.argv = ["ministack"]
    app.main()
