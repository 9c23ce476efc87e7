"""What holds for every test: no socket outside tests/node, and a logger that is left as it was."""

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
