"""What a task meets on chain, who hands it in, and what the chain makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator
from avsctl.core.proposals import Proposal
from avsctl.core.quorum import Assessment
from avsctl.core.tasks import VOTING_POWER_SYNC, TaskDefinition
from avsctl.core.units import Address, OperatorId, TaskDefinitionId


class Hook(StrEnum):
    """Contracts of the AVS's own that submitTask calls, and that no model foresees."""

    AVS_LOGIC = "avs_logic"
    """Before and after a task; from V2 on not of internal tasks."""
    FEE_CALCULATOR = "fee_calculator"
    """Of internal tasks, too."""


@dataclass(frozen=True)
class Conditions:
    """All that the answer of ``submitTask`` follows from, in the block that the task is executed in."""

    state: L2State
    """Before the task, with every definition that there is."""
    block: int
    """Height that the contracts see while the task is executed; that of ``state`` and one more where it is the next."""
    obls: Address
    last_commit_l1: int = 0
    """``InternalTaskHandler.getLastCommitBlockL1``."""
    last_commit_l2: int = 0
    other_powers: Mapping[OperatorId, int] = field(default_factory=dict)
    """Power in raw units of ids that were never given out, where that is not 0."""
    burned: frozenset[bytes] = frozenset()
    """Hashes of tasks that were approved or rejected, as far as they are known."""
    is_paused: bool = False
    """Whether TASKS_SUBMISSION_FLOW is."""
    is_open_aggregator: bool = False
    hooks: frozenset[Hook] = frozenset()
    """Which are set."""

    @property
    def generation(self) -> Generation:
        """Whose rules hold."""
        return self.state.generation

    @property
    def powers(self) -> dict[OperatorId, int]:
        """Power by id in raw units, as OBLS holds it; an id that is not here has none."""
        return {**self.other_powers, **{each.operator_id: each.voting_power for each in self.state.operators}}


def find_rules(state: L2State, task_definition_id: TaskDefinitionId) -> DefinitionState | None:
    """Give the definition whose rules bind a task; None where there is none, so that no such task passes.

    V1 stores none for id 0 and binds its tasks by nothing but the global total.
    """
    if task_definition_id == 0 and state.generation is Generation.V1:
        return DefinitionState(TaskDefinition(task_definition_id, 0, ()), None, 0)
    return state.find(task_definition_id)


def assess_rules(state: L2State, task_definition_id: TaskDefinitionId) -> Assessment | None:
    """Judge the definition whose rules bind a task; None where there is none."""
    rules = find_rules(state, task_definition_id)
    return None if rules is None else state.put(rules).assess(task_definition_id)


class Standing(StrEnum):
    """Whom AttestationCenter takes an address for."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    """Registered, and made inactive by a syncer; V1 alone tells it from the next."""
    UNREGISTERED = "unregistered"


def find_standing(state: L2State, address: Address) -> Standing:
    """Tell whom AttestationCenter takes an address for, by its newest id.

    One whose id is not active is taken for unregistered, which a syncer's doing is not on V1 (``INACTIVE``).
    """
    newest = max((each for each in state.operators if each.address == address), key=_id_of, default=None)
    return Standing.ACTIVE if newest is not None and newest.is_active else Standing.UNREGISTERED


@dataclass(frozen=True)
class Party:
    """Who performs a task, or hands it in."""

    address: Address
    standing: Standing = Standing.ACTIVE


@dataclass(frozen=True)
class Attempt:
    """A task with its votes, as an aggregator hands it in."""

    proposal: Proposal
    attester_ids: tuple[OperatorId, ...]
    """In the order handed in; the contract takes them strictly ascending only."""
    is_approved: bool
    performer: Party
    sender: Party
    task_hash: bytes
    is_performer_signed: bool = True
    """Whether the performer's signature is its own."""
    is_aggregate_signed: bool = True
    """Whether the aggregate is the signature of these attesters."""

    @property
    def task_definition_id(self) -> TaskDefinitionId:
        """Of which definition the task is."""
        return self.proposal.task_definition_id


@dataclass(frozen=True)
class Accepted:
    """The task is approved, and has its effect."""

    after: Conditions


@dataclass(frozen=True)
class Rejected:
    """The task is taken as one that was rejected: its hash is used up, and nothing else changes."""

    after: Conditions


@dataclass(frozen=True)
class Refused:
    """The contract reverts, and nothing changes: the same task may be handed in again."""

    error: str
    """Name of the error, ``Panic`` among them; empty for a revert without data."""
    args: tuple[int | str | bytes, ...] = ()


Answer: TypeAlias = Accepted | Rejected | Refused


def is_internal(generation: Generation, task_definition_id: TaskDefinitionId) -> bool:
    """Whether a task is an internal one, which V1 has none of."""
    return generation is not Generation.V1 and task_definition_id >= VOTING_POWER_SYNC


def list_unforeseen(conditions: Conditions, task_definition_id: TaskDefinitionId) -> tuple[Hook, ...]:
    """Give the AVS's own contracts that run with a task and may refuse what the model accepts."""
    skipped = {Hook.AVS_LOGIC} if is_internal(conditions.generation, task_definition_id) else set()
    return tuple(hook for hook in Hook if hook in conditions.hooks - skipped)


def burn(conditions: Conditions, task_hash: bytes) -> Conditions:
    """Give the conditions after a task was approved or rejected, without its effect."""
    return replace(conditions, burned=conditions.burned | {task_hash})


def _id_of(operator: L2Operator) -> OperatorId:
    return operator.operator_id
