"""The answer of AttestationCenter.submitTask, check by check in the order of the contract (OTHENTIC.md 5.1).

What an AVS hangs into it (``Hook``) is not foreseen: its own logic and its fee calculator are taken to let a task pass.
V3 is taken to check as V2 does.
"""

from collections.abc import Callable
from typing import Final

from avsctl.core.attestation.conditions import (
    Accepted,
    Answer,
    Attempt,
    Conditions,
    Party,
    Refused,
    Rejected,
    Standing,
    assess_rules,
    burn,
    find_rules,
    is_internal,
)
from avsctl.core.attestation.processing import OVERFLOW, process_task
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TaskDefinition
from avsctl.core.units import UINT256_MAX, OperatorId


def submit(conditions: Conditions, attempt: Attempt) -> Answer:
    """Give the answer of ``submitTask``: the first check that fails, or the conditions after the task."""
    refused = check_submission(conditions, attempt)
    if refused is not None:
        return refused
    burned = burn(conditions, attempt.task_hash)
    if not attempt.is_approved:
        return Rejected(burned)
    if not is_internal(conditions.generation, attempt.task_definition_id):
        return Accepted(burned)
    after = process_task(burned, attempt.proposal)
    return after if isinstance(after, Refused) else Accepted(after)


def check_submission(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Give the first check of AttestationCenter that fails; None where the task is taken, or gets to be processed."""
    refusals = (check(conditions, attempt) for check in _CHECKS)
    return next((refused for refused in refusals if refused is not None), None)


def _check_task(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Steps 1 to 4: the flow, replay, the performer's signature."""
    if conditions.is_paused:
        return Refused("FlowIsCurrentlyPaused")
    if attempt.task_hash in conditions.burned:
        return Refused("MessageAlreadySigned")
    return None if attempt.is_performer_signed else Refused("InvalidPerformerSignature")


def _check_definition(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Steps 5 and 6: the definition exists and has not expired; one whose expiry is unknown is taken not to have."""
    rules = find_rules(conditions.state, attempt.task_definition_id)
    if rules is None:
        return Refused("TaskDefinitionNotFound", (attempt.task_definition_id,))
    is_expired = rules.details is not None and rules.details.block_expiry <= conditions.block
    return Refused("InvalidTaskDefinition") if is_expired else None


def _check_list(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Step 7: the restricted set."""
    ids = _rules(conditions, attempt).restricted_operator_ids
    if not ids:
        return None
    if len(attempt.attester_ids) > len(ids):
        return Refused("InvalidAttesterSet")
    listed = frozenset(ids)
    stranger = next((each for each in attempt.attester_ids if each not in listed), None)
    if stranger is None:
        return None
    error = "InvalidRestrictedOperator" if conditions.generation is Generation.V1 else "InvalidRestrictedAttester"
    return Refused(error, (attempt.task_definition_id, stranger))


def _check_maximum(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Step 8: how many may attest, which V1 does not bound."""
    most = _rules(conditions, attempt).maximum_number_of_attesters
    is_exceeded = conditions.generation is not Generation.V1 and 0 < most < len(attempt.attester_ids)
    return Refused("InvalidMaximumNumberOfAttesters") if is_exceeded else None


def _check_quorum(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Step 9: OBLS.verifySignature."""
    assessment = assess_rules(conditions.state, attempt.task_definition_id)
    if assessment is None:
        return None
    quorum, powers = assessment.quorum, conditions.powers
    if attempt.is_approved and quorum.stored_total * 2 > UINT256_MAX:
        return OVERFLOW
    required = quorum.required_approve if attempt.is_approved else quorum.required_reject
    if required == 0:
        return Refused("InvalidRequiredVotingPower")
    refused = _check_attesters(conditions, attempt, powers)
    if refused is not None:
        return refused
    if sum(powers.get(each, 0) for each in attempt.attester_ids) < required:
        return Refused("InsufficientVotingPower")
    return None if attempt.is_aggregate_signed else Refused("InvalidOBLSSignature")


def _check_attesters(conditions: Conditions, attempt: Attempt, powers: dict[OperatorId, int]) -> Refused | None:
    """Look at each attester in turn: that the ids ascend, its power, that it is active."""
    minimum = _rules(conditions, attempt).minimum_voting_power
    active = {each.operator_id for each in conditions.state.operators if each.is_active}
    before: OperatorId | None = None
    for attester_id in attempt.attester_ids:
        if before is not None and attester_id <= before:
            return Refused("InvalidOperatorIndexes")
        if powers.get(attester_id, 0) < minimum:
            return Refused("OperatorDoesNotHaveMinimumVotingPower", (attester_id,))
        if attester_id not in active:
            return Refused("InactiveOperator", (attester_id,))
        before = attester_id
    return None


def _check_parties(conditions: Conditions, attempt: Attempt) -> Refused | None:
    """Step 10: the performer and, unless anyone may aggregate, the sender are registered."""
    refused = _check_party(conditions, attempt.performer, "InactiveTaskPerformer")
    if refused is not None or (conditions.is_open_aggregator and conditions.generation is not Generation.V1):
        return refused
    return _check_party(conditions, attempt.sender, "InactiveAggregator")


def _check_party(conditions: Conditions, party: Party, inactive_error: str) -> Refused | None:
    if party.standing is Standing.ACTIVE:
        return None
    if party.standing is Standing.INACTIVE and conditions.generation is Generation.V1:
        return Refused(inactive_error)
    return Refused("OperatorNotRegistered", (party.address,))


def _rules(conditions: Conditions, attempt: Attempt) -> TaskDefinition:
    """Give the definition, which was found to exist."""
    rules = find_rules(conditions.state, attempt.task_definition_id)
    return rules.definition if rules else TaskDefinition(attempt.task_definition_id, 0, ())


_CHECKS: Final[tuple[Callable[[Conditions, Attempt], Refused | None], ...]] = (
    _check_task,
    _check_definition,
    _check_list,
    _check_maximum,
    _check_quorum,
    _check_parties,
)
