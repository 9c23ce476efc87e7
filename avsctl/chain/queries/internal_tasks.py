"""All that the state of the internal tasks is judged by, read side by side at one block of each layer."""

from collections.abc import Mapping
from dataclasses import dataclass

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.internal_runs import load_histories
from avsctl.chain.queries.operators import L1Place, load_operators
from avsctl.chain.queries.power import load_last_sync
from avsctl.chain.queries.tasks import load_paused_flows, load_tasks, state_of
from avsctl.chain.reader import BlockReader
from avsctl.core.changes import L2State
from avsctl.core.internal_status import History
from avsctl.core.operators import OperatorSets
from avsctl.core.power import LastSync
from avsctl.core.units import Address, TaskDefinitionId


@dataclass(frozen=True)
class InternalReading:
    """One reading of L2, and of L1 where it is set."""

    state: L2State
    sets: OperatorSets | None
    """The operators of both layers; None where L1 is not read."""
    last_sync: LastSync | None
    """By the getters."""
    histories: Mapping[TaskDefinitionId, History]
    log_blocks: int | None
    """Of how many newest blocks the endpoint gave logs; None where that covers the last day."""
    fee_calculator: Address | None
    """None where none is set or that is not known."""
    paused_flows: tuple[str, ...]
    """Names."""


def load_internal(l2: BlockReader, discovery: Discovery, l1: L1Place | None) -> InternalReading:
    """Read operators, every definition, the runs that can be seen, and what else stops an internal task.

    Args:
        l2: pinned at the block of L2.
        discovery: of a deployment that has an InternalTaskHandler.
        l1: None where L1 is not read.

    Raises:
        ChainError: a chain could not be read.
    """
    ((operators, total, sets), tasks), (runs, paused) = side_by_side(
        lambda: side_by_side(lambda: load_operators(l2, discovery, l1), lambda: load_tasks(l2, discovery)),
        lambda: side_by_side(lambda: _load_runs(l2, discovery), lambda: load_paused_flows(l2, discovery)),
    )
    states = tuple(state_of(reading) for reading in tasks.readings)
    state = L2State(discovery.generation, discovery.evm_block_number, operators, total, states)
    last_sync, (histories, log_blocks) = runs
    return InternalReading(state, sets, last_sync, histories, log_blocks, tasks.fee_calculator, paused)


def _load_runs(
    l2: BlockReader, discovery: Discovery
) -> tuple[LastSync | None, tuple[dict[TaskDefinitionId, History], int | None]]:
    return side_by_side(lambda: load_last_sync(l2, discovery), lambda: load_histories(l2, discovery))
