"""The answers of ``attest propose`` and ``attest simulate``: all that they show, as it was read and worked out."""

from dataclasses import dataclass
from enum import StrEnum

from avsctl.contracts.call import Revert
from avsctl.contracts.transaction import Transaction
from avsctl.core.attestation.conditions import Conditions
from avsctl.core.attestation.rehearsal import Rehearsal
from avsctl.core.attestation.views import View
from avsctl.core.changes import L2State
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalsUpdate
from avsctl.core.units import OperatorId, TaskDefinitionId


class Source(StrEnum):
    """Where a task that is simulated comes from."""

    HONEST = "honest"
    """The update that an honest performer proposes now."""
    FILE = "file"
    """A file, or standard input."""
    DATA = "data"
    """Bytes of an update on the command line."""
    TRANSACTION = "transaction"
    """A submitTask that was mined."""
    EMPTY = "empty"
    """A task of an ordinary definition, without data."""


@dataclass(frozen=True)
class Mined:
    """The transaction that a task was found in."""

    transaction_hash: str
    """0x and 64 hex digits."""
    block: int
    """Height as the endpoint counts it."""
    is_success: bool
    """False for one that reverted."""
    task_number: int | None = None
    """By its event; None where it reverted."""


@dataclass(frozen=True)
class RecomputedAt:
    """The blocks that an update was recomputed at."""

    l1: BlockRef | None
    """None where no L1 block has a part in it, as for 10002."""
    l2: BlockRef


@dataclass(frozen=True)
class ChainAnswer:
    """What the real contract says to the task."""

    asked_with: str
    """``submitTask_override``: keys and performer under a state override; ``submitTask``: calldata as it was mined;
    ``processTask``: of the InternalTaskHandler, as AttestationCenter; ``model``: no contract could be asked."""
    is_accepted: bool | None
    """Whether it did not revert, as an approved task or as a rejected one; None where no contract was asked."""
    error: Revert | None
    """Why it reverted."""
    evm_block: int
    """The height that contracts saw."""
    is_next_block: bool
    """Whether that was the block after the one read."""
    powers_after: tuple[tuple[OperatorId, int], ...] | None = None
    """By id, in raw units, as read behind the task in the same request; None where that was not read."""
    total_after: int | None = None
    """``OBLS.totalVotingPower`` likewise."""
    totals_after: tuple[tuple[TaskDefinitionId, int], ...] | None = None
    """What the getters of the definitions' totals say likewise; V2 shows the global one for 0."""
    lacking: str = ""
    """Why no better way was taken, where one was tried; text from outside."""


@dataclass(frozen=True)
class AttestationAnswer:
    """A task, step by step from its data to what it leaves behind."""

    command: str
    deployment: Deployment
    l1: BlockRef | None
    l2: BlockRef
    """The blocks read; of a transaction, the block before it."""
    source: Source
    origin: str
    """The file's path, ``-`` for standard input, or the transaction's hash; empty for other sources."""
    proposal: Proposal
    conditions: Conditions
    """Those that the task is handed in under."""
    rehearsal: Rehearsal
    """What the model foresees of each step."""
    chain: ChainAnswer
    differences: tuple[str, ...] | None
    """Where the contract and the model differ, in words (``core.attestation.agreement``); None where no contract was
    asked."""
    findings: tuple[Finding, ...]
    decoding_fault: str = ""
    """Why the data of an internal task is no update; it is then neither checked nor recomputed."""
    not_recomputed: str = ""
    """Why an update was not recomputed, such as a block that the endpoint no longer has; text from outside."""
    recomputed_at: RecomputedAt | None = None
    """None for the blocks read."""
    mined: Mined | None = None
    """Only of a transaction."""
    views: tuple[View, ...] = ()

    @property
    def agrees(self) -> bool | None:
        """Whether the contract and the model say the same; None where no contract was asked."""
        return None if self.differences is None else not self.differences


@dataclass(frozen=True)
class WrittenProposal:
    """A proposal's file that was written."""

    path: str
    sha256: str
    """64 hex digits."""


@dataclass(frozen=True)
class ProposalAnswer:
    """What an honest performer would broadcast, or on V1 a syncer send."""

    command: str
    deployment: Deployment
    l1: BlockRef | None
    """None where no L1 block has a part in it, as for 10002."""
    l2: BlockRef
    state: L2State
    """L2 as the update was computed from."""
    update: VotingPowerUpdate | TotalsUpdate
    proposal: Proposal | None
    """The task that carries the update; None on V1, which has no internal tasks."""
    findings: tuple[Finding, ...]
    calls: tuple[Transaction, ...] = ()
    """On V1, what a voting power syncer sends to OBLS, in this order."""
    file: WrittenProposal | None = None

    @property
    def task_definition_id(self) -> TaskDefinitionId | None:
        """Of which internal task the update is; None on V1."""
        return None if self.proposal is None else self.proposal.task_definition_id
