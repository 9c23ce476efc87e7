"""From settings to a deployment that is open for reading: what every reading command begins with."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avsctl.chain.background import start
from avsctl.chain.transport import Deadline, SystemClock, Transport
from avsctl.commands.early import open_connections, take_transport
from avsctl.commands.options import Common
from avsctl.config import ChainSettings, Settings, SettingsOptions, load_settings
from avsctl.config.settings import L1_NAMES, L2_NAMES
from avsctl.core.deployment import BlockRef, Deployment, Generation, Layer
from avsctl.core.findings import Finding, build_finding
from avsctl.core.units import Address
from avsctl.errors import ConfigError, ConfigProblems, Problem

if TYPE_CHECKING:
    from avsctl.chain.detect import Discovery
    from avsctl.chain.layers import Layers, OpenLayer
    from avsctl.chain.queries.mined_tasks import MinedTask
    from avsctl.chain.reader import BlockReader

BOTH = frozenset(Layer)
L2_ALONE = frozenset({Layer.L2})
SPARES: Final = 2
"""Connections opened beside the first one, where the powers of many operators may take several requests at once."""
_OF_POWERS: Final = (
    "avsctl.chain.queries.power_ahead",
    "avsctl.commands.power_reading",
    "avsctl.chain.queries.power",
    "avsctl.commands.internal_judging",
    "avsctl.core.checks",
    "avsctl.output.power",
)


@dataclass(frozen=True)
class Connection:
    """Both layers of one deployment, open at one block each."""

    settings: Settings
    layers: "Layers"
    discovery: "Discovery"

    @property
    def l1(self) -> "BlockReader":
        """The reader of L1."""
        return _reader(self.layers.l1)

    @property
    def l2(self) -> "BlockReader":
        """The reader of L2."""
        return _reader(self.layers.l2)

    @property
    def deployment(self) -> Deployment:
        """What the answer names as its deployment."""
        return Deployment(
            self.discovery.generation,
            self.l1_block.chain_id if self.l1_block else None,
            self.l2.block.chain_id,
            self.settings.avs_governance if self.layers.l1 else None,
            self.discovery.attestation_center.address,
            self.discovery.obls,
            self.discovery.internal_task_handler,
        )

    @property
    def l1_block(self) -> BlockRef | None:
        """The block of L1, None where it was not read."""
        return self.layers.l1.reader.block if self.layers.l1 else None

    @property
    def sender(self) -> Address:
        """The multisig of a command that must have one."""
        return _given(self.settings.multisig)

    @property
    def avs_governance(self) -> Address:
        """The AvsGovernance of a command that reads L1."""
        return _given(self.settings.avs_governance)

    def check_reading(self) -> tuple[Finding, ...]:
        """Find what a reader of the answer should know about how it was read."""
        from avsctl.core.checks import check_blocks_apart  # noqa: PLC0415 - imported when something has been read

        findings = []
        for layer, chain, reader in self._read():
            if chain.expected_chain_id is None:
                text = f"chain {reader.block.chain_id} is the endpoint's own word"
                remedy = (f"{layer.upper()}_CHAIN={reader.block.chain_id}",)
                findings.append(build_finding("chain_id_unverified", layer.value, text, remedy))
            if reader.rpc.check is not None:
                findings.append(build_finding("cross_checked", layer.value, reader.rpc.check.summary(reader.rpc)))
            if not reader.pinned_by_hash:
                text = f"block {reader.block.number} was pinned by number and had the same hash at the end"
                findings.append(build_finding("block_pinned_by_number", layer.value, text))
        apart = check_blocks_apart(self.l1_block, self.l2.block) if self.l1_block else ()
        return (*findings, *apart)

    def _read(self) -> "Iterator[tuple[Layer, ChainSettings, BlockReader]]":
        """Give the layers that were read."""
        if self.layers.l1 is not None and self.settings.l1 is not None:
            yield Layer.L1, self.settings.l1, self.l1
        yield Layer.L2, self.settings.l2, self.l2

    def check_assumptions(self, what: str) -> tuple[Finding, ...]:
        """Find, on V3, that ``what`` rests on V2's behaviour."""
        if self.discovery.generation is not Generation.V3:
            return ()
        return (build_finding("assumed_from_v2", "v3", what),)


@contextmanager
def connect(
    common: Common, needs: frozenset[Layer] = BOTH, uses: frozenset[Layer] | None = None, *, reads_powers: bool = False
) -> Iterator[Connection]:
    """Load the settings, open the layers needed and find the generation; checks the blocks again at the end.

    Args:
        common: the shared options.
        needs: the layers that the command cannot do without.
        uses: those that it opens where they are set; None for those that it needs.
        reads_powers: whether it will ask for the powers of both layers, which are then read ahead.

    Raises:
        ConfigError: settings that are missing, malformed, or do not fit the chains.
        ChainError: a chain could not be read, or a block was replaced.
    """
    settings = read_settings(common, needs=needs)
    if Layer.L1 not in (uses or needs):
        settings = replace(settings, l1=None)
    with _open_settings(settings, common, reads_powers=reads_powers) as connection:
        yield connection


@contextmanager
def connect_to_write(common: Common) -> Iterator[Connection]:
    """Do as ``connect_as`` for a command that writes, whose sender ``--from`` names."""
    with connect_as(common, common.writing.sender) as connection:
        yield connection


