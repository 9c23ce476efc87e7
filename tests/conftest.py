"""What holds for every test: no socket outside tests/node, a logger as in a fresh process, and no CI to tell of."""

import logging
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import settings

from avsctl.output.log import LOGGER

settings.register_profile("avsctl", deadline=None)
settings.load_profile("avsctl")

NODE_TESTS = Path(__file__).parent / "node"


def pytest_collection_modifyitems(items):
    for item in items:
        if NODE_TESTS not in item.path.parents:
            item.add_marker("disable_socket")


def pytest_terminal_summary(terminalreporter):
    """Print what the tests of a series have counted under ``tally of ...``, and by kind where it is played in full."""
    for name, counts in sorted(_tallies(terminalreporter).items()):
        ends = Counter()
        for entry, count in counts.items():
            ends[entry.rpartition(": ")[2]] += count
        told = ", ".join(f"{count:,} {end}" for end, count in ends.most_common())
        terminalreporter.write_line(f"{ends.total():,} {name}: {told}")
        for entry, count in sorted(counts.items()) if os.environ.get("AVSCTL_SOAK") else ():
            terminalreporter.write_line(f"  {count:>5}  {entry}")


def _tallies(terminalreporter):
    tallies = defaultdict(Counter)
    for report in (each for found in terminalreporter.stats.values() for each in found):
        for name, counts in getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ():
            if name.startswith("tally of "):
                tallies[name.removeprefix("tally of ")].update(counts)
    return tallies


@pytest.fixture(autouse=True)
def _untouched_logger():
    """Begin as a fresh process does: what ran in this one before, fixtures of a wider scope among it, has set it up."""
    LOGGER.handlers[:], LOGGER.propagate = [], True
    LOGGER.setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def _outside_github(monkeypatch):
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
