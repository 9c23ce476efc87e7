"""What holds for every test: no socket outside tests/node, a logger that is left as it was, and no CI to tell of."""

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


@pytest.fixture(autouse=True)
def _restored_logger():
    before = (LOGGER.handlers[:], LOGGER.propagate, LOGGER.level)
    yield
    LOGGER.handlers[:], LOGGER.propagate = before[:2]
    LOGGER.setLevel(before[2])


@pytest.fixture(autouse=True)
def _outside_github(monkeypatch):
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
