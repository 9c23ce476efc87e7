"""What became of a task, and of each of the seven steps that it was taken through."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from avsctl.core.attestation.conditions import Accepted, Answer, Refused
from avsctl.output.attestation_answer import AttestationAnswer


class Ending(StrEnum):
    """What becomes of a task that is handed in; ``devnet attest`` calls it the same."""

    SUBMITTED = "submitted"
    """It is approved, and has its effect."""
    REJECTED = "rejected"
    """It is taken as a rejected one: its hash is used up, and nothing else changes."""
    REVERTED = "reverted"
    """The contract refuses it, and nothing changes."""


class Step(StrEnum):
    """The steps, in their order."""

    DECODING = "decoding"
    STRUCTURE = "structure"
    RECOMPUTATION = "recomputation"
    VOTES = "votes"
    QUORUM = "quorum"
    CHAIN = "chain"
    AFTER = "after"


class StepResult(StrEnum):
    """How one ended."""

    OK = "pass"
    FAIL = "fail"
    SKIPPED = "skipped"


TITLES: Final[Mapping[Step, str]] = {Step.CHAIN: "the chain", Step.AFTER: "state after"}
"""Steps that the screen calls otherwise."""


@dataclass(frozen=True)
class Signed:
    """The power that is handed in against what it is held to, in raw units."""

    signed: int
    required: int

    @property
    def margin(self) -> int:
        """Signed minus required."""
        return self.signed - self.required

    @property
    def is_enough(self) -> bool:
        """Whether it suffices; where nothing is required nothing passes."""
        return 0 < self.required <= self.signed


def name_ending(answer: Answer) -> Ending:
    """Give what the model foresees."""
    if isinstance(answer, Refused):
        return Ending.REVERTED
    return Ending.SUBMITTED if isinstance(answer, Accepted) else Ending.REJECTED


def find_chain_ending(answer: AttestationAnswer) -> Ending | None:
    """Give what the contract says; None where none was asked."""
    if answer.chain.is_accepted is None:
        return None
    if not answer.chain.is_accepted:
        return Ending.REVERTED
    return Ending.SUBMITTED if answer.rehearsal.attempt.is_approved else Ending.REJECTED


def find_ending(answer: AttestationAnswer) -> Ending:
    """Give what becomes of the task: what the contract says, or the model where none was asked."""
    return find_chain_ending(answer) or name_ending(answer.rehearsal.answer)


def weigh(answer: AttestationAnswer) -> Signed | None:
    """Give the power of those who are handed in against what their vote needs; None where no definition is."""
    tally, attempt = answer.rehearsal.tally, answer.rehearsal.attempt
    if tally is None:
        return None
    powers = answer.conditions.powers
    signed = sum(powers.get(each, 0) for each in attempt.attester_ids)
    quorum = tally.quorum
    return Signed(signed, quorum.required_approve if attempt.is_approved else quorum.required_reject)


def judge_steps(answer: AttestationAnswer) -> dict[Step, StepResult]:
    """Tell how each step ended: whether the task is on its way to be approved.

    A task that the contract takes as a rejected one fails its votes, its quorum and the chain.
    """
    rehearsal = answer.rehearsal
    has_update, comparison = answer.proposal.update is not None, rehearsal.comparison
    weighed, ending = weigh(answer), find_chain_ending(answer)
    is_approved = rehearsal.attempt.is_approved
    return {
        Step.DECODING: _judge(not answer.decoding_fault, asked=has_update or bool(answer.decoding_fault)),
        Step.STRUCTURE: _judge(not rehearsal.faults, asked=has_update),
        Step.RECOMPUTATION: _judge(comparison is not None and comparison.is_match, asked=comparison is not None),
        Step.VOTES: _judge(is_approved and bool(rehearsal.attempt.attester_ids)),
        Step.QUORUM: _judge(is_approved and weighed is not None and weighed.is_enough, asked=weighed is not None),
        Step.CHAIN: _judge(ending is Ending.SUBMITTED, asked=ending is not None),
        Step.AFTER: StepResult.OK if find_ending(answer) is Ending.SUBMITTED else StepResult.SKIPPED,
    }


def _judge(is_passed: bool, *, asked: bool = True) -> StepResult:  # noqa: FBT001 - it is what is judged
    if not asked:
        return StepResult.SKIPPED
    return StepResult.OK if is_passed else StepResult.FAIL
