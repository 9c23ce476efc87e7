"""Devnets for the tests that talk to real nodes. No anvil is a failure, never a skip."""

from pathlib import Path

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("node")
            item.add_marker("enable_socket")
