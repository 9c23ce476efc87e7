"""The slots of V1 and V2 that decide over a task, and how much of what they say is believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.task_getters import Shown, definition_ids
from avsctl.chain.queries.task_storage import (
    Confirmed,
    confirm,
    decode_definitions,
    definition_slots,
    join_stored,
    total_slots,
)
from avsctl.contracts import storage
from avsctl.core.attestation.conditions import Hook
from avsctl.core.changes import DefinitionState
from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator, active_operators
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

NAME_BYTES: Final = 64
"""Names up to this length are read; a longer one is left empty."""

_SETTINGS: Final = (storage.avs_logic_slot(), storage.fee_calculator_slot(), storage.open_aggregator_slot())

Words = Sequence[bytes]


@dataclass(frozen=True)
class TaskSlots:
    """Which slots are read of one deployment."""

    discovery: Discovery
    task_hashes: tuple[bytes, ...] = ()
    """Tasks that may have been handed in before."""

    @property
    def wanted(self) -> dict[Address, list[int]]:
        """The slots by contract; none on V3, whose layout is not known."""
        if self.discovery.generation is Generation.V3:
            return {}
        return {
            self.discovery.attestation_center.address: [
                *_SETTINGS,
                *map(storage.operator_id_slot, self.accounts),
                *definition_slots(self.ids),
                *(slot for i in self.ids for slot in _name_slots(i)),
                *map(storage.signed_task_slot, self.task_hashes),
            ],
            self.discovery.obls: [
                *(storage.operator_power_slot(OperatorId(i)) for i in range(1, self.discovery.total_operators + 1)),
                *total_slots(self.ids),
            ],
        }

    def split(self, words: Mapping[Address, Words]) -> "TaskWords":
        """Tell apart what was read of ``wanted``."""
        center, obls = words[self.discovery.attestation_center.address], words[self.discovery.obls]
        accounts = len(_SETTINGS)
        definitions = accounts + len(self.accounts)
        names = definitions + len(definition_slots(self.ids))
        signed = len(center) - len(self.task_hashes)
        return TaskWords(
            self,
            center[:accounts],
            center[accounts:definitions],
            center[definitions:names],
            center[names:signed],
            center[signed:],
            obls[: self.discovery.total_operators],
            obls[self.discovery.total_operators :],
        )

    @property
    def ids(self) -> tuple[TaskDefinitionId, ...]:
        """Definitions that there may be."""
        return tuple(definition_ids(self.discovery))

    @property
    def accounts(self) -> tuple[Address, ...]:
        """Every address that has or had an id."""
        return tuple(dict.fromkeys(self.discovery.operator_addresses))


@dataclass(frozen=True)
class TaskWords:
    """What the slots hold."""

    slots: TaskSlots
    settings: Words
    accounts: Words
    definitions: Words
    names: Words
    signed: Words
    powers: Words
    totals: Words

    def are_known(self, operators: Sequence[L2Operator]) -> bool:
        """Whether ids and powers are what the getters say, so that the layout is the one known; not without any."""
        ids = dict(zip(self.slots.accounts, map(int.from_bytes, self.accounts), strict=True))
        newest = {each.address: each for each in operators}
        active = active_operators(newest.values())
        powers = zip(operators, map(int.from_bytes, self.powers), strict=True)
        return (
            bool(active)
            and all(ids[each.address] == each.operator_id for each in active)
            and all(each.voting_power == power for each, power in powers)
        )

    def confirm_states(self, shown: Sequence[Shown], global_total: int) -> tuple[DefinitionState, ...]:
        """Give the state of each definition, of the slots what the getters confirm.

        Args:
            shown: the definitions, as their getters show them.
            global_total: what the getter says.
        """
        ids, width = self.slots.ids, len(_name_slots(TaskDefinitionId(0)))
        definitions = decode_definitions(ids, self.definitions)
        names = {}
        for at, i in enumerate(ids):
            needed = len(storage.name_slots(i, definitions[i].name_word))
            names[i] = self.names[at * width :][:needed] if needed <= width else ()
        stored = join_stored(definitions, self.totals, names)
        confirmed = confirm(self.slots.discovery.generation, stored, shown, global_total)
        return tuple(_join(each, confirmed[each.task_definition_id]) for each in shown)

    @property
    def hooks(self) -> frozenset[Hook]:
        """The contracts of the AVS's own that are set; only where the slots ``are_known``."""
        logic, calculator, _ = self.settings
        found = {
            Hook.AVS_LOGIC: storage.decode_avs_logic(logic),
            Hook.FEE_CALCULATOR: storage.decode_fee_calculator(calculator),
        }
        return frozenset(hook for hook, contract in found.items() if contract)

    @property
    def burned(self) -> frozenset[bytes]:
        """The tasks that were approved or rejected before, by their hashes."""
        pairs = zip(self.slots.task_hashes, self.signed, strict=True)
        return frozenset(task_hash for task_hash, word in pairs if any(word))

    @property
    def is_open_aggregator(self) -> bool:
        """Whether anyone may hand in a task."""
        handler = self.slots.discovery.internal_task_handler
        return handler is not None and bool(storage.decode_open_aggregator(self.settings[2], handler))


def _join(shown: Shown, confirmed: Confirmed) -> DefinitionState:
    raw = confirmed.raw_total
    return DefinitionState(
        shown.definition, confirmed.details, shown.own_total if raw is None else raw, is_raw=raw is not None
    )


def _name_slots(task_definition_id: TaskDefinitionId) -> tuple[int, ...]:
    """Give the slots of the longest name that is read, should it not fit its own."""
    return storage.name_slots(task_definition_id, (2 * NAME_BYTES + 1).to_bytes(32))
