"""The answers of ``attest propose`` and ``attest simulate`` as results."""

from avsctl.errors import ChainError, Problem
from avsctl.output.attestation_answer import AttestationAnswer, ProposalAnswer
from avsctl.output.attestation_data import encode_attestation
from avsctl.output.attestation_proposal import encode_proposal, proposal_blocks
from avsctl.output.attestation_screen import attestation_blocks
from avsctl.output.head import head_lines
from avsctl.output.result import Result


def present_proposal(answer: ProposalAnswer, wall_time: int) -> Result:
    """Give the result of ``attest propose``.

    Args:
        answer: what is proposed.
        wall_time: Unix seconds of now, for the ages of the blocks only.
    """
    return Result(
        answer.command,
        encode_proposal(answer),
        screen=(*head_lines(answer.deployment, answer.l1, answer.l2, wall_time), *proposal_blocks(answer)),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
    )


def present_attestation(answer: AttestationAnswer, wall_time: int) -> Result:
    """Give the result of ``attest simulate``; status 5 where the contract and the model say different things.

    Args:
        answer: the task and its steps.
        wall_time: Unix seconds of now, for the ages of the blocks only.
    """
    return Result(
        answer.command,
        encode_attestation(answer),
        screen=(*head_lines(answer.deployment, answer.l1, answer.l2, wall_time), *attestation_blocks(answer)),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
        errors=tell_differences(answer.differences or ()),
        status=ChainError.status if answer.differences else None,
    )


def tell_differences(differences: tuple[str, ...]) -> tuple[Problem, ...]:
    """Give the error that a contract is which differs from its model; none where they agree."""
    if not differences:
        return ()
    more = f", and {len(differences) - 1} more differences" if len(differences) > 1 else ""
    hint = "compare with another endpoint of L2; where they say the same, believe the contract"
    return (Problem("model_differs", f"contract and model differ: {differences[0]}{more}", hint),)
