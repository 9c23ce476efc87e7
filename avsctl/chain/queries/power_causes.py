"""All that explains drift: both layers now, and of those that drifted what they were at the last sync, and since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from avsctl.chain.background import side_by_side
from avsctl.chain.queries.cause_events import load_messages, load_shifts
from avsctl.chain.queries.cause_parts import dropped_contracts, load_parts, with_parts
from avsctl.chain.queries.cause_reference import L1Past, load_settings, load_thens
from avsctl.chain.queries.cause_writes import load_since
from avsctl.chain.queries.power import PowerReading, load_power
from avsctl.chain.queries.tasks import TaskReading, load_definitions
from avsctl.chain.reader import BlockReader
from avsctl.contracts.call import Answer
from avsctl.core.cause_facts import NoThen, OperatorFacts, StakeSettings, Then
from avsctl.core.deployment import Generation
from avsctl.core.units import Address, OperatorId
from avsctl.errors import ChainError


@dataclass(frozen=True)
class CausesReading:
    """What both layers say now."""

    power: PowerReading
    tasks: tuple[TaskReading, ...]
    settings: StakeSettings


def load_now(past: L1Past, l2: BlockReader) -> CausesReading:
    """Read operators, the last sync, the task definitions, and what L1 makes power of stake with.

    Raises:
        ChainError: a chain could not be read.
    """
    power, (tasks, settings) = side_by_side(
        lambda: load_power(past.reader, l2, past.discovery, past.address),
        lambda: side_by_side(lambda: load_definitions(l2, past.discovery), lambda: load_settings(past)),
    )
    return CausesReading(power, tasks, settings)


def load_past(
    past: L1Past, l2: BlockReader, facts: Sequence[OperatorFacts], settings: StakeSettings
) -> tuple[OperatorFacts, ...]:
    """Add to the facts of now what L1 and L2 were at the last sync, and what was written since.

    What the endpoints do not have any more is left open, with the reason.

    Raises:
        ChainError: a chain could not be read at its pinned block.
    """
    parted = [each.address for each in facts if each.needs_then or each.is_unreadable]
    supported = [name for name, _ in settings.multipliers]
    known, (thens, parts) = side_by_side(
        lambda: _load_present(past, facts),
        lambda: side_by_side(lambda: _load_thens(past, facts, settings), lambda: load_parts(past, parted, supported)),
    )
    dated = [replace(each, then=thens.get(each.operator_id or OperatorId(0), each.then)) for each in known]
    shifts, (since, more) = side_by_side(
        lambda: load_shifts(past, [each for each in dated if each.needs_shifts]),
        lambda: side_by_side(
            lambda: load_since(l2, past.discovery, [each for each in dated if each.needs_since]),
            lambda: load_parts(past, parted, dropped_contracts(dated, settings)),
        ),
    )
    return tuple(
        replace(
            with_parts(each, parts | more),
            shifts=shifts.get(each.operator_id or OperatorId(0), ()),
            since=since.get(each.operator_id or OperatorId(0), each.since),
        )
        for each in dated
    )


def _load_thens(
    past: L1Past, facts: Sequence[OperatorFacts], settings: StakeSettings
) -> dict[OperatorId, Then | NoThen]:
    wanted = [each for each in facts if each.needs_then]
    try:
        return load_thens(past, wanted, settings) if wanted else {}
    except ChainError as error:
        unread = NoThen(error.problems[0].message)
        return {each.operator_id: unread for each in wanted if each.operator_id is not None}


def _load_present(past: L1Past, facts: Sequence[OperatorFacts]) -> tuple[OperatorFacts, ...]:
    """Add who was ejected, and the newest logs of those whose message should have arrived."""
    lost = [each for each in facts if each.is_unheard]
    ejected, messages = side_by_side(partial(_load_ejected, past, lost), partial(load_messages, past, lost))
    return tuple(
        replace(each, is_ejected=ejected.get(each.address), message=messages.get(each.address))
        if each.is_unheard
        else each
        for each in facts
    )


def _load_ejected(past: L1Past, facts: Sequence[OperatorFacts]) -> dict[Address, bool]:
    if past.discovery.generation is not Generation.V3:
        return {}
    outcomes = past.reader.read([past.getters.is_ejected(each.address) for each in facts])
    pairs = zip(facts, outcomes, strict=True)
    return {each.address: outcome.value for each, outcome in pairs if isinstance(outcome, Answer)}
