"""All that a voting-power diff needs, read side by side at one block of each layer."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.operators import load_operator_sets
from avsctl.chain.reader import BlockReader
from avsctl.core.operators import L2Operator, OperatorSets
from avsctl.core.power import LastSync
from avsctl.core.units import Address

if TYPE_CHECKING:
    from avsctl.chain.queries.tasks import TaskReading
    from avsctl.core.changes import L2State
    from avsctl.core.tasks import TaskTotal


@dataclass(frozen=True)
class PowerReading:
    """One reading of both layers."""

    sets: OperatorSets
    last_sync: LastSync | None
    """None on V1, and where none has landed."""
    task_totals: "tuple[TaskTotal, ...] | None" = None
    """None when not asked for."""
    state: "L2State | None" = None
    """Every definition, by its getters alone; None when not asked for."""


def load_power(
    l1: BlockReader, l2: BlockReader, discovery: Discovery, avs_governance: Address, *, per_task: bool = False
) -> PowerReading:
    """Read operators, the last sync, and with ``per_task`` the totals of the task definitions."""
    if per_task:
        return _load_per_task(l1, l2, discovery, avs_governance)
    sets, last_sync = side_by_side(
        lambda: load_operator_sets(l1, l2, discovery, avs_governance), lambda: load_last_sync(l2, discovery)
    )
    return PowerReading(sets, last_sync)


def _load_per_task(l1: BlockReader, l2: BlockReader, discovery: Discovery, avs_governance: Address) -> PowerReading:
    from avsctl.chain.queries.tasks import load_definitions, state_of  # noqa: PLC0415 - imported where it is asked for
    from avsctl.core.changes import L2State  # noqa: PLC0415

    reading, readings = side_by_side(
        lambda: load_power(l1, l2, discovery, avs_governance), lambda: load_definitions(l2, discovery)
    )
    sets = reading.sets
    totals, states = tuple(_recompute(each, sets.l2) for each in readings), tuple(map(state_of, readings))
    state = L2State(discovery.generation, discovery.evm_block_number, sets.l2, sets.l2_total_voting_power, states)
    return replace(reading, task_totals=totals, state=state)


def load_last_sync(reader: BlockReader, discovery: Discovery) -> LastSync | None:
    """Date the last sync by the L2 block that it names; no log is read."""
    if discovery.last_commit is None or discovery.last_commit == (0, 0):
        return None
    to_block_l1, to_block_l2 = discovery.last_commit
    counts_alike = discovery.evm_block_number == reader.block.number
    return LastSync(to_block_l1, to_block_l2, reader.timestamp_of(to_block_l2) if counts_alike else None)


def _recompute(reading: "TaskReading", operators: tuple[L2Operator, ...]) -> "TaskTotal":
    from avsctl.core.tasks import TaskTotal, recompute_total  # noqa: PLC0415 - as above

    definition = reading.definition
    recomputed = recompute_total(definition, operators)
    return TaskTotal(definition.task_definition_id, reading.total.counted, recomputed, definition.has_own_total)
