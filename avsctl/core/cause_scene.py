"""Everyone that ``power explain`` may speak of, from what both layers say now."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from avsctl.core.cause_facts import OldListing, OperatorFacts, StakeSettings
from avsctl.core.deployment import Generation
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, active_operators
from avsctl.core.tasks import TaskDefinition
from avsctl.core.units import Address, OperatorId


def build_facts(
    generation: Generation, sets: OperatorSets, definitions: Sequence[TaskDefinition], settings: StakeSettings
) -> tuple[OperatorFacts, ...]:
    """Give the facts of now of every id, dead ones too, and of every address that only L1 has, without history."""
    by_address = {operator.address: operator for operator in sets.l1}
    ids = (_facts_of_id(generation, sets, each, by_address[each.address], settings) for each in sets.l2)
    active = {operator.address for operator in active_operators(sets.l2)}
    absent = sorted((each for each in sets.l1 if _is_absent(each, active)), key=lambda each: each.address)
    rows = [*ids, *(_facts_of_absent(generation, sets, each, settings) for each in absent)]
    return tuple(_with_listings(each, definitions) for each in rows)


def choose_drifted(everyone: Iterable[OperatorFacts]) -> tuple[OperatorFacts, ...]:
    """Give those that drifted, or that stand in a way that makes powers count wrongly."""
    return tuple(each for each in everyone if each.is_of_interest)


def choose_named(everyone: Sequence[OperatorFacts], addresses: Collection[Address]) -> tuple[OperatorFacts, ...]:
    """Give what there is of some addresses: their active ids, dead ones that hold power, else the newest one."""
    return tuple(each for address in addresses for each in _choose_one(everyone, address))


def _choose_one(everyone: Sequence[OperatorFacts], address: Address) -> Iterator[OperatorFacts]:
    own = [each for each in everyone if each.address == address]
    shown = [each for each in own if not each.is_dead_id or each.is_of_interest]
    yield from shown or own[-1:]


def _facts_of_id(
    generation: Generation, sets: OperatorSets, operator: L2Operator, l1: L1Operator, settings: StakeSettings
) -> OperatorFacts:
    others = [each for each in sets.l2 if each.address == operator.address and each is not operator]
    return OperatorFacts(
        generation,
        operator.operator_id,
        operator.address,
        l1,
        operator.is_active,
        operator.voting_power,
        settings,
        tuple(each.operator_id for each in others if not each.is_active),
        tuple(each.operator_id for each in others if each.is_active),
    )


def _facts_of_absent(
    generation: Generation, sets: OperatorSets, l1: L1Operator, settings: StakeSettings
) -> OperatorFacts:
    dead = tuple(each.operator_id for each in sets.l2 if each.address == l1.address)
    return OperatorFacts(
        generation, None, l1.address, l1, active_on_l2=False, l2_voting_power=0, settings=settings, dead_ids=dead
    )


def _is_absent(l1: L1Operator, active: Collection[Address]) -> bool:
    return l1.is_registered is not False and l1.address not in active


def _with_listings(facts: OperatorFacts, definitions: Sequence[TaskDefinition]) -> OperatorFacts:
    if not facts.active_on_l2 or not facts.dead_ids or facts.operator_id is None:
        return facts
    found = (_list_old(each, facts.operator_id, facts.dead_ids) for each in definitions)
    return replace(facts, old_listings=tuple(each for each in found if each is not None))


def _list_old(definition: TaskDefinition, operator_id: OperatorId, dead: Sequence[OperatorId]) -> OldListing | None:
    listed = definition.restricted_operator_ids
    old = tuple(each for each in listed if each in dead)
    if not old:
        return None
    mended = sorted({operator_id, *listed}.difference(old))
    return OldListing(definition.task_definition_id, old, tuple(mended))
