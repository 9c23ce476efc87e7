"""All that the answer of ``submitTask`` follows from, read at one block of L2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.attestation_slots import TaskSlots
from avsctl.chain.queries.operators import join_l2_operators, l2_operator_calls
from avsctl.chain.queries.task_getters import Shown, definition_calls, definition_ids, read_definition
from avsctl.chain.reader import BlockReader
from avsctl.chain.slots import read_slots, read_with_slots
from avsctl.contracts import storage
from avsctl.contracts.attestation_center import FLOWS
from avsctl.contracts.call import Call, Outcome
from avsctl.contracts.obls import Obls
from avsctl.contracts.submit_task import Task, task_hash
from avsctl.core.attestation.conditions import Conditions
from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.operators import L2Operator
from avsctl.core.units import OperatorId, TaskDefinitionId

_FLOW: Final = FLOWS["TASKS_SUBMISSION_FLOW"]


@dataclass(frozen=True)
class Ground:
    """What tasks meet that are handed in behind one block."""

    conditions: Conditions
    """In the block after it; of burned tasks those are known that were looked up."""
    shown_totals: Mapping[TaskDefinitionId, int]
    """What the getter of each definition's total says; V2 shows the global one for 0."""
    has_slots: bool
    """Whether AttestationCenter and OBLS keep their storage where V1 and V2 do, as their getters show."""


def load_ground(
    reader: BlockReader, discovery: Discovery, strangers: Sequence[OperatorId] = (), tasks: Sequence[Task] = ()
) -> Ground:
    """Read operators, definitions, totals, the flow, and on V1 and V2 the storage that no getter tells.

    Args:
        reader: pinned at the block.
        discovery: the deployment at that block.
        strangers: ids that were never given out, whose powers are read too.
        tasks: those that may have been handed in before, which is looked up where the slots are known.

    Raises:
        ChainError: the chain could not be read.
    """
    first = _first_calls(discovery, strangers)
    operators = l2_operator_calls(discovery)
    definitions = [call for i in definition_ids(discovery) for call in definition_calls(discovery, i)]
    slots = TaskSlots(discovery, tuple(map(task_hash, tasks)))
    outcomes, words = read_with_slots(reader, [*first, *operators, *definitions], slots.wanted)
    certain = len(first) + len(operators)
    read = zip([*first, *operators], outcomes[:certain], strict=True)
    paused, *values = (reader.value(call, outcome) for call, outcome in read)
    known, total = join_l2_operators(discovery, values[len(strangers) :])
    others = {each: power for each, power in zip(strangers, values, strict=False) if power}
    shown = _read_definitions(reader, discovery, outcomes[certain:])
    found = slots.split(words) if words else None
    states = found.confirm_states(shown, total) if found else tuple(map(_state_of, shown))
    conditions = replace(_join(discovery, known, total, states), other_powers=others, is_paused=paused)
    totals = {each.task_definition_id: each.own_total for each in shown}
    if found is None or not found.are_known(known):
        return Ground(conditions, totals, has_slots=False)
    told = replace(conditions, hooks=found.hooks, is_open_aggregator=found.is_open_aggregator, burned=found.burned)
    return Ground(told, totals, has_slots=True)


def load_burned(reader: BlockReader, discovery: Discovery, tasks: Sequence[Task]) -> frozenset[bytes]:
    """Tell which tasks were approved or rejected before, by their hashes; only where ``Ground.has_slots``.

    Raises:
        ChainError: the chain could not be read.
    """
    hashes = [task_hash(task) for task in tasks]
    slots = [storage.signed_task_slot(each) for each in hashes]
    words = read_slots(reader, discovery.attestation_center.address, slots) if slots else []
    return frozenset(each for each, word in zip(hashes, words, strict=True) if any(word))


def _first_calls(discovery: Discovery, strangers: Sequence[OperatorId]) -> list[Call[Any]]:
    obls = Obls(discovery.obls, discovery.generation)
    return [discovery.attestation_center.is_flow_paused(_FLOW), *map(obls.voting_power, strangers)]


def _read_definitions(reader: BlockReader, discovery: Discovery, outcomes: Sequence[Outcome[Any]]) -> list[Shown]:
    shown, left = [], list(outcomes)
    for i in definition_ids(discovery):
        width = len(definition_calls(discovery, i))
        own, left = left[:width], left[width:]
        shown.append(read_definition(reader, discovery, i, own, discovery.task_definitions))
    return [each for each in shown if each is not None]


def _state_of(shown: Shown) -> DefinitionState:
    return DefinitionState(shown.definition, shown.details, shown.own_total, is_raw=False)


def _join(
    discovery: Discovery, operators: tuple[L2Operator, ...], total: int, definitions: tuple[DefinitionState, ...]
) -> Conditions:
    height = discovery.evm_block_number
    state = L2State(discovery.generation, height, operators, total, definitions)
    last_l1, last_l2 = discovery.last_commit or (0, 0)
    return Conditions(state, height + 1, discovery.obls, last_l1, last_l2)
