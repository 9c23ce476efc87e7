"""The entry of ``avsctl`` and ``python -m avsctl``: quiet when interrupted, while it is still being imported too."""

import sys


def main() -> int:
    """Run this process's command line and give its exit status."""
    try:
        from avsctl.cli import main as run  # noqa: PLC0415 - within what an interruption is caught by

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
