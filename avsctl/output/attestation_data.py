"""The JSON data of a simulated attestation."""

from avsctl.core.attestation.conditions import Party, Refused
from avsctl.core.deployment import BlockRef
from avsctl.core.units import Address, OperatorId
from avsctl.output.attestation_after import encode_after, find_after
from avsctl.output.attestation_answer import AttestationAnswer, Mined
from avsctl.output.attestation_faults import encode_fault
from avsctl.output.attestation_steps import Ending, find_chain_ending, find_ending, judge_steps, name_ending
from avsctl.output.attestation_update import encode_row, encode_update
from avsctl.output.attestation_votes import encode_ballot, encode_view, encode_votes, encode_weights
from avsctl.output.attestation_words import encode_error
from avsctl.output.encode import Json, encode_args, encode_id


def encode_attestation(answer: AttestationAnswer) -> dict[str, Json]:
    """Build ``data`` of ``attest simulate``."""
    addresses = {each.operator_id: each.address for each in answer.conditions.state.operators}
    return {
        **_encode_subject(answer),
        "steps": [{"step": step.value, "result": result.value} for step, result in judge_steps(answer).items()],
        "outcome": find_ending(answer).value,
        **_encode_checks(answer),
        **_encode_votes(answer, addresses),
        "chain": _encode_chain(answer),
        "model": _encode_model(answer),
        "agrees": answer.agrees,
        "differences": list(answer.differences or ()),
        "after": encode_after(find_after(answer), addresses),
    }


def _encode_subject(answer: AttestationAnswer) -> dict[str, Json]:
    proposal, attempt = answer.proposal, answer.rehearsal.attempt
    return {
        "source": answer.source.value,
        "origin": answer.origin or None,
        "mined": _encode_mined(answer.mined),
        "task_definition_id": proposal.task_definition_id,
        "proof_of_task": proposal.proof_of_task,
        "data": f"0x{proposal.data.hex()}",
        "task_hash": f"0x{attempt.task_hash.hex()}",
        "performer": _encode_party(attempt.performer),
        "sender": _encode_party(attempt.sender),
        "update": encode_update(proposal.update),
    }


def _encode_checks(answer: AttestationAnswer) -> dict[str, Json]:
    comparison, at = answer.rehearsal.comparison, answer.recomputed_at
    blocks = None if at is None else {"l1": _encode_block(at.l1), "l2": _encode_block(at.l2)}
    return {
        "decoding_fault": answer.decoding_fault or None,
        "faults": [encode_fault(fault) for fault in answer.rehearsal.faults],
        "comparison": None if comparison is None else [encode_row(row) for row in comparison.rows],
        "recomputed_at": blocks,
        "not_recomputed": answer.not_recomputed or None,
    }


def _encode_votes(answer: AttestationAnswer, addresses: dict[OperatorId, Address]) -> dict[str, Json]:
    return {
        "votes": encode_votes(answer.rehearsal),
        "attesters": [encode_ballot(each, addresses) for each in answer.rehearsal.votes.ballots],
        "views": [encode_view(view) for view in answer.views],
        "quorum": encode_weights(answer),
    }


def _encode_mined(mined: Mined | None) -> Json:
    if mined is None:
        return None
    return {
        "transaction_hash": mined.transaction_hash,
        "block": encode_id(mined.block),
        "status": "success" if mined.is_success else "reverted",
        "task_number": mined.task_number,
    }


def _encode_party(party: Party) -> Json:
    return {"address": party.address, "standing": party.standing.value}


def _encode_block(block: BlockRef | None) -> Json:
    if block is None:
        return None
    number = encode_id(block.number)
    return {"chain_id": block.chain_id, "number": number, "hash": block.hash, "timestamp": block.timestamp}


def _encode_chain(answer: AttestationAnswer) -> Json:
    chain, ending = answer.chain, find_chain_ending(answer)
    return {
        "asked_with": chain.asked_with,
        "accepted": chain.is_accepted,
        "outcome": ending.value if ending else None,
        "error": encode_error(chain.error),
        "block": encode_id(chain.evm_block),
        "is_next_block": chain.is_next_block,
        "lacking": chain.lacking or None,
    }


def _encode_model(answer: AttestationAnswer) -> Json:
    foreseen = answer.rehearsal.answer
    ending = name_ending(foreseen)
    error, args = (foreseen.error, foreseen.args) if isinstance(foreseen, Refused) else (None, ())
    return {
        "accepted": ending is not Ending.REVERTED,
        "outcome": ending.value,
        "error": error,
        "args": encode_args(args),
        "unforeseen": [hook.value for hook in answer.rehearsal.unforeseen],
    }
