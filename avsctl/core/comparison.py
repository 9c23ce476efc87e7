"""Whether a definition is as it was foreseen, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from avsctl.core.changes import L2State
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import TaskDefinitionId


@dataclass(frozen=True)
class Difference:
    """A field that is not as it was foreseen."""

    field: str
    expected: Any
    """Raw units, blocks, ids or text, as the field has it; None for a definition that is not there."""
    found: Any


def compare_definition(
    expected: L2State, found: L2State, task_definition_id: TaskDefinitionId
) -> tuple[Difference, ...]:
    """Compare a definition and the total that its quorums are counted from; details that are unknown are left out."""
    there, here = expected.assess(task_definition_id), found.assess(task_definition_id)
    if there is None or here is None:
        ids = [None if each is None else task_definition_id for each in (there, here)]
        return () if there is here else (Difference("task_definition_id", *ids),)
    total = (there.quorum.stored_total, here.quorum.stored_total)
    return (
        *_compare(there.definition, here.definition),
        *(_compare(there.details, here.details) if there.details and here.details else ()),
        *([Difference("stored_total", *total)] if total[0] != total[1] else ()),
    )


def _compare(expected: TaskDefinition | TaskDetails, found: TaskDefinition | TaskDetails) -> Iterator[Difference]:
    for each in fields(expected):
        pair = getattr(expected, each.name), getattr(found, each.name)
        if pair[0] != pair[1]:
            yield Difference(each.name, *pair)
