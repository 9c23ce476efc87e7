"""The events of a rehearsed task, told as they happen; ``--verbose`` shows them.

Names and fields are stable: ``internal_scheduled``, ``proposal_fetching``, ``proposal_computed``, ``view_recomputed``,
``attester_validated``, ``votes_aggregated``, ``contract_answered``. Those of a whole round, ``round_ended`` and
``round_failed``, are told by ``internal run``.
"""

import logging
from collections.abc import Mapping

from avsctl.chain.attempt import ContractAnswer
from avsctl.core.attestation.rehearsal import Rehearsal
from avsctl.core.attestation.views import View
from avsctl.core.attestation.votes import Vote
from avsctl.core.deployment import BlockRef
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalsUpdate
from avsctl.core.units import TaskDefinitionId

_log = logging.getLogger("avsctl.tx")


def tell_scheduled(task_definition_id: TaskDefinitionId, interval_ms: int | None, in_seconds: float) -> None:
    """Tell when an internal task is rehearsed next."""
    _tell(
        "internal_scheduled",
        "internal task scheduled",
        {
            "task_definition_id": task_definition_id,
            "interval_ms": interval_ms,
            "in_s": round(in_seconds),
        },
    )


def tell_fetching(l1: BlockRef | None, l2: BlockRef) -> None:
    """Tell that what proposals are computed from is being read."""
    fields = {"block_l1": None if l1 is None else l1.number, "block_l2": l2.number}
    _tell("proposal_fetching", "fetching powers and definitions", fields)


def tell_computed(proposal: Proposal) -> None:
    """Tell that the honest proposal is there."""
    update, counts = proposal.update, {}
    if isinstance(update, VotingPowerUpdate):
        counts = {"increases": len(update.to_increase), "decreases": len(update.to_decrease)}
        counts |= {"to_block_l1": update.to_block_l1, "to_block_l2": update.to_block_l2}
    elif isinstance(update, TotalsUpdate):
        counts = {"recounts": len(update.calls)}
    proof = {"proof_of_task": proposal.proof_of_task, "bytes": len(proposal.data)}
    _tell("proposal_computed", "proposal computed", {**_of(proposal), **counts, **proof})


def tell_view(view: View) -> None:
    """Tell what an attester with endpoints of its own finds."""
    fields = {"view": view.name, "operator_ids": view.operator_ids, "is_right": view.is_right}
    wrong = 0 if view.comparison is None else len(view.comparison.wrong)
    _tell("view_recomputed", "view recomputed", {**fields, "wrong_rows": wrong, "failure": view.failure or None})


def tell_rehearsal(rehearsal: Rehearsal) -> None:
    """Tell how each attester votes, and what is handed in."""
    attempt, tally = rehearsal.attempt, rehearsal.tally
    of = _of(attempt.proposal)
    for ballot in rehearsal.votes.ballots:
        fields = {"operator_id": ballot.operator_id, "vote": ballot.vote.value, "reason": ballot.reason.value}
        _tell("attester_validated", "attester validated", {**of, **fields})
    counts = {vote.value: len(rehearsal.votes.of(vote)) for vote in Vote}
    handed = {"is_approved": attempt.is_approved, "handed_in": attempt.attester_ids}
    weights = {} if tally is None else {"signed": str(tally.handed_in.signed), "required": _required(rehearsal)}
    _tell("votes_aggregated", "votes aggregated", {**of, **counts, **handed, **weights})


def tell_answer(proposal: Proposal, answer: ContractAnswer) -> None:
    """Tell what the contract says."""
    fields = {
        "asked_with": answer.asked_with.value,
        "is_accepted": answer.is_accepted,
        "error": None if answer.revert is None else answer.revert.text,
        "block": answer.evm_block,
    }
    _tell("contract_answered", "contract answered", {**_of(proposal), **fields})


def _required(rehearsal: Rehearsal) -> str | None:
    if rehearsal.tally is None:
        return None
    quorum = rehearsal.tally.quorum
    return str(quorum.required_approve if rehearsal.attempt.is_approved else quorum.required_reject)


def _of(proposal: Proposal) -> dict[str, object]:
    return {"task_definition_id": proposal.task_definition_id}


def _tell(event: str, text: str, fields: Mapping[str, object]) -> None:
    _log.debug(text, extra={"event": event, "fields": fields})
