"""What is read of task definitions at each moment of a simulation, and the states that follow from it.

Slots are read after the last transaction only: until then the contracts need their own code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.task_getters import Shown, definition_calls, read_definition
from avsctl.chain.queries.task_storage import (
    StoredTask,
    StoredTasks,
    confirm,
    decode_definitions,
    definition_slots,
    join_stored,
    total_slots,
)
from avsctl.chain.queries.tasks import TaskReading, state_of
from avsctl.chain.reader import BlockReader
from avsctl.contracts import storage
from avsctl.contracts.call import Call, Outcome
from avsctl.contracts.obls import Obls
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import DefinitionState
from avsctl.core.deployment import Generation
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.errors import AnswerError

MOST_READ: Final = 120
"""Definitions that are read, all moments together; beyond, only what a transaction names is read after it."""

State = dict[TaskDefinitionId, DefinitionState]
Words = Mapping[Address, Sequence[bytes]]
Ids = tuple[TaskDefinitionId, ...]


@dataclass(frozen=True)
class Seen:
    """What was read at one moment."""

    made: int
    """``numOfTaskDefinitions``."""
    global_total: int
    """In raw units."""
    shown: tuple[Shown, ...]
    """The definitions that exist, of those that were read."""


@dataclass(frozen=True)
class Moments:
    """Before the first transaction, and after each."""

    reader: BlockReader
    discovery: Discovery
    ids: tuple[Ids, ...]
    """Whose definitions are read at each moment, at the first and the last one all."""
    known: Mapping[TaskDefinitionId, TaskReading]
    """As they were read at the block."""
    longest_name: int
    """In bytes, of definitions that are made meanwhile; more than it may be."""

    @classmethod
    def plan(
        cls,
        reader: BlockReader,
        discovery: Discovery,
        transactions: Sequence[Transaction],
        watched: Sequence[TaskDefinitionId],
        known: Sequence[TaskReading],
    ) -> Self:
        """Choose what to read at each moment; ``try_out`` says what the arguments are."""
        ids = tuple(sorted(set(watched)))
        between = [ids] * (len(transactions) - 1)
        if len(ids) * (len(transactions) + 1) > MOST_READ:
            between = [_named(each, ids) for each in transactions[:-1]]
        last = [ids] if transactions else []
        by_id = {reading.definition.task_definition_id: reading for reading in known}
        longest_name = max((len(each.data) for each in transactions), default=0)
        return cls(reader, discovery, (ids, *between, *last), by_id, longest_name)

    @property
    def calls(self) -> tuple[tuple[Call[Any], ...], ...]:
        """The calls of each moment."""
        asked = [[call for i in ids for call in definition_calls(self.discovery, i)] for ids in self.ids]
        return tuple((*self._counts, *definitions) for definitions in asked)

    @property
    def slots(self) -> dict[Address, list[int]]:
        """The slots to read after the last transaction; none on V3, whose layout is not known."""
        if self.discovery.generation is Generation.V3:
            return {}
        ids = self.ids[-1]
        names = [slot for i in ids for slot in self._name_slots(i)]
        center = self.discovery.attestation_center.address
        return {center: definition_slots(ids) + names, self.discovery.obls: total_slots(ids)}

    def see(self, at: int, outcomes: Sequence[Outcome[Any]]) -> Seen:
        """Read the answers of one moment."""
        counts = zip(self._counts, outcomes[:2], strict=True)
        made, global_total = (self.reader.value(call, outcome) for call, outcome in counts)
        found, left = [], list(outcomes[2:])
        for i in self.ids[at]:
            width = len(definition_calls(self.discovery, i))
            own, left = left[:width], left[width:]
            found.append(read_definition(self.reader, self.discovery, i, own, made))
        return Seen(made, global_total, tuple(each for each in found if each is not None))

    def check_start(self, seen: Seen) -> None:
        """Raise AnswerError unless the simulation began in the state that was read."""
        shown = {each.task_definition_id: (each.definition, each.own_total, seen.global_total) for each in seen.shown}
        known = {i: self.known[i] for i in shown if i in self.known}
        read = {i: (each.definition, each.own_total, each.global_total) for i, each in known.items()}
        if seen.made != self.discovery.task_definitions or read != {i: shown[i] for i in known}:
            raise AnswerError(
                f"{self.reader.rpc.name()} simulated on another state than that of block {self.reader.block.number}",
                "try again, or use another endpoint",
            )

    def follow(self, seen: Sequence[Seen], words: Words | None) -> list[State]:
        """Give the state at each moment; a definition that was not read at one is as it was.

        Args:
            seen: what was read.
            words: those of ``slots``, None where they were not read.
        """
        before: State = {i: state_of(self.known[i]) for i in self.ids[0] if i in self.known}
        states = [self._show(seen[0], {}) | before]
        for each in seen[1:]:
            states.append(states[-1] | self._show(each, states[-1]))
        if words:
            states[-1] = states[-1] | self._confirm(seen[-1], states[-1], words)
        return states

    def _show(self, seen: Seen, before: State) -> State:
        """Take what the getters say, and details that they do not tell as they were before."""
        states = {}
        for each in seen.shown:
            earlier = before.get(each.task_definition_id)
            details = each.details or (earlier.details if earlier else None)
            is_raw = _shows_slot(self.discovery.generation, each.own_total, seen.global_total)
            states[each.task_definition_id] = DefinitionState(each.definition, details, each.own_total, is_raw)
        return states

    def _confirm(self, seen: Seen, states: State, words: Words) -> State:
        """Take what the slots say as far as the getters confirm it."""
        stored = self._read_slots(words)
        is_known = any(i and reading.details for i, reading in self.known.items())
        found = confirm(self.discovery.generation, stored, seen.shown, seen.global_total, is_known=is_known)
        confirmed = {}
        for i, each in found.items():
            raw, state = each.raw_total, states[i]
            total = state.own_total if raw is None else raw
            confirmed[i] = DefinitionState(state.definition, each.details, total, is_raw=raw is not None)
        return confirmed

    def _read_slots(self, words: Words) -> StoredTasks:
        """Put the words of ``slots`` together; no call changes a name, so a known one is taken as it is known."""
        ids, found = self.ids[-1], words[self.discovery.attestation_center.address]
        size = len(definition_slots(ids))
        definitions, left = decode_definitions(ids, found[:size]), found[size:]
        names = {}
        for i, definition in definitions.items():
            own, left = left[: len(self._name_slots(i))], left[len(self._name_slots(i)) :]
            length = len(storage.name_slots(i, definition.name_word))
            if length <= len(own):
                names[i] = own[:length]
        stored = join_stored(definitions, words[self.discovery.obls], names)
        return replace(stored, by_id={i: self._name(i, task) for i, task in stored.by_id.items()})

    def _name(self, task_definition_id: TaskDefinitionId, task: StoredTask) -> StoredTask:
        known = self.known.get(task_definition_id)
        if known is None or known.details is None:
            return task
        return replace(task, details=replace(task.definition.details, name=known.details.name))

    def _name_slots(self, task_definition_id: TaskDefinitionId) -> tuple[int, ...]:
        """Give the slots that may hold the name of a definition that is made meanwhile."""
        if task_definition_id in self.known:
            return ()
        return storage.name_slots(task_definition_id, (2 * self.longest_name + 1).to_bytes(32))

    @property
    def _counts(self) -> tuple[Call[int], Call[int]]:
        obls = Obls(self.discovery.obls, self.discovery.generation)
        return self.discovery.attestation_center.num_of_task_definitions(), obls.total_voting_power()


def _named(transaction: Transaction, ids: Ids) -> Ids:
    """Give the definition that a setter names as its first argument; all where that is none."""
    named = transaction.args[0] if transaction.args else None
    return (named,) if named in ids else ids


def _shows_slot(generation: Generation, own_total: int, global_total: int) -> bool:
    """Whether a getter of a total tells its slot: V2 shows the global total for 0, and V3 may."""
    if generation is Generation.V1:
        return True
    return generation is Generation.V2 and (own_total != global_total or not global_total)
