"""What a rehearsed task is found to be: whether it would be approved, and why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from avsctl.core.attestation.agreement import Refusal, Taken, find_differences
from avsctl.core.attestation.conditions import Answer, Attempt, Conditions, Refused
from avsctl.core.attestation.faults import Fault, FaultCode
from avsctl.core.attestation.recomputation import Match, PowerRow, TotalRow
from avsctl.core.attestation.rehearsal import Rehearsal
from avsctl.core.attestation.submission import submit
from avsctl.core.checks import tell_dead
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.quorum import Verdict
from avsctl.core.units import tell_apart

SHOWN: Final = 5
"""How many of a kind a finding names before it counts the others."""


@dataclass(frozen=True)
class Hearing:
    """A rehearsed task beside what a contract said to it."""

    conditions: Conditions
    """Those that it was rehearsed under."""
    rehearsal: Rehearsal
    seen: Refusal | Taken | None
    """What the contract said; None where none was asked."""
    asked: Attempt
    """What it was asked about: what is handed in, or what stands in for it."""
    evm_block: int
    """The height that the contract saw."""
    decoding_fault: str = ""

    @property
    def attempt(self) -> Attempt:
        """What is handed in."""
        return self.rehearsal.attempt

    @property
    def subject(self) -> str:
        """What findings are about."""
        return f"task {self.attempt.task_definition_id}"

    @property
    def refusal(self) -> Refusal | None:
        """Why it is refused: by the contract, by the model where none was asked."""
        if self.seen is not None:
            return self.seen if isinstance(self.seen, Refusal) else None
        answer = self.rehearsal.answer
        return Refusal(answer.error, answer.args) if isinstance(answer, Refused) else None

    @property
    def is_judged_by_model(self) -> bool:
        """Whether the model says what becomes of it.

        Data that it cannot read, contracts may read all the same; and it knows nothing of gas, for want of which a
        contract reverts without data.
        """
        is_starved = isinstance(self.seen, Refusal) and not self.seen.error
        return not is_starved and not (self.decoding_fault and self.attempt.is_approved)

    @property
    def differences(self) -> tuple[str, ...]:
        """Where contract and model differ, in words, but for what the AVS's own contracts do."""
        if self.seen is None or not self.is_judged_by_model or self.is_refused_by_hook:
            return ()
        return find_differences(self._answer, self.seen, self.conditions)

    @property
    def is_refused_by_hook(self) -> bool:
        """Whether a contract of the AVS's own explains that a task is refused which the model takes."""
        is_refused = isinstance(self.seen, Refusal) and not isinstance(self._answer, Refused)
        return is_refused and bool(self.rehearsal.unforeseen)

    @property
    def _answer(self) -> Answer:
        """What the model says of the very thing that the contract was asked, in the very block."""
        return submit(replace(self.conditions, block=self.evm_block), self.asked)


def check_hearing(hearing: Hearing) -> tuple[Finding, ...]:
    """Find why a task would not be approved, and what else its rehearsal shows."""
    return (
        *_check_proposal(hearing),
        *_check_votes(hearing),
        *_check_refusal(hearing),
        *_check_agreement(hearing),
        *_check_aftermath(hearing),
    )


def _check_aftermath(hearing: Hearing) -> Iterator[Finding]:
    """Find definitions that the task, once it has landed, leaves without a quorum."""
    aftermath = hearing.rehearsal.aftermath
    for each in aftermath.definitions if aftermath is not None else ():
        if each.after.verdict is not Verdict.DEAD or each.before.verdict is Verdict.DEAD:
            continue
        remedy = (f"avsctl task refresh {each.task_definition_id}",) if each.after.definition.has_own_total else ()
        text = f"dead once this has landed: {tell_dead(each.after)}"
        yield build_finding("dead_after_task", f"task {each.task_definition_id}", text, remedy)


def check_faults(faults: Sequence[Fault], subject: str) -> Iterator[Finding]:
    """Find what is wrong with an update by itself."""
    above = [fault for fault in faults if fault.code is FaultCode.L1_BLOCK_ABOVE_HEAD]
    for fault in above:
        text = f"toBlockL1 is {fault.found}, the head of L1 {fault.bound}: once it lands no update passes until then"
        yield build_finding("block_above_head", subject, text)
    others = [_name_fault(fault) for fault in faults if fault not in above]
    if others:
        yield build_finding("proposal_wrong", subject, f"wrong by itself: {_list(others)}")


