"""What a performer proposes: the task that attesters look at, and the update in it where it is an internal one."""

from dataclasses import dataclass

from avsctl.core.power import VotingPowerUpdate
from avsctl.core.units import Address, OperatorId, TaskDefinitionId


@dataclass(frozen=True)
class TotalCall:
    """One item of a 10002 update: a call that the InternalTaskHandler makes."""

    target: Address
    data: bytes
    total: "TotalRecount | None"
    """What it recounts; None where it is none of OBLS's two functions that do."""


@dataclass(frozen=True)
class TotalRecount:
    """The arguments of OBLS.setTotalVotingPowerPerTaskDefinition, or of ..PerRestrictedTaskDefinition."""

    task_definition_id: TaskDefinitionId
    minimum_voting_power: int
    """Raw units."""
    number_of_ids: int | None = None
    """All ids from 1 up to this one are counted; None for the restricted function."""
    operator_ids: tuple[OperatorId, ...] | None = None
    """These are counted, one that is named twice twice; None for the other function."""


@dataclass(frozen=True)
class TotalsUpdate:
    """What a 10002 task carries."""

    calls: tuple[TotalCall, ...]


@dataclass(frozen=True)
class Proposal:
    """A task as it is broadcast, before anyone signs it."""

    task_definition_id: TaskDefinitionId
    data: bytes
    proof_of_task: str
    """Text; the contract reads nothing from it."""
    update: VotingPowerUpdate | TotalsUpdate | None
    """The ``data`` of 10001 and 10002, read; None for other tasks. Of a 10001 update that came from outside,
    ``left_out`` is empty."""
