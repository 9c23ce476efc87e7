"""From calls back to the commands that derive them: what a co-signer types who trusts no file.

A command is given only where planning it on the state before gives exactly these calls, in their order.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product
from typing import Any, Final

from avsctl.core.changes import (
    CreateDefinition,
    L2State,
    Refusal,
    RewardRole,
    SetList,
    SetMaximum,
    SetMinimum,
    SetReward,
    Setting,
    Step,
    apply_setting,
)
from avsctl.core.expiry import NEVER_BLOCK
from avsctl.core.tasks import parse_name
from avsctl.core.units import RAW_BELOW, OperatorId, TaskDefinitionId, format_e18
from avsctl.errors import AvsctlError, UsageError
from avsctl.tx.plan import DefinitionChange, plan_creation, plan_refresh, plan_update

_MOST_OF_ONE: Final = 6
"""Calls that one update takes at most: minimum, list, maximum and three rewards."""
_MOST: Final = 60
"""Calls that commands are looked for at most: the search grows with their square."""


@dataclass(frozen=True)
class Derivation:
    """One command, and the calls that it plans."""

    words: tuple[str, ...]
    """Behind ``avsctl``, such as ``task update 3 --max-attesters 4``, quoted as a shell reads them."""
    settings: tuple[Setting, ...]
    steps: tuple[Step, ...] = ()
    """The same, each with what it is there for."""

    @property
    def command(self) -> str:
        """The command line without what says where the calls go."""
        return " ".join(("avsctl", *self.words))


def derive_commands(state: L2State, settings: Sequence[Setting]) -> tuple[Derivation, ...]:
    """Give the commands that plan these settings one after the other, each as many as it can; empty where none does.

    Args:
        state: before all of them.
        settings: in their order.
    """
    found: list[Derivation] = []
    left = tuple(settings) if len(settings) <= _MOST else ()
    while left:
        derivation = _derive_most(state, left)
        if derivation is None:
            return ()
        found.append(derivation)
        left = left[len(derivation.settings) :]
        for setting in derivation.settings:
            after = apply_setting(state, setting)
            if isinstance(after, Refusal):
                return ()
            state = after
    return tuple(found)


def _derive_most(state: L2State, settings: tuple[Setting, ...]) -> Derivation | None:
    """Give the command for as many settings from the first one on as one command can plan."""
    candidates = list(chain(_creations(settings), _refreshes(settings), _updates(state, settings)))
    candidates.sort(key=lambda each: -len(each[0].settings))
    for derivation, plan in candidates:
        steps = _plan(plan, state)
        if tuple(step.setting for step in steps) == derivation.settings:
            return replace(derivation, steps=steps)
    return None


def _plan(plan: "_Plan", state: L2State) -> tuple[Step, ...]:
    try:
        return plan(state)
    except AvsctlError:
        return ()


_Plan = Callable[[L2State], tuple[Step, ...]]
_Candidates = Iterator[tuple[Derivation, _Plan]]


def _creations(settings: tuple[Setting, ...]) -> _Candidates:
    first = settings[0]
    if isinstance(first, CreateDefinition) and _is_typable(first):
        derivation = Derivation(("task", "create", *_type_creation(first)), (first,))
        yield derivation, lambda state: plan_creation(state, first.definition, first.details)


def _updates(state: L2State, settings: tuple[Setting, ...]) -> _Candidates:
    """Give updates of the definition that the first setting is of."""
    mine = settings[0].task_definition_id
    for length in range(min(len(settings), _MOST_OF_ONE), 0, -1):
        part = settings[:length]
        if not all(_is_of(each, mine) for each in part):
            continue
        for asked in _ask(state, part):
            yield _update(mine, part, _merge(asked))


def _is_of(setting: Setting, task_definition_id: TaskDefinitionId) -> bool:
    """Whether a setting can be a part of an update of a definition."""
    if isinstance(setting, CreateDefinition) or (
        isinstance(setting, SetList) and not _are_typable(setting.operator_ids)
    ):
        return False
    return setting.task_definition_id == task_definition_id


def _update(mine: TaskDefinitionId, part: tuple[Setting, ...], change: DefinitionChange) -> tuple[Derivation, _Plan]:
    derivation = Derivation(("task", "update", str(mine), *_type_change(change)), part)
    return derivation, lambda state: plan_update(state, mine, change)


def _ask(state: L2State, part: tuple[Setting, ...]) -> Iterator[tuple[Setting, ...]]:
    """Give what may have been asked for: first all but what sets what is set, which is there to recount a total."""
    is_set = [_keeps(state, each) for each in part]
    choices = list(product((True, False), repeat=len(part)))
    choices.sort(key=lambda kept: (sum(map(min, kept, is_set)), -sum(kept)))
    for kept in choices:
        asked = tuple(each for each, is_kept in zip(part, kept, strict=True) if is_kept)
        if asked:
            yield asked


def _keeps(state: L2State, setting: Setting) -> bool:
    """Whether a setting leaves the definition as it is, if not its total."""
    after, task_definition_id = apply_setting(state, setting), setting.task_definition_id
    found = state.find(task_definition_id)
    kept = None if isinstance(after, Refusal) else after.find(task_definition_id)
    return bool(found and kept and (found.definition, found.details) == (kept.definition, kept.details))


def _merge(asked: tuple[Setting, ...]) -> DefinitionChange:
    fields: dict[str, Any] = {}
    for each in asked:
        match each:
            case SetMinimum():
                fields["minimum_voting_power"] = each.voting_power
            case SetList():
                fields["restricted_operator_ids"] = each.operator_ids
            case SetMaximum():
                fields["maximum_number_of_attesters"] = each.number
            case SetReward():
                fields[f"{each.role}_reward"] = each.amount
    return DefinitionChange(**fields)


def _refreshes(settings: tuple[Setting, ...]) -> _Candidates:
    """Give refreshes of as many definitions as follow one another by ascending id."""
    ids: list[TaskDefinitionId] = []
    for each in settings:
        if not isinstance(each, SetMinimum | SetList) or (ids and each.task_definition_id <= ids[-1]):
            break
        ids.append(each.task_definition_id)
    for length in range(len(ids), 0, -1):
        chosen = tuple(ids[:length])
        yield _refresh(chosen, settings[:length])


def _refresh(ids: tuple[TaskDefinitionId, ...], part: tuple[Setting, ...]) -> tuple[Derivation, _Plan]:
    return Derivation(("task", "refresh", *map(str, ids)), part), lambda state: plan_refresh(state, ids)


def _is_typable(setting: CreateDefinition) -> bool:
    """Whether ``task create`` takes name and list as they are."""
    name, ids = setting.details.name, setting.definition.restricted_operator_ids
    try:
        return parse_name(name) == name and _are_typable(ids)
    except UsageError:
        return False


def _are_typable(ids: Sequence[OperatorId]) -> bool:
    return all(low < high for low, high in pairwise((0, *ids)))


def _type_creation(setting: CreateDefinition) -> Iterator[str]:
    definition, details = setting.definition, setting.details
    yield from ("--name", shlex.quote(details.name))
    if definition.minimum_voting_power:
        yield from ("--min-power", _type_power(definition.minimum_voting_power))
    if definition.restricted_operator_ids:
        yield from ("--restricted", _type_ids(definition.restricted_operator_ids))
    if definition.maximum_number_of_attesters:
        yield from ("--max-attesters", str(definition.maximum_number_of_attesters))
    if details.block_expiry != NEVER_BLOCK:
        yield from ("--expiry", str(details.block_expiry))
    for role in RewardRole:
        amount = getattr(details, f"{role}_reward")
        if amount:
            yield from (f"--{role}-reward", f"{amount}wei")
    if details.dispute_period_blocks:
        yield from ("--dispute-period", str(details.dispute_period_blocks))


def _type_change(change: DefinitionChange) -> Iterator[str]:
    minimum, ids, most = change.minimum_voting_power, change.restricted_operator_ids, change.maximum_number_of_attesters
    if minimum is not None:
        yield from ("--min-power", _type_power(minimum))
    if ids is not None:
        yield from ("--restricted", _type_ids(ids))
    if most is not None:
        yield from ("--max-attesters", str(most) if most else "none")
    for role in RewardRole:
        amount = getattr(change, f"{role}_reward")
        if amount is not None:
            yield from (f"--{role}-reward", f"{amount}wei")


def _type_power(value: int) -> str:
    """Write a power as ``parse_power`` reads it, exactly."""
    if not value:
        return "none"
    return f"{value}raw" if value < RAW_BELOW else f"{format_e18(value)}e18"


def _type_ids(ids: Sequence[OperatorId]) -> str:
    return ",".join(map(str, ids)) or "none"
