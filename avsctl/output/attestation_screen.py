"""The screen of a simulated attestation: what the task is, then its seven steps, each with its result and figures."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from avsctl.contracts.call import Revert
from avsctl.contracts.error_meanings import When, find_meaning
from avsctl.contracts.keccak import keccak256
from avsctl.core.attestation.conditions import Hook, Refused, assess_rules
from avsctl.core.deployment import Generation
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import Proposal
from avsctl.core.units import Address, OperatorId
from avsctl.output.attestation_after import after_blocks, find_after, tell_after
from avsctl.output.attestation_answer import AttestationAnswer
from avsctl.output.attestation_faults import fault_lines
from avsctl.output.attestation_steps import (
    TITLES,
    Ending,
    Step,
    StepResult,
    find_chain_ending,
    judge_steps,
    name_ending,
    weigh,
)
from avsctl.output.attestation_update import comparison_blocks, tell_comparison, tell_update
from avsctl.output.attestation_votes import quorum_lines, tell_signed, tell_votes, vote_lines
from avsctl.output.attestation_words import NAMED, foreign_span, quoted_span, tell_source, tell_way
from avsctl.output.head import format_moment
from avsctl.output.screen import Bar, Blank, Block, Line, Span, Style
from avsctl.output.text import plural

_TITLE: Final = 17
"""Columns of a step's number and name."""
_MARK: Final = 6
_BENEATH: Final = 2 + _TITLE + _MARK
"""Columns before what is said of a step."""
_MARKS: Final[Mapping[StepResult, tuple[str, Style]]] = {
    StepResult.OK: ("ok", Style.OK),
    StepResult.FAIL: ("FAIL", Style.CRITICAL),
    StepResult.SKIPPED: ("-", Style.DIM),
}
_ENDINGS: Final[Mapping[Ending, str]] = {
    Ending.SUBMITTED: "accepts the task",
    Ending.REJECTED: "takes the task as a rejected one",
    Ending.REVERTED: "reverts ",
}
_HOOKS: Final[Mapping[Hook, str]] = {Hook.AVS_LOGIC: "AvsLogic", Hook.FEE_CALCULATOR: "the fee calculator"}

_Spans: TypeAlias = tuple[Span | Bar, ...]


def attestation_blocks(answer: AttestationAnswer) -> Iterator[Block]:
    """Give the screen below its head."""
    yield from _subject_lines(answer)
    yield Blank()
    results = judge_steps(answer)
    addresses = {each.operator_id: each.address for each in answer.conditions.state.operators}
    yield from _decoding(answer, results)
    yield from _structure(answer, results)
    yield from _recomputation(answer, results, addresses)
    yield _head(Step.VOTES, results, tell_votes(answer.rehearsal))
    yield from vote_lines(answer, _BENEATH)
    yield from _quorum(answer, results)
    yield from _chain(answer, results)
    yield from _after(answer, results, addresses)


def proof_line(proposal: Proposal, evm_block: int) -> Line:
    """Give a proof of task, and say so where it is the hash of the data, or of them and the L2 block read."""
    hashed = {
        proposal.data: "keccak(data)",
        proposal.data + evm_block.to_bytes(32): "keccak(data and the L2 block): the task with keccak(data) is used up",
    }
    for content, told in hashed.items():
        digest = f"0x{keccak256(content).hex()}"
        if proposal.proof_of_task == digest:
            return Line(f"proof of task  {digest}, {told}", indent=2, hang=15)
    return Line((Span("proof of task  "), quoted_span(proposal.proof_of_task)), indent=2, hang=15)


def _subject_lines(answer: AttestationAnswer) -> Iterator[Block]:
    number = answer.proposal.task_definition_id
    assessment = assess_rules(answer.conditions.state, number)
    details = assessment.details if assessment else None
    name = (Span(" "), quoted_span(details.name)) if details and details.name else ()
    yield Line((Span(f"Task {number}", Style.HEAD), *name, Span(", "), *tell_source(answer)), hang=2)
    if answer.mined is not None:
        mined = answer.mined
        yield Line(mined.transaction_hash, indent=2, is_verbatim=True)
        task = "" if mined.task_number is None else f", task number {mined.task_number}"
        yield Line(f"{'landed' if mined.is_success else 'reverted'} in block {mined.block}{task}", indent=2)
    yield proof_line(answer.proposal, answer.conditions.state.evm_block)
    yield Line(f"task hash      0x{answer.rehearsal.attempt.task_hash.hex()}", indent=2)


def _head(step: Step, results: Mapping[Step, StepResult], spans: _Spans) -> Line:
    """Give the first line of a step: its number and name, how it ended, and what is said of it."""
    title = f"{list(Step).index(step) + 1} {TITLES.get(step, step.value)}"
    mark, style = _MARKS[results[step]]
    lead = (Span(f"{title:{_TITLE}}"), Span(f"{mark:{_MARK}}", style))
    return Line((*lead, *spans), indent=2, hang=_TITLE + _MARK)


def _decoding(answer: AttestationAnswer, results: Mapping[Step, StepResult]) -> Iterator[Block]:
    update = answer.proposal.update
    if answer.decoding_fault:
        told: tuple[Span, ...] = (foreign_span("the data is no update: {}", answer.decoding_fault),)
    elif update is None:
        told = (Span("a task of this definition carries no update"),)
    else:
        told = tell_update(update, has_blocks=answer.conditions.generation is not Generation.V1)
    yield _head(Step.DECODING, results, told)


def _structure(answer: AttestationAnswer, results: Mapping[Step, StepResult]) -> Iterator[Block]:
    faults = answer.rehearsal.faults
    if results[Step.STRUCTURE] is StepResult.OK:
        told = _tell_sound(answer)
    else:
        told = plural(len(faults), "fault") if faults else "there is no update to check"
    yield _head(Step.STRUCTURE, results, (Span(told),))
    yield from fault_lines(faults, _BENEATH)


