"""Starts a whole devnet: two nodes, the contracts, the operators and the drift, ready to be read."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from avsctl.core.deployment import Generation
from avsctl.devnet import clock
from avsctl.devnet.anvil import Node, NodeSettings, require_ports, run_node
from avsctl.devnet.definitions import build_task_definitions
from avsctl.devnet.deploy import deploy, load_accounts, set_multicall
from avsctl.devnet.plan import Plan, build_plan
from avsctl.devnet.scenario_names import Scenario
from avsctl.devnet.scenarios import play, require_playable
from avsctl.devnet.seed import seed
from avsctl.devnet.world import Devnet

L1_CHAIN_ID: Final = 31337
L2_CHAIN_ID: Final = 31338


@dataclass(frozen=True)
class DevnetSettings:
    """What a devnet is started with; the same settings give the same addresses, ids and powers."""

    generation: Generation = Generation.V2
    operators: int = 12
    """Registered on both layers, before drift."""
    drift: int = 0
    """Of how many the layers differ, in turn of each ``DriftKind``."""
    seed: int = 1
    has_multicall: bool = True
    l1_port: int | None = None
    """None takes a free one."""
    l2_port: int | None = None
    is_mining: bool = True
    """Whether blocks come every 12 s and 2 s too; a transaction is mined at once in any case."""
    head_time: int | None = None
    """Unix seconds of both heads, None for the present; with a fixed one the blocks are the same every time."""
    scenario: Scenario | None = None
    """What happens last, after both heads have come to the present."""


@contextlib.contextmanager
def start(settings: DevnetSettings) -> Iterator[Devnet]:
    """Run a devnet until the block is left; nothing of it outlives this process.

    Raises:
        UsageError: the settings make no devnet, or a port is taken.
        GenerationError: the generation cannot come into the state of the scenario.
        ConfigError: there is no anvil, or it did not start.
    """
    require_ports({"--l1-port": settings.l1_port, "--l2-port": settings.l2_port})
    plan = build_plan(settings.generation, settings.operators, settings.drift, settings.seed)
    if settings.scenario is not None:
        require_playable(settings.generation, settings.scenario)
    present = clock.build_present(settings.head_time)
    with (
        run_node(NodeSettings(L1_CHAIN_ID, present.genesis_at, settings.l1_port)) as l1,
        run_node(NodeSettings(L2_CHAIN_ID, present.genesis_at, settings.l2_port)) as l2,
    ):
        devnet = _set_up(settings, plan, l1, l2)
        seed(devnet, plan.first_powers, present)
        clock.settle(l1.url, present, clock.L1_BLOCK_SECONDS, is_mining=settings.is_mining)
        clock.settle(l2.url, present, clock.L2_BLOCK_SECONDS, is_mining=settings.is_mining)
        if settings.scenario is not None:
            devnet = replace(devnet, befallen=play(devnet, settings.scenario))
        with _heads_kept_young(devnet) if settings.is_mining else contextlib.nullcontext():
            yield devnet


@contextlib.contextmanager
def _heads_kept_young(devnet: Devnet) -> Iterator[None]:
    with (
        clock.keep_mining(devnet.l1_url, clock.L1_BLOCK_SECONDS),
        clock.keep_mining(devnet.l2_url, clock.L2_BLOCK_SECONDS),
    ):
        yield


def _set_up(settings: DevnetSettings, plan: Plan, l1: Node, l2: Node) -> Devnet:
    clock.set_pace(l1.url, clock.L1_BLOCK_SECONDS)
    clock.set_pace(l2.url, clock.L2_BLOCK_SECONDS)
    if settings.has_multicall:
        set_multicall(l1.url)
        set_multicall(l2.url)
    contracts = deploy(settings.generation, l1.url, l2.url)
    accounts = load_accounts(l1.url)
    return Devnet(
        generation=settings.generation,
        l1_url=l1.url,
        l2_url=l2.url,
        l1_chain_id=L1_CHAIN_ID,
        l2_chain_id=L2_CHAIN_ID,
        l1_pid=l1.pid,
        l2_pid=l2.pid,
        contracts=contracts,
        owner=accounts.owner,
        multisig=accounts.multisig,
        operators=plan.operators,
        strangers=plan.strangers,
        drift=plan.drift,
        task_definitions=build_task_definitions(settings.generation, plan.operators),
    )
