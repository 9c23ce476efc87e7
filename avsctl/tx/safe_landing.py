"""What a Safe transaction left behind on the chain, against what its calls were to leave."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from avsctl.core.changes import CreateDefinition, L2State, Setting
from avsctl.core.expectation import Deviation, Expectation, compare_expectation, expect
from avsctl.core.units import TaskDefinitionId

Landing = tuple[tuple[TaskDefinitionId, tuple[Deviation, ...]], ...]
"""Definitions that are not as expected, by the id that they have, and in what."""


def compare_landing(
    expected: Sequence[Expectation],
    settings: Sequence[Setting],
    created: Sequence[TaskDefinitionId],
    found: L2State,
) -> Landing:
    """Compare the definitions that a transaction changed with what it was to make of them.

    Args:
        expected: how they were to stand.
        settings: what the calls set, in their order, definitions to be made under the ids expected.
        created: ids of the definitions that it made, in their order, by their events.
        found: the state behind it.
    """
    planned = [each.task_definition_id for each in settings if isinstance(each, CreateDefinition)]
    ids = dict(zip(planned, created, strict=False))
    named = {each.task_definition_id for each in settings if not isinstance(each, CreateDefinition)}
    rows = ((ids.get(each.task_definition_id, each.task_definition_id), each) for each in expected)
    compared = ((number, tuple(_compare(each, number, settings, named, found))) for number, each in rows)
    return tuple(row for row in compared if row[1])


def _compare(
    expected: Expectation,
    number: TaskDefinitionId,
    settings: Sequence[Setting],
    named: set[TaskDefinitionId],
    found: L2State,
) -> Iterator[Deviation]:
    """Compare one definition with the one of the id that it got; another id is grave where other calls name it."""
    own = expected.task_definition_id
    if number != own:
        yield Deviation("task_definition_id", own, number, is_grave=own in named)
    moved = replace(expected, definition=replace(expected.definition, task_definition_id=number))
    assessment = found.assess(number)
    renamed = [_rename(each, {own: number}) for each in settings]
    yield from compare_expectation(moved, expect(assessment) if assessment else None, renamed)


def _rename(setting: Setting, ids: Mapping[TaskDefinitionId, TaskDefinitionId]) -> Setting:
    number = ids.get(setting.task_definition_id, setting.task_definition_id)
    if isinstance(setting, CreateDefinition):
        return replace(setting, definition=replace(setting.definition, task_definition_id=number))
    return replace(setting, task_definition_id=number)
