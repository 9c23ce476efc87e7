"""Devnets for the tests that talk to real nodes. No anvil is a failure, never a skip.

``devnet`` runs a test once per generation, ``devnet_v1``, ``devnet_v2`` and ``devnet_v3`` once: twelve operators of
seed 1, every kind of drift once, heads that stand still. What a test changes is undone after it. ``devnets(...)``
starts others, one per set of arguments and session, and ``unchanged(devnet)`` undoes changes to these.
"""

import contextlib
from pathlib import Path

import pytest

from avsctl.core.deployment import Generation
from avsctl.devnet import rpc
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.plan import DriftKind
from avsctl.devnet.world import environment

HERE = Path(__file__).parent
DEFAULTS = {"operators": 12, "drift": len(DriftKind), "seed": 1, "is_mining": False}


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("node")
            item.add_marker("enable_socket")


@contextlib.contextmanager
def _unchanged(devnet):
    """Undo on leaving whatever happened to both chains inside."""
    urls = (devnet.l1_url, devnet.l2_url)
    snapshots = [rpc.call(url, "evm_snapshot") for url in urls]
    yield devnet
    for url, snapshot in zip(urls, snapshots, strict=True):
        assert rpc.call(url, "evm_revert", snapshot)


@pytest.fixture(scope="session")
def unchanged():
    """Give the context manager that undoes, on leaving, whatever happened to both chains of a devnet inside."""
    return _unchanged


@pytest.fixture(scope="session")
def env_for():
    """Give the function that makes the environment avsctl reads a devnet with."""
    return environment


@pytest.fixture(scope="session")
def devnets():
    """Start devnets that live as long as the session: ``devnets(generation, operators=.., drift=.., seed=..)``."""
    running = {}
    with contextlib.ExitStack() as stack:

        def get(generation=Generation.V2, **changes):
            settings = DevnetSettings(Generation(generation), **(DEFAULTS | changes))
            if settings not in running:
                running[settings] = stack.enter_context(start(settings))
            return running[settings]

        yield get


@pytest.fixture(params=list(Generation), ids=str)
def devnet(request, devnets):
    with _unchanged(devnets(request.param)) as it:
        yield it


@pytest.fixture
def devnet_v1(devnets):
    with _unchanged(devnets(Generation.V1)) as it:
        yield it


@pytest.fixture
def devnet_v2(devnets):
    with _unchanged(devnets(Generation.V2)) as it:
        yield it


@pytest.fixture
def devnet_v3(devnets):
    with _unchanged(devnets(Generation.V3)) as it:
        yield it
