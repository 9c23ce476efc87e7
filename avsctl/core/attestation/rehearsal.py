"""A proposal from its broadcast to what it leaves behind, step by step, as the model foresees it."""

from dataclasses import dataclass

from avsctl.core.attestation.aftermath import Aftermath, look_after
from avsctl.core.attestation.conditions import (
    Answer,
    Attempt,
    Conditions,
    Hook,
    Party,
    Refused,
    assess_rules,
    list_unforeseen,
)
from avsctl.core.attestation.faults import Fault
from avsctl.core.attestation.recomputation import Comparison, compare_powers, compare_totals
from avsctl.core.attestation.structure import check_structure
from avsctl.core.attestation.submission import submit
from avsctl.core.attestation.tally import Tally, tally_votes
from avsctl.core.attestation.votes import Conduct, Votes, cast_votes
from avsctl.core.changes import L2State
from avsctl.core.operators import OperatorSets
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalsUpdate
from avsctl.core.units import OperatorId


@dataclass(frozen=True)
class Task:
    """A proposal on its way."""

    proposal: Proposal
    task_hash: bytes
    """Of the proposal with its performer's address."""
    performer: Party
    sender: Party
    """Who hands it in."""
    is_readable: bool = True
    """Whether its data is what such a task carries; an attester rejects any other."""


@dataclass(frozen=True)
class Knowledge:
    """What attesters recompute an update from, and what its result is held to."""

    then: OperatorSets | None = None
    """The operators at the blocks that a 10001 update names; None where they were not read."""
    totals_then: L2State | None = None
    """L2 as a 10002 update is recomputed from; None for the conditions' own."""
    now: OperatorSets | None = None
    """The operators as L1 has them now, for the drift that remains; None where they were not read."""
    l1_head: int | None = None
    """Newest block of L1; None where it was not read."""


@dataclass(frozen=True)
class Rehearsal:
    """All steps of a task."""

    faults: tuple[Fault, ...]
    comparison: Comparison | None
    """None for an ordinary task, and where the chains were not read at its blocks."""
    is_right: bool
    """Whether an attester that looks at it approves: no fault, and nothing that differs."""
    votes: Votes
    tally: Tally | None
    """None where there is no such definition."""
    attempt: Attempt
    """What is handed in."""
    answer: Answer
    unforeseen: tuple[Hook, ...]
    """Contracts of the AVS's own that run with it, and may refuse it all the same."""
    aftermath: Aftermath | None
    """None where the contract refuses."""


def rehearse(
    task: Task, conditions: Conditions, knowledge: Knowledge, conduct: Conduct, landed: Attempt | None = None
) -> Rehearsal:
    """Foresee what becomes of a proposal.

    Args:
        task: what is broadcast, who performs it, who hands it in.
        conditions: those that it is handed in under.
        knowledge: what it is recomputed from.
        conduct: what is assumed of attesters.
        landed: what was handed in, instead of what the votes lead to.
    """
    faults = check_structure(task.proposal, conditions, knowledge.l1_head)
    comparison = compare(task.proposal, conditions, knowledge)
    is_right = task.is_readable and not faults and (comparison is None or comparison.is_match)
    votes, tally = poll(task.proposal, conditions, conduct, is_right=is_right)
    attempt = landed or hand_in(task, tally)
    answer = submit(conditions, attempt)
    aftermath = None if isinstance(answer, Refused) else look_after(conditions, answer.after, knowledge.now)
    unforeseen = list_unforeseen(conditions, task.proposal.task_definition_id)
    return Rehearsal(faults, comparison, is_right, votes, tally, attempt, answer, unforeseen, aftermath)


def compare(proposal: Proposal, conditions: Conditions, knowledge: Knowledge) -> Comparison | None:
    """Compare the update of a proposal with the honest one; None where there is none, or the chains were not read."""
    if isinstance(proposal.update, VotingPowerUpdate):
        return None if knowledge.then is None else compare_powers(proposal.update, knowledge.then)
    if isinstance(proposal.update, TotalsUpdate):
        return compare_totals(proposal.update, knowledge.totals_then or conditions.state)
    return None


def poll(proposal: Proposal, conditions: Conditions, conduct: Conduct, *, is_right: bool) -> tuple[Votes, Tally | None]:
    """Let the attesters of a proposal vote, and count; without a definition nobody votes."""
    state = conditions.state
    assessment = assess_rules(state, proposal.task_definition_id)
    if assessment is None:
        return Votes(()), None
    votes = cast_votes(assessment.definition, state, conduct, is_right=is_right)
    return votes, tally_votes(votes, assessment, state.operators)


def hand_in(task: Task, tally: Tally | None, attester_ids: tuple[OperatorId, ...] | None = None) -> Attempt:
    """Give what the aggregator hands in.

    Args:
        task: the proposal.
        tally: of its votes; None where there is no such definition.
        attester_ids: these as they stand, eligible or not, instead of those that the tally chooses.
    """
    chosen = tally.handed_in.attester_ids if tally else ()
    is_approved = tally is None or tally.hands_in_approval
    ids = chosen if attester_ids is None else attester_ids
    return Attempt(task.proposal, ids, is_approved, task.performer, task.sender, task.task_hash)