@contextmanager
def connect_as(common: Common, sender: str | None, uses: frozenset[Layer] = BOTH) -> Iterator[Connection]:
    """Do as ``connect`` for L2 and the multisig, which it must have.

    Args:
        common: the shared options.
        sender: as given to ``--from``; None leaves it to the settings.
        uses: the layers that it opens where they are set.

    Raises:
        ConfigError: as ``connect``, or there is no multisig.
        ChainError: as ``connect``.
    """
    settings = read_settings(common, sender=sender, needs=L2_ALONE)
    if settings.multisig is None:
        raise ConfigError(
            "the governance multisig is not set: looked for option --from, and AVSCTL_MULTISIG in environment and .env",
            "avsctl doctor --find-multisig finds it and gives the line for .env",
            "missing_setting",
        )
    if Layer.L1 not in uses:
        settings = replace(settings, l1=None)
    with _open_settings(settings, common) as connection:
        yield connection


@contextmanager
def connect_before(common: Common, transaction_hash: str) -> "Iterator[tuple[Connection, MinedTask]]":
    """Read a submitTask that was mined, and open L2 at the block before its own, L1 as usual where it is set.

    Raises:
        UsageError: no such transaction, or none that calls submitTask of the deployment.
        ConfigError: as ``connect``.
        ChainError: as ``connect``, or the transaction is in no block yet.
    """
    from avsctl.chain.cross_check import CrossCheck  # noqa: PLC0415 - as in ``open_deployment``
    from avsctl.chain.queries.mined_tasks import load_mined  # noqa: PLC0415
    from avsctl.commands.targets import build_rpcs  # noqa: PLC0415

    settings = read_settings(common, needs=L2_ALONE)
    if settings.avs_governance is None:
        settings = replace(settings, l1=None)
    _require_pairs(settings)
    deadline = Deadline(SystemClock(), common.timeout_seconds)
    with closing(take_transport()) as transport:
        rpc, other = build_rpcs(settings, Layer.L2, settings.l2, transport, deadline)
        rpc.check = None if other is None else CrossCheck(other)
        mined = load_mined(rpc, settings.attestation_center, transaction_hash)
        before = replace(common, l2_block=mined.block_number - 1)
        with open_deployment(settings, before, transport, deadline) as connection:
            yield connection, mined


@contextmanager
def _open_settings(settings: Settings, common: Common, *, reads_powers: bool = False) -> Iterator[Connection]:
    """Open the layers that are set; an L1 whose AvsGovernance nobody names is left alone."""
    if settings.avs_governance is None:
        settings = replace(settings, l1=None)
    deadline = Deadline(SystemClock(), common.timeout_seconds)
    with closing(take_transport()) as transport:
        open_connections(transport, settings, 1 + (SPARES if reads_powers else 0))
        with open_deployment(settings, common, transport, deadline, reads_powers=reads_powers) as connection:
            yield connection


@contextmanager
def open_deployment(
    settings: Settings, common: Common, transport: Transport, deadline: Deadline, *, reads_powers: bool = False
) -> Iterator[Connection]:
    """Open the deployment that settings describe, over one transport and within one deadline.

    ``reads_powers`` says that the powers of both layers will be asked for, which are then read ahead.
    """
    _require_pairs(settings)
    from avsctl.chain.detect import discover  # noqa: PLC0415 - connections open while it is imported
    from avsctl.chain.layers import open_layers  # noqa: PLC0415
    from avsctl.commands.targets import build_targets  # noqa: PLC0415

    l1, l2 = build_targets(settings, common, transport, deadline, reads_powers=reads_powers)
    opening = start(lambda: open_layers(l1, l2))
    _import_meanwhile(reads_powers=reads_powers)
    from avsctl.chain.queries.power_ahead import read_powers_ahead  # noqa: PLC0415 - as there

    with opening.result() as layers:
        ahead = read_powers_ahead(layers, _given(settings.avs_governance)) if l1 and l2.guesses else ()
        yield Connection(settings, layers, discover(layers.l2, settings.attestation_center, ahead))
        layers.check_blocks()


def _import_meanwhile(*, reads_powers: bool) -> None:
    """Import what the answer will take, while the chains are asked and nothing else is to be done."""
    for module in ("avsctl.output.delivery", *(_OF_POWERS if reads_powers else ())):
        import_module(module)


def _require_pairs(settings: Settings) -> None:
    """Require two endpoints of each chain that is read, where they are to be compared."""
    chains = {L1_NAMES: settings.l1, L2_NAMES: settings.l2} if settings.cross_check else {}
    alone = [names for names, chain in chains.items() if chain is not None and len(chain.endpoints) < 2]
    if alone:
        raise ConfigProblems([_lacks_pair(names.rpc) for names in alone])


def _lacks_pair(setting: str) -> Problem:
    return Problem(
        "no_second_endpoint",
        f"{setting} has one endpoint, and --cross-check (AVSCTL_CROSS_CHECK) compares two",
        f"give both with a comma between them, {setting}=URL1,URL2; with several L2s {setting}=ID@URL1,ID@URL2",
    )


def read_settings(common: Common, *, sender: str | None = None, needs: frozenset[Layer] = BOTH) -> Settings:
    """Load the settings for the options given, from this process's environment and working directory."""
    options = SettingsOptions(
        l1_rpc=common.l1_rpc,
        l2_rpc=common.l2_rpc,
        l2_chain=common.l2_chain,
        env_file=common.env_file,
        from_=sender,
        cross_check=common.cross_check,
    )
    return load_settings(options, os.environ, Path.cwd(), needs=needs)


def wall_time() -> int:
    """Give the Unix time in seconds, for ages on screens."""
    return int(time.time())


def _reader(layer: "OpenLayer | None") -> "BlockReader":
    assert layer is not None  # noqa: S101 - a command reads the layers that it needs
    return layer.reader


def _given(address: Address | None) -> Address:
    assert address is not None  # noqa: S101 - whoever asks has required it of the settings
    return address
