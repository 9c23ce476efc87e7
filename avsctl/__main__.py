"""The entry of ``avsctl`` and ``python -m avsctl``: quiet when interrupted, while it is still being imported too."""

import gc
import sys
from typing import Final

YOUNG_OBJECTS: Final = 100_000
"""So many new objects are looked through for cycles at once: with Python's 700, a fifth of a command's time goes there.

What a command that runs for hours leaves in cycles is still found, a few megabytes later.
"""


def main() -> int:
    """Run this process's command line and give its exit status."""
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        from avsctl.cli import main as run  # noqa: PLC0415 - within what an interruption is caught by

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
