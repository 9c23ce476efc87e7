"""The logs that a task leaves behind: AttestationCenter's verdict, and what InternalTaskHandler made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.events import Event, load_event
from avsctl.contracts.submit_task import Task, read_task, read_text
from avsctl.core.deployment import Generation
from avsctl.core.units import OperatorId, TaskDefinitionId

TOTALS_SYNC_TOPIC: Final = "0x64e07b5fcaf7918378e42b90614f163f3898cff650fc06a4f5f6721e7e7b6496"
"""ExecuteInternalTransactionsTask((address,bytes)[]) of InternalTaskHandler: a 10002 update that was applied (V2, V3).

Its data are encoded as those of the task, which ``task_data.decode_totals`` reads.
"""
_VERDICTS: Final = {"TaskSubmitted": True, "TaskRejected": False}
"""Whether a task was approved, by the event that says so."""


@dataclass(frozen=True)
class TaskOutcome:
    """A task that was voted on."""

    task: Task
    is_approved: bool
    task_number: int
    attester_ids: tuple[OperatorId, ...] | None
    """Who attested; None on V1, whose events do not say."""


@dataclass(frozen=True)
class PowerSync:
    """A 10001 update that was applied (VotingPowerUpdated)."""

    to_block_l1: int
    to_block_l2: int
    """As the L2's EVM counts."""
    proof_of_task: str
    """As in ``Task``."""


@dataclass(frozen=True)
class ProcessedTask:
    """An internal task that InternalTaskHandler is through with, also one of a kind that it does not know."""

    task_definition_id: TaskDefinitionId
    proof_of_task: str
    """As in ``Task``."""


def outcome_topics(generation: Generation) -> tuple[str, str]:
    """Give the topics of approved and of rejected tasks."""
    submitted, rejected = (load_event("AttestationCenter", generation, name).topic for name in _VERDICTS)
    return submitted, rejected


def definition_topics(generation: Generation, task_definition_id: TaskDefinitionId) -> tuple[str | None, ...]:
    """Give the topics that follow in the logs of one definition's tasks; none on V1, which indexes nothing."""
    return () if generation is Generation.V1 else (None, f"0x{task_definition_id:064x}")


def decode_outcome(generation: Generation, log: Mapping[str, Any]) -> TaskOutcome | None:
    """Give the task in a log of AttestationCenter; None for another event.

    Raises:
        AnswerError: such an event in another shape.
    """
    for name, is_approved in _VERDICTS.items():
        event = load_event("AttestationCenter", generation, name)
        if event.is_in(log):
            performer, number, proof_of_task, data, task_definition_id, *attesters = event.decode(log)
            ids = tuple(map(OperatorId, attesters[0])) if attesters else None
            task = read_task((proof_of_task, data, performer, task_definition_id))
            return TaskOutcome(task, is_approved, number, ids)
    return None


def power_sync_event(generation: Generation) -> Event:
    """Give the event of a 10001 update that was applied (V2, V3)."""
    return load_event("InternalTaskHandler", generation, "VotingPowerUpdated")


def processed_event(generation: Generation) -> Event:
    """Give the event with which InternalTaskHandler ends every task (V2, V3)."""
    return load_event("InternalTaskHandler", generation, "TaskProcessed")


def decode_power_sync(generation: Generation, log: Mapping[str, Any]) -> PowerSync | None:
    """Give the update that a log of InternalTaskHandler tells of; None for another event.

    Raises:
        AnswerError: that event in another shape.
    """
    event = power_sync_event(generation)
    if not event.is_in(log):
        return None
    to_block_l1, to_block_l2, proof_of_task = event.decode(log)
    return PowerSync(to_block_l1, to_block_l2, read_text(proof_of_task))


def decode_processed(generation: Generation, log: Mapping[str, Any]) -> ProcessedTask | None:
    """Give the task that a log of InternalTaskHandler says is done; None for another event.

    Raises:
        AnswerError: that event in another shape.
    """
    event = processed_event(generation)
    if not event.is_in(log):
        return None
    task_definition_id, proof_of_task = event.decode(log)
    return ProcessedTask(TaskDefinitionId(task_definition_id), read_text(proof_of_task))
