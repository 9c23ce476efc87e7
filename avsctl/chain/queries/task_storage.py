"""What the storage of V1 and V2 says of task definitions, and how much of it is believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.task_getters import Shown
from avsctl.chain.reader import BlockReader
from avsctl.chain.slots import read_slots
from avsctl.contracts import storage
from avsctl.contracts.storage import StoredDefinition
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TaskDetails
from avsctl.core.units import Address, TaskDefinitionId


@dataclass(frozen=True)
class StoredTask:
    """What the slots of one definition say, before it is believed."""

    definition: StoredDefinition
    details: TaskDetails | None
    """None where the slot of the name holds no string, or one that was not read."""
    raw_total: int


@dataclass(frozen=True)
class StoredTasks:
    """What the slots say, before it is believed."""

    by_id: Mapping[TaskDefinitionId, StoredTask]
    global_total: int
    fee_calculator: Address | None = None
    """None where none is set, and where its slot was not read or holds no address."""


@dataclass(frozen=True)
class Confirmed:
    """What of one definition's slots the getters confirm."""

    details: TaskDetails | None
    raw_total: int | None


def load_stored(reader: BlockReader, discovery: Discovery, ids: Sequence[TaskDefinitionId]) -> StoredTasks:
    """Read the slots of every definition, its raw total, its name, of the global total and the fee calculator."""
    center = discovery.attestation_center.address
    (*words, calculator), totals = side_by_side(
        lambda: read_slots(reader, center, [*definition_slots(ids), storage.fee_calculator_slot()]),
        lambda: read_slots(reader, discovery.obls, total_slots(ids)),
    )
    definitions = decode_definitions(ids, words)
    slots = {
        i: storage.name_slots(i, each.name_word) for i, each in definitions.items() if each.task_definition_id == i
    }
    found = read_slots(reader, center, [slot for own in slots.values() for slot in own])
    names = {}
    for i, own in slots.items():
        names[i], found = found[: len(own)], found[len(own) :]
    stored = join_stored(definitions, totals, names)
    return replace(stored, fee_calculator=storage.decode_fee_calculator(calculator))


def definition_slots(ids: Sequence[TaskDefinitionId]) -> list[int]:
    """Give AttestationCenter's slots of definitions, the longer names aside; ``decode_definitions`` reads them."""
    return [slot for i in ids for slot in storage.definition_slots(i)]


def total_slots(ids: Sequence[TaskDefinitionId]) -> list[int]:
    """Give OBLS's slots of the totals: the global one, then those of definitions."""
    return [storage.global_total_slot(), *map(storage.raw_total_slot, ids)]


def decode_definitions(
    ids: Sequence[TaskDefinitionId], words: Sequence[bytes]
) -> dict[TaskDefinitionId, StoredDefinition]:
    """Read the words of ``definition_slots``."""
    size = storage.DEFINITION_SLOTS
    return {i: storage.decode_definition(words[at * size : (at + 1) * size]) for at, i in enumerate(ids)}


def join_stored(
    definitions: Mapping[TaskDefinitionId, StoredDefinition],
    totals: Sequence[bytes],
    names: Mapping[TaskDefinitionId, Sequence[bytes]],
) -> StoredTasks:
    """Put together what slots say.

    Args:
        definitions: from ``decode_definitions``.
        totals: the words of ``total_slots`` of the same ids in the same order.
        names: the words of names that do not fit one slot, as far as they were read.
    """
    global_total, *raw_totals = map(int.from_bytes, totals)
    tasks = {}
    for (i, definition), raw_total in zip(definitions.items(), raw_totals, strict=True):
        is_read = i in names or not storage.name_slots(i, definition.name_word)
        name = storage.decode_name(definition.name_word, names.get(i, ())) if is_read else None
        details = None if name is None else replace(definition.details, name=name)
        tasks[i] = StoredTask(definition, details, raw_total)
    return StoredTasks(tasks, global_total)


def confirm(
    generation: Generation, stored: StoredTasks, shown: Sequence[Shown], global_total: int, *, is_known: bool = False
) -> dict[TaskDefinitionId, Confirmed]:
    """Tell what of the storage is believed.

    Details where the id and the minimum in the slots are those of the getters, and the raw total where it is the
    getter's (or 0 where V2 shows the global one for it) in an OBLS whose global total is where it is expected. Slots
    that are all 0 look like definition 0, which is believed only beside another one.

    Args:
        generation: V1 or V2.
        stored: what the slots say.
        shown: what the getters say of the same definitions.
        global_total: what the getter says.
        is_known: whether a definition other than 0 has shown before that the layout is this one.
    """
    pairs = {each.task_definition_id: (each, stored.by_id[each.task_definition_id]) for each in shown}
    is_known = is_known or any(i and _is_same(*pair) for i, pair in pairs.items())
    has_totals = stored.global_total == global_total
    return {
        i: Confirmed(
            found.details if is_known and _is_same(each, found) else None,
            _raw_total(generation, each, found, global_total) if has_totals else None,
        )
        for i, (each, found) in pairs.items()
    }


def _is_same(shown: Shown, found: StoredTask) -> bool:
    """Whether the getters say of a definition what its slots say."""
    definition, stored = shown.definition, found.definition
    named = (definition.task_definition_id, definition.minimum_voting_power)
    return named == (stored.task_definition_id, stored.minimum_voting_power)


def _raw_total(generation: Generation, shown: Shown, found: StoredTask, global_total: int) -> int | None:
    """Give the slot of a total as far as the getter confirms it: V2 shows the global total for 0."""
    raw = found.raw_total
    expected = global_total if raw == 0 and generation is Generation.V2 else raw
    return raw if expected == shown.own_total else None
