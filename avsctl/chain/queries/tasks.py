"""Task definitions with the totals that their quorums are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.reader import BlockReader
from avsctl.chain.slots import read_slots
from avsctl.contracts import storage
from avsctl.contracts.attestation_center import FLOWS
from avsctl.contracts.call import Answer, Call
from avsctl.contracts.obls import Obls
from avsctl.contracts.storage import StoredDefinition
from avsctl.core.deployment import Generation
from avsctl.core.internal_tasks import TASK_DEFINITION_ID_BY_NAME, InternalTaskName
from avsctl.core.quorum import StoredTotal
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition, TaskDetails
from avsctl.core.units import Address, TaskDefinitionId

_WEIGHTS_UPDATE: Final = TASK_DEFINITION_ID_BY_NAME[InternalTaskName.WEIGHTS_UPDATE]
"""Which some V3 deployments may have."""


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


def load_definitions(reader: BlockReader, discovery: Discovery) -> tuple[TaskReading, ...]:
    """Read every definition with the total that the contract counts its quorums from, by its getters alone.

    Details are there on V3 only, and raw totals nowhere: ``load_tasks`` reads them.
    """
    ids = _definition_ids(discovery)
    obls = Obls(discovery.obls, discovery.generation)
    center = discovery.attestation_center
    calls_by_id = {i: (obls.total_per_task_definition(i), *center.task_definition(i)) for i in ids}
    calls: list[Call[Any]] = [obls.total_voting_power(), *(call for calls in calls_by_id.values() for call in calls)]
    first, *outcomes = reader.read(calls)
    global_total = reader.value(calls[0], first)
    readings = []
    for task_definition_id, asked in calls_by_id.items():
        own, outcomes = outcomes[: len(asked)], outcomes[len(asked) :]
        if not _exists(discovery, task_definition_id, own):
            continue
        stored, *settings = (reader.value(call, outcome) for call, outcome in zip(asked, own, strict=True))
        definition = center.decode_task_definition(task_definition_id, tuple(settings))
        total = StoredTotal(stored if definition.has_own_total else global_total, None)
        details = center.decode_task_details(tuple(settings))
        readings.append(TaskReading(definition, details, total, stored, global_total))
    return tuple(readings)


def load_tasks(reader: BlockReader, discovery: Discovery) -> tuple[TaskReading, ...]:
    """Read every definition with name, expiry, rewards and the raw total.

    V3 has a getter for all but the raw total. V1 and V2 have none: there the storage is read, and believed only where
    the id and the minimum in it are those of the getters, and the raw total the getter's (or 0 where V2 shows the
    global one for it) in an OBLS whose global total is where it is expected; elsewhere they are unknown. Slots that are
    all 0 look like definition 0, which is believed only beside another one.
    """
    if discovery.generation is Generation.V3:
        return load_definitions(reader, discovery)
    readings, (slots, global_total) = side_by_side(
        lambda: load_definitions(reader, discovery), lambda: _read_storage(reader, discovery)
    )
    pairs = [(reading, slots[reading.definition.task_definition_id]) for reading in readings]
    is_known = any(reading.definition.task_definition_id and _confirms(reading, found) for reading, found in pairs)
    return tuple(
        replace(
            reading,
            details=found.details if is_known and _confirms(reading, found) else None,
            total=replace(reading.total, raw=_raw_total(discovery, reading, found, global_total)),
        )
        for reading, found in pairs
    )


def load_paused_flows(reader: BlockReader, discovery: Discovery) -> tuple[str, ...]:
    """Give the names of the flows, of those that tasks and definitions need, that are paused."""
    paused = reader.require([discovery.attestation_center.is_flow_paused(flow) for flow in FLOWS.values()])
    return tuple(name for name, is_paused in zip(FLOWS, paused, strict=True) if is_paused)


@dataclass(frozen=True)
class _Stored:
    """What the slots of one definition say, before it is believed."""

    definition: StoredDefinition
    details: TaskDetails | None
    """None where the slot of the name holds no string."""
    raw_total: int


def _read_storage(reader: BlockReader, discovery: Discovery) -> tuple[dict[TaskDefinitionId, _Stored], int]:
    """Read the slots of every definition, of its raw total, of names that do not fit one slot, and the global total."""
    ids = _definition_ids(discovery)
    center = discovery.attestation_center.address
    words, totals = side_by_side(
        lambda: read_slots(reader, center, [slot for i in ids for slot in storage.definition_slots(i)]),
        lambda: read_slots(
            reader, discovery.obls, [storage.global_total_slot(), *(storage.raw_total_slot(i) for i in ids)]
        ),
    )
    global_total, *raw_totals = map(int.from_bytes, totals)
    size = storage.DEFINITION_SLOTS
    definitions = [storage.decode_definition(words[at * size : (at + 1) * size]) for at in range(len(ids))]
    names = _read_names(reader, center, list(zip(ids, definitions, strict=True)))
    stored = {
        i: _Stored(definition, None if name is None else replace(definition.details, name=name), total)
        for i, definition, name, total in zip(ids, definitions, names, raw_totals, strict=True)
    }
    return stored, global_total


def _read_names(
    reader: BlockReader, center: Address, definitions: Sequence[tuple[TaskDefinitionId, StoredDefinition]]
) -> list[str | None]:
    slots = [
        storage.name_slots(i, stored.name_word) if stored.task_definition_id == i else () for i, stored in definitions
    ]
    words = read_slots(reader, center, [slot for own in slots for slot in own])
    names = []
    for (_, stored), own in zip(definitions, slots, strict=True):
        mine, words = words[: len(own)], words[len(own) :]
        names.append(storage.decode_name(stored.name_word, mine))
    return names


def _confirms(reading: TaskReading, found: _Stored) -> bool:
    """Whether the getters say of a definition what its slots say."""
    definition, stored = reading.definition, found.definition
    named = (definition.task_definition_id, definition.minimum_voting_power)
    return named == (stored.task_definition_id, stored.minimum_voting_power)


def _raw_total(discovery: Discovery, reading: TaskReading, found: _Stored, global_total: int) -> int | None:
    """Give the slot of a total as far as the getters confirm it: V2 shows the global total for 0."""
    if global_total != reading.global_total:
        return None
    raw = found.raw_total
    shown = global_total if raw == 0 and discovery.generation is Generation.V2 else raw
    return raw if shown == reading.own_total else None


def _definition_ids(discovery: Discovery) -> list[TaskDefinitionId]:
    """Give the ids to look at: those made by governance, and from V2 on the default one and the internal ones."""
    made = [TaskDefinitionId(number) for number in range(1, discovery.task_definitions + 1)]
    if discovery.generation is Generation.V1:
        return made
    internal = [VOTING_POWER_SYNC, TOTALS_SYNC]
    if discovery.generation is Generation.V3:
        internal.append(_WEIGHTS_UPDATE)
    return [TaskDefinitionId(0), *made, *internal]


def _exists(discovery: Discovery, task_definition_id: TaskDefinitionId, outcomes: Sequence[Any]) -> bool:
    """Whether a definition is there; V1 and V2 do not tell and answer 0 for unknown ids, V3 reverts."""
    if discovery.generation is not Generation.V3:
        return True
    details = outcomes[1]
    if task_definition_id == _WEIGHTS_UPDATE:
        return isinstance(details, Answer) and bool(details.value[0] == task_definition_id)
    return isinstance(details, Answer) or details.revert.name != "TaskDefinitionNotFound"