def tell_rows(rows: Sequence[PowerRow | TotalRow]) -> str:
    """Say how the first of these rows differ from what recomputing them gives, powers in e18."""
    return _list([_tell_row(row) for row in rows])


def _check_proposal(hearing: Hearing) -> Iterator[Finding]:
    if hearing.decoding_fault:
        yield build_finding("proposal_wrong", hearing.subject, f"its data is no update: {hearing.decoding_fault}")
    yield from check_faults(hearing.rehearsal.faults, hearing.subject)
    comparison = hearing.rehearsal.comparison
    if comparison is None:
        return
    if comparison.wrong:
        rows = tell_rows(comparison.wrong)
        text = f"{len(comparison.wrong)} of {len(comparison.rows)} rows are not what recomputing them gives: {rows}"
        yield build_finding("proposal_wrong", hearing.subject, text)
    if comparison.unsettled:
        rows = _list([_name_row(row) for row in comparison.unsettled])
        yield build_finding("node_rule_unknown", hearing.subject, f"taken for right, as no rule is known: {rows}")


def _check_votes(hearing: Hearing) -> Iterator[Finding]:
    tally = hearing.rehearsal.tally
    if tally is None:
        return
    approve, needed = tell_apart(tally.approving.signed, tally.quorum.required_approve)
    reject, against = tell_apart(tally.rejecting.signed, tally.quorum.required_reject)
    if tally.is_contested:
        text = f"{approve} of {needed} approve and {reject} of {against} reject (e18): the first handed in holds"
        yield build_finding("rejectable_first", hearing.subject, text)
    elif tally.is_rejectable and hearing.refusal is None:
        text = f"{reject} of {against} (e18) reject it: its hash is used up, and the same task can never be approved"
        yield build_finding("task_rejected", hearing.subject, text)
    elif not tally.is_approvable and not tally.is_rejectable:
        yield build_finding("quorum_missed", hearing.subject, f"{approve} of {needed} (e18)")


def _check_refusal(hearing: Hearing) -> Iterator[Finding]:
    refusal = hearing.refusal
    if refusal is None or refusal.error == "InsufficientVotingPower":
        return
    name = f"{refusal.error}()" if not refusal.args else f"{refusal.error}{_args(refusal)}"
    shown = name if refusal.error else "without data, as for want of gas"
    if refusal.error == "MessageAlreadySigned":
        text = "a task of this proof, data, performer and definition was approved or rejected before"
        yield build_finding("replayed", hearing.subject, text)
    elif refusal.error == "FlowIsCurrentlyPaused":
        yield build_finding("flow_paused", "TASKS_SUBMISSION_FLOW", "no task is taken", severity=Severity.CRITICAL)
    elif hearing.is_refused_by_hook:
        hooks = " or ".join(hook.value for hook in hearing.rehearsal.unforeseen)
        text = f"submitTask reverts {shown}, which {hooks} of the AVS's own explains: the model takes the task"
        yield build_finding("hook_refuses", hearing.subject, text)
    elif refusal.error not in {fault.error for fault in hearing.rehearsal.faults}:
        yield build_finding("attestation_refused", hearing.subject, f"it reverts {shown}")


def _check_agreement(hearing: Hearing) -> Iterator[Finding]:
    if hearing.differences:
        yield build_finding("model_differs", hearing.subject, _list(hearing.differences))


def _name_fault(fault: Fault) -> str:
    who = f" (operator {', '.join(map(str, fault.operator_ids[:SHOWN]))})" if fault.operator_ids else ""
    task = "" if fault.task_definition_id is None else f" (task {fault.task_definition_id})"
    return f"{fault.code.value.replace('_', ' ')}{who}{task}"


def _tell_row(row: PowerRow | TotalRow) -> str:
    what = row.match.value.replace("_", " ")
    if row.match is Match.WRONG_AMOUNT:
        proposed, expected = tell_apart(row.proposed or 0, row.expected or 0)
        return f"{_name_row(row)} {proposed} instead of {expected}"
    return f"{_name_row(row)} {what}"


def _name_row(row: PowerRow | TotalRow) -> str:
    return f"operator {row.operator_id}" if isinstance(row, PowerRow) else f"task {row.task_definition_id}"


def _args(refusal: Refusal) -> str:
    return f"({', '.join(f'0x{arg.hex()}' if isinstance(arg, bytes) else str(arg) for arg in refusal.args)})"


def _list(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return "; ".join(texts[:SHOWN]) + more
