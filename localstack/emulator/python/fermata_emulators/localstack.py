"""Runs LocalStack: `python -m fermata_emulators.localstack FOLDER [--follow-parent]`.

The folder is on the command line only so that the process can be recognised. What LocalStack is to be comes from the
environment, which `localstack/emulator/src/localstack.rs` sets.
"""

from fermata_emulators.lifetime import follow_parent_if_asked

if __name__ == "__main__":
    follow_parent_if_asked()
    from localstack.runtime.main import main

    main()
