"""The entry of ``avsctl`` and ``python -m avsctl``: quiet when interrupted, while it is still being imported too.

It leaves no core dump, whether it crashes or is ended by SIGQUIT: keys are in its memory and its environment.
"""

import gc
import os
import sys
from contextlib import suppress
from typing import Final

YOUNG_OBJECTS: Final = 100_000
"""So many new objects are looked through for cycles at once: with Python's 700, a fifth of a command's time goes there.

What a command that runs for hours leaves in cycles is still found, a few megabytes later.
"""


def main() -> int:
    """Run this process's command line and give its exit status."""
    gc.set_threshold(YOUNG_OBJECTS)
    _forbid_core_dumps()
    try:
        from avsctl.commands.early import begin  # noqa: PLC0415 - within what an interruption is caught by

        begin(sys.argv[1:], os.environ)
        from avsctl.cli import main as run  # noqa: PLC0415 - as above, and while connections open

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return 130
    finally:
        gc.freeze()  # the end of the process looks for no cycles: a tenth of a command's time


def _forbid_core_dumps() -> None:
    """Let this process, and those that it starts, write nothing of their memory to the disk; Windows never does."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not everywhere

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


if __name__ == "__main__":
    sys.exit(main())
