"""How a task definition is expected to stand after a change, kept to be compared with what is found later."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Any

from avsctl.core.changes import CreateDefinition, RewardRole, SetList, SetMaximum, SetMinimum, SetReward, Setting
from avsctl.core.quorum import Assessment, Verdict
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import TaskDefinitionId

_REWARDS = {
    RewardRole.ATTESTER: "attester_reward",
    RewardRole.PERFORMER: "performer_reward",
    RewardRole.AGGREGATOR: "aggregator_reward",
}


@dataclass(frozen=True)
class Expectation:
    """One definition as it is expected to stand."""

    definition: TaskDefinition
    details: TaskDetails | None
    """None where they could not be read."""
    stored_total: int
    """That quorums are counted from, in raw units."""
    verdict: Verdict

    @property
    def task_definition_id(self) -> TaskDefinitionId:
        """Whose."""
        return self.definition.task_definition_id


@dataclass(frozen=True)
class Deviation:
    """A field that is not as it was expected."""

    field: str
    expected: Any
    found: Any
    is_grave: bool
    """The calls set this field, or the definition is dead and was not to be: no move of the chain explains it away."""


def expect(assessment: Assessment) -> Expectation:
    """Keep of an assessment what is to be compared later."""
    quorum = assessment.quorum
    return Expectation(assessment.definition, assessment.details, quorum.stored_total, assessment.verdict)


def compare_expectation(
    expected: Expectation, found: Expectation | None, settings: Collection[Setting]
) -> tuple[Deviation, ...]:
    """Compare a definition with what was expected of it; details that are unknown on either side are left out.

    Args:
        expected: when the change was prepared.
        found: as it stands, or would stand, now; None where it does not exist.
        settings: what the calls set.
    """
    if found is None:
        return (Deviation("task_definition_id", expected.task_definition_id, None, is_grave=True),)
    return tuple(_compare(expected, found, _list_set(expected.task_definition_id, settings)))


def _compare(expected: Expectation, found: Expectation, set_fields: Collection[str]) -> Iterator[Deviation]:
    pairs: list[tuple[TaskDefinition | TaskDetails | None, TaskDefinition | TaskDetails | None]] = [
        (expected.definition, found.definition),
        (expected.details, found.details),
    ]
    for was, now in pairs:
        if was is None or now is None:
            continue
        for each in fields(was):
            values = getattr(was, each.name), getattr(now, each.name)
            if values[0] != values[1]:
                yield Deviation(each.name, *values, is_grave=each.name in set_fields)
    if expected.stored_total != found.stored_total:
        yield Deviation("stored_total", expected.stored_total, found.stored_total, is_grave=False)
    if expected.verdict != found.verdict:
        verdicts = expected.verdict.value, found.verdict.value
        yield Deviation("verdict", *verdicts, is_grave=Verdict.DEAD is found.verdict)


def _list_set(task_definition_id: TaskDefinitionId, settings: Collection[Setting]) -> set[str]:
    """Name the fields of a definition that the calls set."""
    names: set[str] = set()
    for setting in settings:
        if setting.task_definition_id == task_definition_id:
            names |= _name_fields(setting)
    return names


def _name_fields(setting: Setting) -> set[str]:
    match setting:
        case SetMinimum():
            return {"minimum_voting_power"}
        case SetList():
            return {"restricted_operator_ids"}
        case SetMaximum():
            return {"maximum_number_of_attesters"}
        case SetReward():
            return {_REWARDS[setting.role]}
        case CreateDefinition():
            return {each.name for kind in (TaskDefinition, TaskDetails) for each in fields(kind)}
