"""Runs ``python -m avsctl``."""

import sys

from avsctl.cli import main

sys.exit(main())
