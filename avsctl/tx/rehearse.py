"""A task taken through all that becomes of it: recomputed, voted on, and tried on the real contract."""

from dataclasses import dataclass, replace
from typing import Final

from avsctl.chain.attempt import AskedWith, Bench, ContractAnswer, replay, try_processing, try_submission
from avsctl.chain.background import side_by_side
from avsctl.chain.queries.attestation import load_burned
from avsctl.chain.queries.attestation_then import Then, Unread, load_then
from avsctl.chain.queries.mined_tasks import MinedTask
from avsctl.contracts import submit_task
from avsctl.core.attestation.agreement import Refusal, Taken
from avsctl.core.attestation.conditions import (
    Attempt,
    Conditions,
    Party,
    Standing,
    find_standing,
    is_internal,
)
from avsctl.core.attestation.hearing import Hearing, check_hearing
from avsctl.core.attestation.rehearsal import Knowledge, Rehearsal, Task, rehearse
from avsctl.core.attestation.submission import check_submission
from avsctl.core.attestation.votes import Conduct
from avsctl.core.deployment import Generation
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.operators import OperatorSets, active_operators
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.units import Address
from avsctl.tx.drafts import Draft, Stage
from avsctl.tx.events import tell_answer, tell_rehearsal

_NOBODY: Final = Address("0x0000000000000000000000000000000000000000")
_CURRENT_HEIGHT: Final = "InvalidToBlockL2VsCurrentHeight"


