"""Which contract is asked about a task that nobody has signed, and what it is asked."""

from dataclasses import dataclass, replace
from typing import Final

from avsctl.chain.attempt import AskedWith, Bench, ContractAnswer, try_processing, try_submission
from avsctl.contracts.submit_task import Task
from avsctl.contracts.task_data import encode_update
from avsctl.core.attestation.conditions import Attempt, Standing, is_internal
from avsctl.core.attestation.submission import check_submission
from avsctl.core.power import VotingPowerUpdate
from avsctl.tx.drafts import Stage

_CURRENT_HEIGHT: Final = "InvalidToBlockL2VsCurrentHeight"


@dataclass(frozen=True)
class Asked:
    """What was asked, and the answer."""

    answer: ContractAnswer
    attempt: Attempt
    """What was asked about: the task itself, or one that stands in for it."""


def open_bench(stage: Stage) -> Bench:
    """Give the place where tasks of a stage are tried."""
    return Bench(stage.chains.l2, stage.chains.discovery, stage.ground, stage.strangers)


def ask_contract(stage: Stage, attempt: Attempt) -> Asked:
    """Ask submitTask where that can be, else processTask where the model says that it is come to.

    An update up to the block that is read is refused in that very block. Where no later one can be tried, because the
    endpoint takes no such override or contracts count other blocks, the same update up to the block before stands in.

    Raises:
        ChainError: the chain could not be read.
    """
    answer = _ask(stage, attempt)
    revert = answer.revert
    if answer.is_next_block or revert is None or revert.name != _CURRENT_HEIGHT or revert.args[0] != revert.args[1]:
        return Asked(answer, attempt)
    earlier = _step_back(stage, attempt)
    if earlier is None:
        why = f"tasks can be tried in block {answer.evm_block} alone, where an update up to it is refused"
        return Asked(_not_asked(stage, why), attempt)
    why = f"tasks can be tried in block {answer.evm_block} alone, so toBlockL2 was taken for {answer.evm_block - 1}"
    stood_in = _ask(stage, earlier)
    is_asked = stood_in.asked_with is not AskedWith.MODEL
    return Asked(replace(stood_in, lacking=why) if is_asked else stood_in, earlier)


def _ask(stage: Stage, attempt: Attempt) -> ContractAnswer:
    proposal, performer = attempt.proposal, attempt.performer
    if performer.standing is not Standing.ACTIVE:
        return _not_asked(stage, "no operator is active")
    task = Task(proposal.proof_of_task, proposal.data, performer.address, proposal.task_definition_id)
    bench = open_bench(stage)
    answer = try_submission(bench, task, attempt)
    if answer.asked_with is not AskedWith.MODEL or not is_internal(stage.generation, proposal.task_definition_id):
        return answer
    if not attempt.is_approved or check_submission(stage.conditions, attempt) is not None:
        return answer
    processed = try_processing(bench, task)
    return processed if processed.asked_with is AskedWith.MODEL else replace(processed, lacking=answer.lacking)


def _step_back(stage: Stage, attempt: Attempt) -> Attempt | None:
    """Give the same task with ``toBlockL2`` one lower; None where that is no longer behind the last update."""
    update = attempt.proposal.update
    if not isinstance(update, VotingPowerUpdate) or update.to_block_l2 - 1 <= stage.conditions.last_commit_l2:
        return None
    earlier = replace(update, to_block_l2=update.to_block_l2 - 1)
    return replace(attempt, proposal=replace(attempt.proposal, data=encode_update(earlier), update=earlier))


def _not_asked(stage: Stage, why: str) -> ContractAnswer:
    return ContractAnswer(AskedWith.MODEL, stage.evm_block, is_next_block=False, lacking=why)
