"""From an intent to ordered calls: what to set, and in which order, so that the state after them is the wanted one.

The calls that set minimum and list rewrite the stored total too, each by a formula of its own, and the one that sets
the maximum looks at the list (OTHENTIC.md 7.A and 8). No order is written down here: every one is tried by the rules
of ``core.changes``, shorter ones first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Final

from avsctl.core.changes import (
    CreateDefinition,
    DefinitionState,
    L2State,
    Refusal,
    RewardRole,
    SetList,
    SetMaximum,
    SetMinimum,
    SetReward,
    Setting,
    Step,
    Why,
    apply_setting,
)
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import OperatorId, TaskDefinitionId
from avsctl.core.wording import join_words
from avsctl.errors import AnswerError, GenerationError, UsageError

_NOT_ON_V1: Final = frozenset({TaskDefinitionId(0), VOTING_POWER_SYNC, TOTALS_SYNC})
"""Definitions that the later generations come with."""


@dataclass(frozen=True)
class DefinitionChange:
    """What is asked of one definition; None leaves a field as it is."""

    minimum_voting_power: int | None = None
    """Raw units; 0 clears it."""
    restricted_operator_ids: tuple[OperatorId, ...] | None = None
    """Strictly ascending; empty clears it."""
    maximum_number_of_attesters: int | None = None
    """0 for no limit."""
    attester_reward: int | None = None
    """Smallest unit of the rewards token, as the other two."""
    performer_reward: int | None = None
    aggregator_reward: int | None = None


def plan_update(state: L2State, task_definition_id: TaskDefinitionId, change: DefinitionChange) -> tuple[Step, ...]:
    """Give the shortest calls that make a definition as wanted, with the total that its settings then give.

    Among equally short ones minimum comes before list, list before maximum, rewards last; but nowhere between them does
    the maximum stand above the length of the list, unless it does before them. A list that becomes shorter than the
    maximum lowers it. Where no call rewrites the total, it stays as stale as it is.

    Raises:
        UsageError: there is no such definition, or the maximum is above the length of the list.
        AnswerError: the stored list is one that the contract would not take again.
    """
    present = _require(state, task_definition_id)
    wanted = _settle(present.definition, change)
    steps = (
        Step(setting, _explain(present.definition, change, setting))
        for setting in _find_shortest(state, present.definition, wanted)
    )
    return (*steps, *_plan_rewards(present, change))


def plan_refresh(state: L2State, ids: Sequence[TaskDefinitionId]) -> tuple[Step, ...]:
    """Give the calls that recount the totals of definitions by setting what is set, by ascending id.

    None for a definition whose total is right, nor for one without any eligible power: its total would be 0.

    Raises:
        UsageError: one does not exist, or has no total of its own.
    """
    found = [_require(state, task_definition_id) for task_definition_id in sorted(set(ids))]
    for each in found:
        if not each.definition.has_own_total:
            raise UsageError(
                f"task definition {each.definition.task_definition_id} has neither list nor minimum: it counts from"
                " totalVotingPower, which no setter recomputes",
                "avsctl operator list names ids that hold power and are not active",
            )
    stale = (each.definition for each in found if _is_stale(state, each.definition))
    return tuple(_recount(each) for each in stale if recompute_total(each, state.operators))


def plan_creation(state: L2State, definition: TaskDefinition, details: TaskDetails) -> tuple[Step, ...]:
    """Give the one call that makes a definition; it writes the right total by itself.

    Raises:
        UsageError: the maximum is above the length of the list, or the expected id is one that exists, as when the
            count of definitions runs into the internal ones.
    """
    expected = definition.task_definition_id
    if state.find(expected) is not None:
        raise UsageError(f"task definition {expected} exists: the next one cannot be made without replacing it")
    _require_maximum_in_list("the new task definition", definition)
    return (Step(CreateDefinition(definition, details)),)


def find_stale(state: L2State) -> tuple[TaskDefinitionId, ...]:
    """Give the definitions with a total of their own that is counted from and is not the recomputed one, by id."""
    definitions = (each.definition for each in state.definitions)
    return tuple(each.task_definition_id for each in definitions if each.has_own_total and _is_stale(state, each))


def _require(state: L2State, task_definition_id: TaskDefinitionId) -> DefinitionState:
    found = state.find(task_definition_id)
    if found is not None:
        return found
    if state.generation is Generation.V1 and task_definition_id in _NOT_ON_V1:
        raise GenerationError(f"v1 has no task definition {task_definition_id}", "v2 and v3 have it")
    known = join_words([each.definition.task_definition_id for each in state.definitions]) or "none"
    raise UsageError(
        f"task definition {task_definition_id} does not exist: there are {known}", "avsctl task list shows them"
    )


def _require_maximum_in_list(subject: str, definition: TaskDefinition) -> None:
    most, listed = definition.maximum_number_of_attesters, len(definition.restricted_operator_ids)
    if _exceeds_list(definition):
        raise UsageError(
            f"a maximum of {most} attesters is above the length of the list of {subject}, {listed}:"
            " AttestationCenter refuses it",
            f"--max-attesters {listed} or less, or none",
        )


def _settle(present: TaskDefinition, change: DefinitionChange) -> TaskDefinition:
    """Give the definition as it is to be."""
    minimum, ids, most = change.minimum_voting_power, change.restricted_operator_ids, change.maximum_number_of_attesters
    wanted = replace(
        present,
        minimum_voting_power=present.minimum_voting_power if minimum is None else minimum,
        restricted_operator_ids=present.restricted_operator_ids if ids is None else ids,
        maximum_number_of_attesters=present.maximum_number_of_attesters if most is None else most,
    )
    has_new_list = wanted.restricted_operator_ids != present.restricted_operator_ids
    if most is None and has_new_list and _exceeds_list(wanted):
        return replace(wanted, maximum_number_of_attesters=len(wanted.restricted_operator_ids))
    if most is not None and (has_new_list or most != present.maximum_number_of_attesters):
        _require_maximum_in_list(f"task definition {present.task_definition_id}", wanted)
    return wanted


def _find_shortest(state: L2State, present: TaskDefinition, wanted: TaskDefinition) -> tuple[Setting, ...]:
    """Try every order, shorter ones first, and of one length in the order that is preferred."""
    task_definition_id = wanted.task_definition_id
    settings: tuple[Setting, ...] = (
        SetMinimum(task_definition_id, wanted.minimum_voting_power),
        SetList(task_definition_id, wanted.restricted_operator_ids),
        SetMaximum(task_definition_id, wanted.maximum_number_of_attesters),
    )
    for length in range(len(settings) + 1):
        for path in permutations(settings, length):
            if _leads(state, path, present, wanted):
                return path
    raise AnswerError(
        f"the list of task definition {task_definition_id} is one that AttestationCenter would not take",
        "compare with another endpoint",
    )


def _leads(state: L2State, path: Sequence[Setting], present: TaskDefinition, wanted: TaskDefinition) -> bool:
    """Whether calls in this order are all taken and end as wanted, the total counted anew where one rewrites it."""
    reached = _follow(state, path, present)
    if reached is None or reached.definition != wanted:
        return False
    rewrites = any(isinstance(setting, SetMinimum | SetList) for setting in path)
    return not (rewrites and wanted.has_own_total) or reached.own_total == recompute_total(wanted, state.operators)


def _follow(state: L2State, path: Sequence[Setting], present: TaskDefinition) -> DefinitionState | None:
    """Give the definition after calls; None where one is refused or lifts the maximum above the list."""
    reached = _require(state, present.task_definition_id)
    for setting in path:
        after = apply_setting(state, setting)
        if isinstance(after, Refusal):
            return None
        state, reached = after, _require(after, present.task_definition_id)
        if _exceeds_list(reached.definition) and not _exceeds_list(present):
            return None
    return reached


def _explain(present: TaskDefinition, change: DefinitionChange, setting: Setting) -> Why | None:
    match setting:
        case SetMinimum(_, power) if power == present.minimum_voting_power:
            return Why.RECOMPUTE_TOTAL
        case SetList(_, ids) if ids == present.restricted_operator_ids:
            return Why.RECOMPUTE_TOTAL
        case SetMaximum() if change.maximum_number_of_attesters is None:
            return Why.LOWER_MAXIMUM
    return None


def _plan_rewards(present: DefinitionState, change: DefinitionChange) -> Iterator[Step]:
    """Give a call for each reward that is asked for and not known to be set."""
    for role in RewardRole:
        field = f"{role}_reward"
        asked: int | None = getattr(change, field)
        if asked is not None and (present.details is None or asked != getattr(present.details, field)):
            yield Step(SetReward(present.definition.task_definition_id, role, asked))


def _recount(definition: TaskDefinition) -> Step:
    """Set again what is set; the list where there is one, as the setter of the minimum counts beyond it."""
    task_definition_id, ids = definition.task_definition_id, definition.restricted_operator_ids
    setting = (
        SetList(task_definition_id, ids) if ids else SetMinimum(task_definition_id, definition.minimum_voting_power)
    )
    return Step(setting, Why.RECOMPUTE_TOTAL)


def _is_stale(state: L2State, definition: TaskDefinition) -> bool:
    found = state.assess(definition.task_definition_id)
    return found is not None and found.quorum.is_stale


def _exceeds_list(definition: TaskDefinition) -> bool:
    return 0 < len(definition.restricted_operator_ids) < definition.maximum_number_of_attesters
