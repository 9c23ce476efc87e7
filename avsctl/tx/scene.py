"""What is read before anything is planned: the state of L2, who sends, and what the next sync would carry."""

from dataclasses import dataclass

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.operators import L1Place, load_operators
from avsctl.chain.queries.sender import load_sender
from avsctl.chain.queries.tasks import TaskReading, load_paused_flows, load_tasks, state_of
from avsctl.chain.reader import BlockReader
from avsctl.core.changes import L2State
from avsctl.core.multisig import Sender
from avsctl.core.operators import OperatorSets
from avsctl.core.units import Address


@dataclass(frozen=True)
class Chains:
    """The deployment, open for reading; L1 where it is set."""

    l2: BlockReader
    discovery: Discovery
    l1: BlockReader | None = None
    avs_governance: Address | None = None
    """Given with L1."""

    @property
    def l1_place(self) -> L1Place | None:
        """Where L1 is read; None where it is not."""
        return None if self.l1 is None or self.avs_governance is None else L1Place(self.l1, self.avs_governance)


@dataclass(frozen=True)
class Scene:
    """All that is known before a change."""

    state: L2State
    readings: tuple[TaskReading, ...]
    """What ``state`` was made of."""
    sets: OperatorSets | None
    """The operators of both layers; None where L1 is not read."""
    sender: Sender
    holds_role: bool
    paused_flows: tuple[str, ...]
    """Names."""


def read_scene(chains: Chains, sender: Address) -> Scene:
    """Read everything at one block of each layer.

    Raises:
        ChainError: a chain could not be read.
    """
    l2, discovery = chains.l2, chains.discovery
    (operators, tasks), (who, (paused, holds_role)) = side_by_side(
        lambda: side_by_side(lambda: load_operators(l2, discovery, chains.l1_place), lambda: load_tasks(l2, discovery)),
        lambda: side_by_side(lambda: load_sender(l2, sender), lambda: _load_powers_of(chains, sender)),
    )
    known, total, sets = operators
    states = tuple(state_of(reading) for reading in tasks.readings)
    state = L2State(discovery.generation, discovery.evm_block_number, known, total, states)
    return Scene(state, tasks.readings, sets, who, holds_role, paused)


def _load_powers_of(chains: Chains, sender: Address) -> tuple[tuple[str, ...], bool]:
    """Read which flows are paused, and whether the sender holds the governance role."""
    asked = chains.discovery.attestation_center.has_governance_role(sender)
    paused, (holds_role,) = side_by_side(
        lambda: load_paused_flows(chains.l2, chains.discovery), lambda: chains.l2.require([asked])
    )
    return paused, holds_role
