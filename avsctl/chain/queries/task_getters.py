"""What the getters say of one task definition: the calls to make, and how their answers are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.reader import BlockReader
from avsctl.contracts.call import Answer, Call, Outcome
from avsctl.contracts.obls import Obls
from avsctl.core.deployment import Generation
from avsctl.core.internal_tasks import TASK_DEFINITION_ID_BY_NAME, InternalTaskName
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition, TaskDetails
from avsctl.core.units import TaskDefinitionId

_WEIGHTS_UPDATE: Final = TASK_DEFINITION_ID_BY_NAME[InternalTaskName.WEIGHTS_UPDATE]
"""Which some V3 deployments may have."""
_RESERVED: Final = {
    Generation.V1: (),
    Generation.V2: (TaskDefinitionId(0), VOTING_POWER_SYNC, TOTALS_SYNC),
    Generation.V3: (TaskDefinitionId(0), VOTING_POWER_SYNC, TOTALS_SYNC, _WEIGHTS_UPDATE),
}
"""Definitions that nobody made: the default one and the internal ones."""


@dataclass(frozen=True)
class Shown:
    """One definition as its getters show it."""

    definition: TaskDefinition
    details: TaskDetails | None
    """None on V1 and V2, which have no getter for them."""
    own_total: int
    """In raw units, counted with or not; V2 shows the global total for 0."""

    @property
    def task_definition_id(self) -> TaskDefinitionId:
        """Whose it is."""
        return self.definition.task_definition_id


def definition_ids(discovery: Discovery) -> list[TaskDefinitionId]:
    """Give the ids to look at: those made by governance, and from V2 on the default one and the internal ones."""
    made = [TaskDefinitionId(number) for number in range(1, discovery.task_definitions + 1)]
    reserved = _RESERVED[discovery.generation]
    return [*reserved[:1], *made, *reserved[1:]]


def definition_calls(discovery: Discovery, task_definition_id: TaskDefinitionId) -> tuple[Call[Any], ...]:
    """Give the calls for one definition, its total first; ``read_definition`` reads their answers."""
    total = Obls(discovery.obls, discovery.generation).total_per_task_definition(task_definition_id)
    return (total, *discovery.attestation_center.task_definition(task_definition_id))


def read_definition(
    reader: BlockReader,
    discovery: Discovery,
    task_definition_id: TaskDefinitionId,
    outcomes: Sequence[Outcome[Any]],
    made: int,
) -> Shown | None:
    """Read the answers to ``definition_calls``; None for a definition that does not exist.

    Args:
        reader: where they are from.
        discovery: whose definition it is.
        task_definition_id: which.
        outcomes: the answers.
        made: how many definitions governance has made; V1 and V2 answer 0 for unknown ids.

    Raises:
        ChainError: a call reverted, or an answer has another shape.
    """
    if not _exists(discovery, task_definition_id, outcomes, made):
        return None
    calls = definition_calls(discovery, task_definition_id)
    total, *settings = (reader.value(call, outcome) for call, outcome in zip(calls, outcomes, strict=True))
    center = discovery.attestation_center
    definition = center.decode_task_definition(task_definition_id, tuple(settings))
    return Shown(definition, center.decode_task_details(tuple(settings)), total)


def _exists(
    discovery: Discovery, task_definition_id: TaskDefinitionId, outcomes: Sequence[Outcome[Any]], made: int
) -> bool:
    """Whether a definition is there, by its id, and on V3 by what the getter of its details says."""
    if not 0 < task_definition_id <= made and task_definition_id not in _RESERVED[discovery.generation]:
        return False
    if discovery.generation is not Generation.V3:
        return True
    details = outcomes[1]
    if task_definition_id == _WEIGHTS_UPDATE:
        return isinstance(details, Answer) and bool(details.value[0] == task_definition_id)
    return isinstance(details, Answer) or details.revert.name != "TaskDefinitionNotFound"