@dataclass(frozen=True)
class Recall:
    """What the update of a task is recomputed from."""

    sets: OperatorSets | None
    """None where it is not recomputed, or needs no operators."""
    at: Then | None = None
    """The blocks that it names; None for those of the stage."""
    why_not: str = ""
    """Why it is not recomputed; text from outside."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Rehearsed:
    """What becomes of a task."""

    draft: Draft
    conditions: Conditions
    """Those that it is handed in under."""
    recall: Recall
    rehearsal: Rehearsal
    answer: ContractAnswer
    differences: tuple[str, ...] | None
    """Where contract and model differ, in words; None where that cannot be compared."""
    findings: tuple[Finding, ...]


def rehearse_draft(stage: Stage, draft: Draft, conduct: Conduct) -> Rehearsed:
    """Take a task through all its steps, and ask the contract.

    Args:
        stage: where.
        draft: the task.
        conduct: what is assumed of attesters.

    Raises:
        ChainError: a chain could not be read.
    """
    recall, (task, burned) = side_by_side(lambda: recall_sets(stage, draft), lambda: _find_performer(stage, draft))
    knowing = stage.with_burned(burned)
    rehearsal = rehearse(task, knowing.conditions, _know(knowing, recall), conduct)
    tell_rehearsal(rehearsal)
    answer = _ask(knowing, rehearsal.attempt)
    tell_answer(draft.proposal, answer)
    return _conclude(knowing, draft, recall, rehearsal, answer)


def rehearse_mined(stage: Stage, draft: Draft, mined: MinedTask) -> Rehearsed:
    """Take a task that was mined through all its steps, its votes as they were, and ask the contract again.

    Args:
        stage: at the block before its own.
        draft: the task.
        mined: its transaction.

    Raises:
        ChainError: a chain could not be read.
    """
    task_hash = submit_task.task_hash(mined.task)
    recall, (burned, answer) = side_by_side(
        lambda: recall_sets(stage, draft),
        lambda: side_by_side(
            lambda: _load_burned(stage, [mined.task]),
            lambda: replay(_bench(stage), mined.sender, mined.calldata, mined.value),
        ),
    )
    knowing = stage.with_burned(burned)
    attempt = _read_attempt(knowing.conditions, draft, mined, task_hash, answer)
    task = Task(draft.proposal, task_hash, attempt.performer, attempt.sender, is_readable=not draft.decoding_fault)
    knowledge = replace(_know(knowing, recall), now=recall.sets)
    ids = frozenset(attempt.attester_ids)
    rehearsal = rehearse(task, knowing.conditions, knowledge, Conduct(attesters=ids), attempt)
    if rehearsal.is_right is not attempt.is_approved:
        conduct = Conduct(attesters=ids, dissent=ids)
        rehearsal = rehearse(task, knowing.conditions, knowledge, conduct, attempt)
    rehearsed = _conclude(knowing, draft, recall, rehearsal, answer)
    return replace(rehearsed, findings=(*rehearsed.findings, *_check_replay(mined, answer)))


def recall_sets(stage: Stage, draft: Draft) -> Recall:
    """Read the operators that an update of powers is recomputed from: at its own blocks, else as they are now.

    Raises:
        ChainError: a chain could not be read at all.
    """
    update, chains = draft.proposal.update, stage.chains
    if not isinstance(update, VotingPowerUpdate):
        return Recall(None)
    if chains.l1 is None or chains.avs_governance is None or stage.sets is None:
        return _compare_with_now(stage, "L1 is not read")
    blocks = (update.to_block_l1, update.to_block_l2)
    if blocks == (chains.l1.block.number, stage.evm_block):
        return Recall(stage.sets)
    heads = (chains.l1.block.number, stage.evm_block)
    late = [f"{name} is above block {head}" for name, to, head in zip(_NAMES, blocks, heads, strict=True) if to > head]
    if late:
        return _compare_with_now(stage, " and ".join(late))
    found = load_then(chains.l1, chains.l2, chains.discovery, chains.avs_governance, blocks)
    return _compare_with_now(stage, found.why) if isinstance(found, Unread) else Recall(found.sets, found)


_NAMES: Final = ("toBlockL1", "toBlockL2")


def _compare_with_now(stage: Stage, why: str) -> Recall:
    instead = "nothing is compared" if stage.sets is None else "compared with the blocks read instead"
    finding = build_finding("blocks_not_read", "update", f"{why}: {instead}")
    return Recall(stage.sets, None, why if stage.sets is None else "", (finding,))


def _know(stage: Stage, recall: Recall) -> Knowledge:
    l1 = stage.chains.l1
    return Knowledge(then=recall.sets, now=stage.sets, l1_head=None if l1 is None else l1.block.number)


def _find_performer(stage: Stage, draft: Draft) -> tuple[Task, frozenset[bytes]]:
    """Let an active operator perform and hand in a task, and tell which hashes of it are used up.

    A task does not name who performs it until it is handed in. One that some active operator has handed in before is
    taken to be performed by that one; else it is the first of them.
    """
    proposal = draft.proposal
    operators = active_operators(stage.conditions.state.operators)
    addresses = list(dict.fromkeys(each.address for each in operators)) or [_NOBODY]
    tasks = [_build_task(draft, address) for address in addresses]
    burned = _load_burned(stage, tasks)
    hashes = [submit_task.task_hash(task) for task in tasks]
    at = next((at for at, each in enumerate(hashes) if each in burned), 0)
    standing = Standing.ACTIVE if operators else Standing.UNREGISTERED
    party = Party(addresses[at], standing)
    return Task(proposal, hashes[at], party, party, is_readable=not draft.decoding_fault), burned


def _build_task(draft: Draft, performer: Address) -> submit_task.Task:
    proposal = draft.proposal
    return submit_task.Task(proposal.proof_of_task, proposal.data, performer, proposal.task_definition_id)


def _load_burned(stage: Stage, tasks: list[submit_task.Task]) -> frozenset[bytes]:
    if not stage.ground.has_slots:
        return frozenset()
    return load_burned(stage.chains.l2, stage.chains.discovery, tasks)


def _bench(stage: Stage) -> Bench:
    return Bench(stage.chains.l2, stage.chains.discovery, stage.ground, stage.strangers)


def _ask(stage: Stage, attempt: Attempt) -> ContractAnswer:
    """Ask submitTask where that can be, else processTask where the model says that it is come to."""
    bench, proposal = _bench(stage), attempt.proposal
    task = submit_task.Task(
        proposal.proof_of_task, proposal.data, attempt.performer.address, proposal.task_definition_id
    )
    if attempt.performer.standing is not Standing.ACTIVE:
        return ContractAnswer(AskedWith.MODEL, stage.evm_block, is_next_block=False, lacking="no operator is active")
    answer = _set_aside_edge(try_submission(bench, task, attempt))
    if answer.asked_with is not AskedWith.MODEL or not is_internal(stage.generation, proposal.task_definition_id):
        return answer
    if not attempt.is_approved or check_submission(stage.conditions, attempt) is not None:
        return answer
    return replace(_set_aside_edge(try_processing(bench, task)), lacking=answer.lacking)


def _set_aside_edge(answer: ContractAnswer) -> ContractAnswer:
    """Leave aside that an update up to the block read is refused in that very block, if no later one can be tried."""
    revert = answer.revert
    if answer.is_next_block or revert is None or revert.name != _CURRENT_HEIGHT or revert.args[0] != revert.args[1]:
        return answer
    why = f"tasks could be tried in block {answer.evm_block} alone, where an update up to it is refused"
    return ContractAnswer(AskedWith.MODEL, answer.evm_block, is_next_block=False, lacking=why)


def _read_attempt(
    conditions: Conditions, draft: Draft, mined: MinedTask, task_hash: bytes, answer: ContractAnswer
) -> Attempt:
    """Give a task as it was handed in; whether its signatures are right, the contract says."""
    performer, sender = mined.task.performer, mined.sender
    error = answer.revert.name if answer.revert else ""
    return Attempt(
        draft.proposal,
        mined.submission.attester_ids,
        mined.submission.is_approved,
        Party(performer, find_standing(conditions.state, performer)),
        Party(sender, find_standing(conditions.state, sender)),
        task_hash,
        is_performer_signed=not error.startswith(("ECDSAInvalid", "InvalidPerformerSignature")),
        is_aggregate_signed=error != "InvalidOBLSSignature",
    )


def _conclude(stage: Stage, draft: Draft, recall: Recall, rehearsal: Rehearsal, answer: ContractAnswer) -> Rehearsed:
    """Put model and contract beside each other."""
    hearing = Hearing(stage.conditions, rehearsal, _read_answer(answer), answer.evm_block, draft.decoding_fault)
    is_compared = hearing.seen is not None and hearing.is_judged_by_model and not hearing.is_refused_by_hook
    return Rehearsed(
        draft,
        stage.conditions,
        recall,
        rehearsal,
        answer,
        hearing.differences if is_compared else None,
        (*check_hearing(hearing), *recall.findings, *_check_asked(hearing, answer)),
    )


def _read_answer(answer: ContractAnswer) -> Refusal | Taken | None:
    if answer.asked_with is AskedWith.MODEL:
        return None
    if answer.revert is not None:
        return Refusal(answer.revert.name, answer.revert.args)
    after = answer.after
    return Taken({}) if after is None else Taken(dict(after.powers), after.total, dict(after.totals))


def _check_asked(hearing: Hearing, answer: ContractAnswer) -> tuple[Finding, ...]:
    is_v3 = hearing.conditions.generation is Generation.V3
    remedy = ("Nothing to mend: no endpoint tells where V3 keeps keys and ids.",) if is_v3 else ()
    if answer.asked_with is AskedWith.MODEL:
        return (build_finding("chain_not_asked", hearing.subject, answer.lacking or "no contract was asked", remedy),)
    if answer.asked_with is AskedWith.PROCESS:
        text = f"processTask alone was asked: {answer.lacking}"
        return (build_finding("chain_not_asked", hearing.subject, text, remedy, severity=Severity.INFO),)
    return ()


def _check_replay(mined: MinedTask, answer: ContractAnswer) -> tuple[Finding, ...]:
    subject, findings = f"task {mined.task.task_definition_id}", []
    if mined.position:
        text = f"{mined.position} transactions stood before it in its block"
        findings.append(build_finding("earlier_transactions_in_block", subject, text))
    is_success = answer.revert is None
    if answer.asked_with is not AskedWith.MODEL and is_success is not mined.is_success:
        then, now = ("passed", "reverts") if mined.is_success else ("reverted", "passes")
        findings.append(build_finding("replay_differs", subject, f"mined it {then}, replayed it {now}"))
    return tuple(findings)