def _tell_sound(answer: AttestationAnswer) -> str:
    if not isinstance(answer.proposal.update, VotingPowerUpdate):
        return "recounts of OBLS alone, by the settings of the definitions"
    sound = "ids active, no duplicates, no decrease below zero"
    if answer.conditions.generation is Generation.V1:
        return sound
    return f"{sound}, blocks in bounds" if answer.l1 else f"{sound}, L2 block in bounds; the head of L1 is not known"


def _recomputation(
    answer: AttestationAnswer, results: Mapping[Step, StepResult], addresses: Mapping[OperatorId, Address]
) -> Iterator[Block]:
    comparison = answer.rehearsal.comparison
    if comparison is None:
        unread = foreign_span("not recomputed: {}", answer.not_recomputed, Style.WARNING)
        nothing = Span("there is no update to recompute")
        yield _head(Step.RECOMPUTATION, results, (unread if answer.not_recomputed else nothing,))
        return
    yield _head(Step.RECOMPUTATION, results, tell_comparison(comparison))
    yield from _recomputed_at_lines(answer)
    yield from comparison_blocks(comparison, addresses)
    if comparison.unsettled:
        told = f"{plural(len(comparison.unsettled), 'row')} let pass: what Othentic's node does there is not known"
        yield Line(told, Style.WARNING, indent=_BENEATH)


def _recomputed_at_lines(answer: AttestationAnswer) -> Iterator[Block]:
    at = answer.recomputed_at
    if at is None:
        return
    named = (("L1", at.l1), ("L2", at.l2))
    blocks = [f"{layer} block {each.number} ({format_moment(each.timestamp)})" for layer, each in named if each]
    yield Line(f"at {' and '.join(blocks)}", indent=_BENEATH)


def _quorum(answer: AttestationAnswer, results: Mapping[Step, StepResult]) -> Iterator[Block]:
    tally, weighed = answer.rehearsal.tally, weigh(answer)
    if tally is None or weighed is None:
        yield _head(Step.QUORUM, results, (Span("there is no total to count from"),))
        return
    yield _head(Step.QUORUM, results, tell_signed(answer, weighed))
    yield from quorum_lines(answer, tally, weighed, _BENEATH)


def _chain(answer: AttestationAnswer, results: Mapping[Step, StepResult]) -> Iterator[Block]:
    chain, ending = answer.chain, find_chain_ending(answer)
    function = "processTask" if chain.asked_with == "processTask" else "submitTask"
    foreseen = _refusal(answer)
    if ending is None:
        yield _head(
            Step.CHAIN,
            results,
            _tell_ending(f"by the model {function}", name_ending(answer.rehearsal.answer), foreseen),
        )
    else:
        yield _head(Step.CHAIN, results, _tell_ending(function, ending, chain.error))
    error = foreseen if ending is None else chain.error
    meaning = None if error is None else find_meaning(error.name, When.TASK)
    if meaning is not None:
        yield Line(meaning.text, indent=_BENEATH)
    yield Line(tell_way(answer), Style.DIM, indent=_BENEATH)
    if chain.lacking:
        yield Line((foreign_span("no better way: {}", chain.lacking, Style.DIM),), indent=_BENEATH)
    yield from _model_lines(answer)


def _refusal(answer: AttestationAnswer) -> Revert | None:
    """Give the error that the model foresees."""
    foreseen = answer.rehearsal.answer
    return Revert(foreseen.error, foreseen.args) if isinstance(foreseen, Refused) else None


def _tell_ending(function: str, ending: Ending, error: Revert | None) -> tuple[Span, ...]:
    lead = Span(f"{function} {_ENDINGS[ending]}")
    if ending is not Ending.REVERTED:
        return (lead,)
    return (lead, foreign_span("{}", error.text if error else "", Style.CRITICAL))


def _model_lines(answer: AttestationAnswer) -> Iterator[Block]:
    """Say where the model differs, and what it cannot foresee where it stands in for the contract."""
    differences = answer.differences or ()
    for each in differences[:NAMED]:
        yield Line((foreign_span("the model differs: {}", each, Style.CRITICAL),), indent=_BENEATH, hang=2)
    if len(differences) > NAMED:
        rest = "; ".join(differences[NAMED:])
        more = f"and {len(differences) - NAMED} more (-o json)"
        yield Line((Span(rest, Style.CRITICAL, brief=more),), indent=_BENEATH)
    unforeseen = answer.rehearsal.unforeseen
    if unforeseen and answer.chain.asked_with in {"processTask", "model"}:
        names = " and ".join(_HOOKS[hook] for hook in unforeseen)
        yield Line(f"{names} of the AVS may refuse it all the same", Style.WARNING, indent=_BENEATH)


def _after(
    answer: AttestationAnswer, results: Mapping[Step, StepResult], addresses: dict[OperatorId, Address]
) -> Iterator[Block]:
    after = find_after(answer)
    if after is None:
        yield _head(Step.AFTER, results, (Span(_tell_nothing(answer)),))
        return
    yield _head(Step.AFTER, results, (Span(tell_after(after)),))
    yield from after_blocks(answer, after, addresses)


def _tell_nothing(answer: AttestationAnswer) -> str:
    """Say what becomes of a task's hash where the task has no effect."""
    ending = find_chain_ending(answer) or name_ending(answer.rehearsal.answer)
    if ending is Ending.REJECTED:
        return "no power changes; the task hash is used up: this very task can never be approved"
    if answer.rehearsal.attempt.task_hash in answer.conditions.burned:
        return "nothing changes; the task hash was used up before"
    return "nothing changes; the task hash stays usable"
