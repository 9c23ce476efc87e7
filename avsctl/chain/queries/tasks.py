"""Task definitions with the totals that their quorums are counted from."""

from dataclasses import dataclass, replace
from typing import Any

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.task_getters import Shown, definition_calls, definition_ids, read_definition
from avsctl.chain.queries.task_storage import confirm, load_stored
from avsctl.chain.reader import BlockReader
from avsctl.contracts.attestation_center import FLOWS
from avsctl.contracts.call import Call
from avsctl.contracts.obls import Obls
from avsctl.core.changes import DefinitionState
from avsctl.core.deployment import Generation
from avsctl.core.quorum import StoredTotal
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import Address


@dataclass(frozen=True)
class TaskReading:
    """One definition as it was read."""

    definition: TaskDefinition
    details: TaskDetails | None
    """None where they were not read, or cannot be."""
    total: StoredTotal
    own_total: int
    """What the getter of the definition's total says, counted with or not."""
    global_total: int


@dataclass(frozen=True)
class TasksReading:
    """Every definition, and what holds for the tasks of all of them."""

    readings: tuple[TaskReading, ...]
    fee_calculator: Address | None
    """The contract that is asked for the fees of every task; None where none is set or that is not known."""


def load_definitions(reader: BlockReader, discovery: Discovery) -> tuple[TaskReading, ...]:
    """Read every definition with the total that the contract counts its quorums from, by its getters alone.

    Details are there on V3 only, and raw totals nowhere: ``load_tasks`` reads them.
    """
    shown, global_total = _load_shown(reader, discovery)
    return tuple(_join(each, global_total) for each in shown)


def load_tasks(reader: BlockReader, discovery: Discovery) -> TasksReading:
    """Read every definition with name, expiry, rewards and the raw total, and the fee calculator.

    V3 has a getter for all but the raw total. V1 and V2 have none: there the storage is read, and believed as far as
    the getters confirm it; elsewhere it is unknown. So is the fee calculator unless some definition is confirmed, and
    on V3.
    """
    if discovery.generation is Generation.V3:
        return TasksReading(load_definitions(reader, discovery), None)
    (shown, global_total), stored = side_by_side(
        lambda: _load_shown(reader, discovery), lambda: load_stored(reader, discovery, definition_ids(discovery))
    )
    confirmed = confirm(discovery.generation, stored, shown, global_total)
    is_known = any(i and known.details for i, known in confirmed.items())
    readings = tuple(
        replace(reading, details=known.details, total=replace(reading.total, raw=known.raw_total))
        for reading, known in ((_join(each, global_total), confirmed[each.task_definition_id]) for each in shown)
    )
    return TasksReading(readings, stored.fee_calculator if is_known else None)


def state_of(reading: TaskReading) -> DefinitionState:
    """Give the state of a definition as it was read, with the slot of its total where that is known."""
    raw = reading.total.raw
    total = reading.own_total if raw is None else raw
    return DefinitionState(reading.definition, reading.details, total, is_raw=raw is not None)


def load_paused_flows(reader: BlockReader, discovery: Discovery) -> tuple[str, ...]:
    """Give the names of the flows, of those that tasks and definitions need, that are paused."""
    paused = reader.require([discovery.attestation_center.is_flow_paused(flow) for flow in FLOWS.values()])
    return tuple(name for name, is_paused in zip(FLOWS, paused, strict=True) if is_paused)


def _load_shown(reader: BlockReader, discovery: Discovery) -> tuple[list[Shown], int]:
    """Read every definition by its getters, and the global total."""
    ids = definition_ids(discovery)
    calls_by_id = {i: definition_calls(discovery, i) for i in ids}
    total = Obls(discovery.obls, discovery.generation).total_voting_power()
    calls: list[Call[Any]] = [total, *(call for calls in calls_by_id.values() for call in calls)]
    first, *outcomes = reader.read(calls)
    shown = []
    for i, asked in calls_by_id.items():
        own, outcomes = outcomes[: len(asked)], outcomes[len(asked) :]
        shown.append(read_definition(reader, discovery, i, own, discovery.task_definitions))
    return [each for each in shown if each is not None], reader.value(total, first)


def _join(shown: Shown, global_total: int) -> TaskReading:
    counted = shown.own_total if shown.definition.has_own_total else global_total
    return TaskReading(shown.definition, shown.details, StoredTotal(counted, None), shown.own_total, global_total)
