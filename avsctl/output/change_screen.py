"""The screen of a change, in the order in which a signer reads it: who, what, the state after it, and the end."""

from collections.abc import Iterator
from typing import Final

from avsctl.core.changes import CreateDefinition, SetList, SetMinimum, Step
from avsctl.core.multisig import Sender
from avsctl.core.quorum import Assessment
from avsctl.output.change_answer import REFRESH, ChangeAnswer
from avsctl.output.change_calls import call_lines, earlier_lines
from avsctl.output.change_outcome import Outcome, calldata_lines, file_lines, sent_lines
from avsctl.output.change_safe import safe_blocks
from avsctl.output.change_states import overview_table, show_verdict, state_blocks
from avsctl.output.change_why import gap_lines
from avsctl.output.change_words import count_calls, quote, tell_need
from avsctl.output.head import format_moment, power_span
from avsctl.output.screen import Blank, Block, Findings, Line, Span, Style
from avsctl.output.tasks import BINDS_ATTESTERS, tell_expiry, tell_rewards
from avsctl.output.text import clip

_WAYS: Final = {
    "eth_call_override": "eth_call under a code override, not eth_simulateV1,",
    "eth_call_one_by_one": "eth_call, each call alone on the state before all, not eth_simulateV1,",
}
"""Ways to simulate that a name alone does not explain."""
_LAST_DATE: Final = 253_402_300_799
"""The end of the year 9999, after which there is no date to write."""


def change_blocks(answer: ChangeAnswer) -> Iterator[Block]:
    """Give the screen below its head: who sends what, the states, the findings' place, and what was done."""
    yield _sender_line(answer)
    yield Blank()
    if not answer.calls and not answer.reverts:
        yield from _unchanged_lines(answer)
        return
    yield from _call_blocks(answer)
    yield Blank()
    yield from _creation_lines(answer)
    yield from _state_blocks(answer)
    if not answer.reverts and any(_sets_bounds(call.step) for call in answer.calls):
        yield Line(BINDS_ATTESTERS, Style.DIM, indent=2)
    if answer.simulated_with:
        yield from _simulation_lines(answer)
    if answer.safe is not None:
        yield from safe_blocks(answer.safe, answer.prefixes)
    yield Findings()
    yield from _accepted_lines(answer)
    yield from end_blocks(answer)


def _sender_line(answer: ChangeAnswer) -> Line:
    sender, safe = answer.sender, answer.sender.safe
    if safe is not None:
        owners = f"{safe.threshold} of {len(safe.owners)}"
        kind = f"(Safe {clip(safe.version)}, {owners}, nonce {safe.nonce})"
    else:
        kind = "(a contract that is no Safe)" if sender.has_code else "(an account with a key)"
    if answer.holds_role:
        return Line(f"As the governance multisig {sender.address} {kind}")
    lack = Span("which does not hold AVS_GOVERNANCE_MULTISIG", Style.CRITICAL)
    return Line((Span(f"As {sender.address} {kind}, "), lack))


def _unchanged_lines(answer: ChangeAnswer) -> Iterator[Block]:
    """Say that there is nothing to call, and what mends a total that is stale all the same."""
    if answer.command == REFRESH:
        yield Line("Nothing to refresh: there is no stored total that setting it again would mend.")
    else:
        is_named = bool(answer.task_definition_ids)
        subject = (_subject(answer), Span(": nothing to change")) if is_named else (Span("Nothing to change"),)
        yield Line((*subject, Span(", it is set as asked for.")))
    for each in answer.foresights:
        now = each.after or each.before
        if now and now.definition.has_own_total and now.quorum.is_stale:
            yield from _stale_lines(now)


def _stale_lines(assessment: Assessment) -> Iterator[Block]:
    """Say that a total is stale, and what mends it; a refresh would leave 0 where nobody may attest."""
    quorum, number = assessment.quorum, assessment.definition.task_definition_id
    stored, counted = power_span(quorum.stored_total), power_span(quorum.recomputed_total)
    end = ", e18)" if quorum.recomputed_total else ", e18): nobody who may attest has any power"
    figures = (Span(f"the total of task {number} is stale ("), stored, Span(" stored, "), counted, Span(" recomputed"))
    yield Line((*figures, Span(end)), indent=2)
    if quorum.recomputed_total:
        yield Line(f"avsctl {REFRESH} {number}", indent=5, is_verbatim=True)


def _subject(answer: ChangeAnswer) -> Span:
    """Name what is changed; a terminal shows no more of a long name than there is room for."""
    ids, creation = answer.task_definition_ids, answer.creation
    if len(ids) != 1:
        return Span(f"{len(ids)} task definitions", Style.HEAD)
    title = f"New task, expected id {ids[0]}," if creation else f"Task {ids[0]}"
    foresight = answer.find(ids[0])
    known = foresight and (foresight.before or foresight.after)
    details = creation.details if creation else known.details if known else None
    if details is None:
        return Span(title, Style.HEAD)
    brief = quote(details.name, is_brief=True)
    return Span(f"{title} {quote(details.name)}", Style.HEAD, f"{title} {brief}")


