"""A task taken through all that becomes of it: recomputed, voted on, and tried on the real contract."""

from dataclasses import dataclass, replace
from typing import Final

from avsctl.chain.attempt import AskedWith, ContractAnswer, replay
from avsctl.chain.background import side_by_side
from avsctl.chain.queries.mined_tasks import MinedTask
from avsctl.contracts.submit_task import task_hash
from avsctl.core.attestation.agreement import Refusal, Taken
from avsctl.core.attestation.conditions import Attempt, Conditions, Party, Standing, find_standing
from avsctl.core.attestation.hearing import Hearing, check_hearing
from avsctl.core.attestation.rehearsal import Knowledge, Rehearsal, Task, rehearse
from avsctl.core.attestation.votes import Conduct
from avsctl.core.deployment import Generation
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.operators import OperatorSets, active_operators
from avsctl.tx.asking import Asked, ask_contract, open_bench
from avsctl.tx.drafts import Draft, Stage, find_performers, look_up
from avsctl.tx.events import tell_answer, tell_rehearsal
from avsctl.tx.recall import Recall, recall_sets


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
    knowing = stage.with_conditions(replace(stage.conditions, burned=burned))
    rehearsal = rehearse(task, knowing.conditions, _know(knowing, recall, stage.sets), conduct)
    tell_rehearsal(rehearsal)
    asked = ask_contract(knowing, rehearsal.attempt)
    tell_answer(draft.proposal, asked.answer)
    return _conclude(knowing, draft, recall, rehearsal, asked)


def rehearse_mined(stage: Stage, draft: Draft, mined: MinedTask) -> Rehearsed:
    """Take a task that was mined through all its steps, its votes as they were, and ask the contract again.

    Args:
        stage: at the block before its own, as ``set_stage_before`` gives it.
        draft: the task.
        mined: its transaction.

    Raises:
        ChainError: a chain could not be read.
    """
    recall, answer = side_by_side(
        lambda: recall_sets(stage, draft),
        lambda: replay(open_bench(stage), mined.sender, mined.calldata, mined.value),
    )
    attempt = _read_attempt(stage.conditions, draft, mined, answer)
    knowing = stage if stage.ground.has_slots else _learn(stage, attempt, answer)
    task = _name_task(draft, attempt.task_hash, attempt.performer, attempt.sender)
    knowledge, ids = _know(knowing, recall, recall.sets), frozenset(attempt.attester_ids)
    rehearsal = rehearse(task, knowing.conditions, knowledge, Conduct(attesters=ids), attempt)
    if rehearsal.is_right is not attempt.is_approved:
        rehearsal = rehearse(task, knowing.conditions, knowledge, Conduct(attesters=ids, dissent=ids), attempt)
    tell_rehearsal(rehearsal)
    tell_answer(draft.proposal, answer)
    rehearsed = _conclude(knowing, draft, recall, rehearsal, Asked(answer, attempt))
    return replace(rehearsed, findings=(*rehearsed.findings, *_check_replay(mined, answer)))


def _know(stage: Stage, recall: Recall, now: OperatorSets | None) -> Knowledge:
    l1 = stage.chains.l1
    return Knowledge(then=recall.sets, now=now, l1_head=None if l1 is None else l1.block.number)


def _find_performer(stage: Stage, draft: Draft) -> tuple[Task, frozenset[bytes]]:
    """Let an active operator perform and hand in a task, and tell which hashes of it are used up.

    A task does not name who performs it until it is handed in. One that some active operator has handed in before is
    taken to be performed by that one; else it is the first of them.
    """
    addresses = find_performers(stage)
    burned = look_up(stage, draft).conditions.burned
    hashes = [task_hash(draft.perform(address)) for address in addresses]
    at = next((at for at, each in enumerate(hashes) if each in burned), 0)
    is_active = bool(active_operators(stage.conditions.state.operators))
    party = Party(addresses[at], Standing.ACTIVE if is_active else Standing.UNREGISTERED)
    return _name_task(draft, hashes[at], party, party), burned


def _name_task(draft: Draft, hash_: bytes, performer: Party, sender: Party) -> Task:
    return Task(draft.proposal, hash_, performer, sender, is_readable=not draft.decoding_fault)


def _read_attempt(conditions: Conditions, draft: Draft, mined: MinedTask, answer: ContractAnswer) -> Attempt:
    """Give a task as it was handed in; whether its signatures are right, the contract says."""
    performer, sender = mined.task.performer, mined.sender
    error = answer.revert.name if answer.revert else ""
    return Attempt(
        draft.proposal,
        mined.submission.attester_ids,
        mined.submission.is_approved,
        Party(performer, find_standing(conditions.state, performer)),
        Party(sender, find_standing(conditions.state, sender)),
        task_hash(mined.task),
        is_performer_signed=not error.startswith(("ECDSAInvalid", "InvalidPerformerSignature")),
        is_aggregate_signed=error != "InvalidOBLSSignature",
    )


def _learn(stage: Stage, attempt: Attempt, answer: ContractAnswer) -> Stage:
    """Take from the contract's answer what stands in slots that are not known: replays, and who may hand in a task."""
    conditions = stage.conditions
    if answer.revert is not None and answer.revert.name == "MessageAlreadySigned":
        return stage.with_conditions(replace(conditions, burned=conditions.burned | {attempt.task_hash}))
    is_open = bool(answer.is_accepted) and attempt.sender.standing is not Standing.ACTIVE
    return stage.with_conditions(replace(conditions, is_open_aggregator=is_open))


def _conclude(stage: Stage, draft: Draft, recall: Recall, rehearsal: Rehearsal, asked: Asked) -> Rehearsed:
    """Put model and contract beside each other."""
    answer, fault = asked.answer, draft.decoding_fault
    hearing = Hearing(stage.conditions, rehearsal, _read_answer(answer), asked.attempt, answer.evm_block, fault)
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
    """Find that less than the real submitTask, in the next block, was asked about the very task."""
    if not answer.lacking:
        return ()
    is_v3 = hearing.conditions.generation is Generation.V3
    remedy = ("Nothing to mend: no endpoint tells where V3 keeps keys and ids.",) if is_v3 else ()
    severity = Severity.WARNING if answer.asked_with is AskedWith.MODEL else Severity.INFO
    text = f"{_ASKED[answer.asked_with]}: {answer.lacking}"
    return (build_finding("chain_not_asked", hearing.subject, text, remedy, severity=severity),)


_ASKED: Final = {
    AskedWith.OVERRIDE: "submitTask was asked in the block read",
    AskedWith.REPLAY: "submitTask was asked",
    AskedWith.PROCESS: "processTask alone was asked",
    AskedWith.MODEL: "no contract was asked",
}


def _check_replay(mined: MinedTask, answer: ContractAnswer) -> tuple[Finding, ...]:
    subject, findings = f"task {mined.task.task_definition_id}", []
    if mined.position:
        text = f"{mined.position} transactions stood before it in its block"
        findings.append(build_finding("earlier_transactions_in_block", subject, text))
    if answer.is_accepted is not None and answer.is_accepted is not mined.is_success:
        then, now = ("passed", "reverts") if mined.is_success else ("reverted", "passes")
        findings.append(build_finding("replay_differs", subject, f"mined it {then}, replayed it {now}"))
    return tuple(findings)
