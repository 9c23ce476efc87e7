"""Task definitions with the totals that their quorums are counted from."""

from collections.abc import Sequence
from typing import Any

from avsctl.chain.detect import Discovery
from avsctl.chain.reader import BlockReader
from avsctl.contracts.attestation_center import FLOWS
from avsctl.contracts.call import Answer, Call
from avsctl.contracts.obls import Obls
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition
from avsctl.core.units import TaskDefinitionId


def load_stored_totals(reader: BlockReader, discovery: Discovery) -> tuple[tuple[TaskDefinition, int], ...]:
    """Read every definition with the total in raw units that the contract counts its quorums from."""
    ids = _definition_ids(discovery)
    obls = Obls(discovery.obls, discovery.generation)
    center = discovery.attestation_center
    calls_by_id = {i: (obls.total_per_task_definition(i), *center.task_definition(i)) for i in ids}
    calls: list[Call[Any]] = [obls.total_voting_power(), *(call for calls in calls_by_id.values() for call in calls)]
    first, *outcomes = reader.read(calls)
    global_total = reader.value(calls[0], first)
    totals = []
    for task_definition_id, asked in calls_by_id.items():
        own, outcomes = outcomes[: len(asked)], outcomes[len(asked) :]
        if not _exists(discovery, own):
            continue
        stored, *settings = (reader.value(call, outcome) for call, outcome in zip(asked, own, strict=True))
        definition = center.decode_task_definition(task_definition_id, tuple(settings))
        totals.append((definition, stored if definition.has_own_total else global_total))
    return tuple(totals)


def load_paused_flows(reader: BlockReader, discovery: Discovery) -> tuple[str, ...]:
    """Give the names of the flows, of those that tasks and definitions need, that are paused."""
    paused = reader.require([discovery.attestation_center.is_flow_paused(flow) for flow in FLOWS.values()])
    return tuple(name for name, is_paused in zip(FLOWS, paused, strict=True) if is_paused)


def _definition_ids(discovery: Discovery) -> list[TaskDefinitionId]:
    """Give the ids to look at: those made by governance, and from V2 on the default one and the internal ones."""
    made = [TaskDefinitionId(number) for number in range(1, discovery.task_definitions + 1)]
    if discovery.generation is Generation.V1:
        return made
    return [TaskDefinitionId(0), *made, VOTING_POWER_SYNC, TOTALS_SYNC]


def _exists(discovery: Discovery, outcomes: Sequence[Any]) -> bool:
    """Whether a definition is there; V1 and V2 do not tell and answer 0 for unknown ids, V3 reverts."""
    details = outcomes[1]
    return (
        discovery.generation is not Generation.V3
        or isinstance(details, Answer)
        or details.revert.name != "TaskDefinitionNotFound"
    )