def _call_blocks(answer: ChangeAnswer) -> Iterator[Block]:
    center, count = answer.deployment.attestation_center, len(answer.earlier)
    reverts = {place - 1: revert for place, revert in answer.reverts}
    foresights = answer.known
    yield from earlier_lines(answer.earlier, center, reverts)
    if answer.calls:
        yield from (Blank(),) if answer.earlier else ()
        to = Span(f": {count_calls(len(answer.calls))} to AttestationCenter {center}")
        yield Line((_subject(answer), to))
        own = {place - count: revert for place, revert in reverts.items()}
        yield from call_lines(answer.calls, center, own, foresights)
        yield from gap_lines(len(answer.calls), foresights, is_atomic=answer.is_atomic)


def _creation_lines(answer: ChangeAnswer) -> Iterator[Block]:
    """Give what a new definition has beside what decides who attests."""
    foresight = next(iter(answer.known), None)
    after = foresight.after if foresight else None
    if answer.creation is None or after is None or after.details is None:
        return
    date = answer.expiry_date
    about = f", about {format_moment(date)}" if date is not None and 0 <= date <= _LAST_DATE else ""
    yield Line(f"{tell_expiry(after, answer.evm_block)}{about}", indent=2)
    yield Line(tell_rewards(after), indent=2)
    if after.details.dispute_period_blocks:
        yield Line(f"dispute period {after.details.dispute_period_blocks} blocks", indent=2)
    yield Blank()


def _state_blocks(answer: ChangeAnswer) -> Iterator[Block]:
    generation = answer.deployment.generation
    foresights = [each for each in answer.known if each.before or each.after]
    if len(foresights) == 1:
        yield from state_blocks(foresights[0], generation)
        yield Blank()
    elif foresights:
        yield overview_table(foresights, generation)
        yield Blank()


def _sets_bounds(step: Step) -> bool:
    """Whether a call sets a list or a minimum as asked for; one that recounts a total sets what is set."""
    match step.setting:
        case _ if step.why is not None:
            return False
        case SetMinimum():
            return step.setting.voting_power > 0
        case SetList():
            return bool(step.setting.operator_ids)
        case CreateDefinition():
            return step.setting.definition.has_own_total
    return False


def _simulation_lines(answer: ChangeAnswer) -> Iterator[Block]:
    way = _WAYS.get(answer.simulated_with, answer.simulated_with)
    block = (
        f"block {answer.evm_block}" if answer.is_next_block else f"block {answer.evm_block} itself, not the next one"
    )
    yield Line(f"simulated with {way} at {block}", Style.DIM, indent=2)
    if answer.l1 is not None and any(each.after_10001 for each in answer.known):
        yield Line(f"next sync foreseen from L1 block {answer.l1.number}", Style.DIM, indent=2)


def _accepted_lines(answer: ChangeAnswer) -> Iterator[Block]:
    accepted = answer.accepted
    if accepted:
        yield Line(f"Accepted by --allow: {', '.join(finding.code for finding in accepted)}", Style.WARNING)


def end_blocks(answer: ChangeAnswer) -> Iterator[Block]:
    """Give the last lines: what was done with the calls, or that nothing was."""
    if answer.refused and not answer.sent:
        yield Line("Refused; nothing was written or sent.", Style.CRITICAL)
    elif answer.is_unexpected:
        yield Line("Not the transaction that --expect names; nothing was written or sent.", Style.CRITICAL)
    elif answer.outcome is Outcome.PREVIEW:
        yield Line("Not sent yet.")
    elif answer.outcome is Outcome.SHOWN:
        yield Line(f"Nothing was written or sent; add {_ways_out(answer.sender)}.")
    elif answer.outcome is Outcome.CALLDATA:
        yield from calldata_lines(answer.calldata)
    elif answer.outcome is Outcome.WRITTEN:
        yield from file_lines(answer.files)
    else:
        yield from _sent_blocks(answer)


def _ways_out(sender: Sender) -> str:
    """Name the options that do something for this sender: a Safe needs signatures, another account no batch."""
    if sender.safe is not None:
        return "--calldata or --safe-batch FILE"
    return "--calldata" if sender.has_code else "--calldata or --send"


def _sent_blocks(answer: ChangeAnswer) -> Iterator[Block]:
    creation = answer.creation
    yield _end_line(answer)
    if answer.sent or answer.pending:
        expected = creation.task_definition_id if creation else None
        yield from sent_lines(answer.sent, answer.pending, len(answer.calls), expected)
    for each in answer.now:
        subject = f"Task {each.definition.task_definition_id} is now "
        yield Line((Span(subject), show_verdict(each), Span(" "), *tell_need(each), Span(".")))


def _end_line(answer: ChangeAnswer) -> Line:
    """Say how the sending ended, where it was begun."""
    nothing = "" if answer.sent or answer.pending else "; nothing was sent"
    match answer.outcome:
        case Outcome.SENT:
            return Line(f"Sent {count_calls(len(answer.sent))}.", Style.OK)
        case Outcome.REVERTED:
            return Line("A call reverted.", Style.CRITICAL)
        case Outcome.INTERRUPTED:
            return Line(f"Interrupted{nothing}.", Style.WARNING)
    reason = ": the next call is refused as things are now" if answer.refused else ""
    return Line(f"Stopped{reason}{nothing}.", Style.CRITICAL)
