"""Who votes how on a task, and what the votes weigh: as JSON data and on the screen, two bars on one scale."""

from collections.abc import Iterator

from avsctl.core.attestation.conditions import assess_rules
from avsctl.core.attestation.recomputation import PowerRow
from avsctl.core.attestation.rehearsal import Rehearsal
from avsctl.core.attestation.tally import Tally
from avsctl.core.attestation.views import View
from avsctl.core.attestation.votes import Ballot, Vote
from avsctl.core.quorum import Quorum
from avsctl.core.units import Address, OperatorId
from avsctl.output.attestation_answer import AttestationAnswer
from avsctl.output.attestation_steps import Signed, weigh
from avsctl.output.attestation_update import encode_row
from avsctl.output.attestation_words import beside_bar, foreign_span, id_span, quoted_span
from avsctl.output.encode import Json, decimal, encode_id
from avsctl.output.head import power_span
from avsctl.output.screen import Bar, Block, Line, Span, Style
from avsctl.output.tasks import encode_quorum
from avsctl.output.text import plural


def encode_votes(rehearsal: Rehearsal) -> Json:
    """Build ``votes``: who approves, rejects and stays away, and whose votes are handed in."""
    votes, attempt = rehearsal.votes, rehearsal.attempt
    return {
        **{vote.value: [encode_id(each) for each in votes.ids(vote)] for vote in Vote},
        "handed_in": {
            "approved": attempt.is_approved,
            "operator_ids": [encode_id(each) for each in attempt.attester_ids],
        },
        "ineligible": [
            {"operator_id": encode_id(each.operator_id), "error": each.error or None} for each in votes.ineligible
        ],
    }


def encode_ballot(ballot: Ballot, addresses: dict[OperatorId, Address]) -> Json:
    """Build one eligible attester."""
    return {
        "operator_id": encode_id(ballot.operator_id),
        "address": addresses.get(ballot.operator_id),
        "voting_power": decimal(ballot.voting_power),
        "vote": ballot.vote.value,
        "reason": ballot.reason.value,
    }


def encode_view(view: View) -> Json:
    """Build what attesters with endpoints of their own find."""
    comparison = view.comparison
    return {
        "name": view.name,
        "operator_ids": [encode_id(each) for each in view.operator_ids],
        "is_right": view.is_right,
        "comparison": None if comparison is None else [encode_row(row) for row in comparison.rows],
        "failure": view.failure or None,
    }


def encode_weights(answer: AttestationAnswer) -> Json:
    """Build ``quorum`` with what the votes weigh; None where there is no such definition."""
    tally, weighed, attempt = answer.rehearsal.tally, weigh(answer), answer.rehearsal.attempt
    if tally is None or weighed is None:
        return None
    approving = weighed.signed if attempt.is_approved else tally.approving.signed
    rejecting = tally.rejecting.signed if attempt.is_approved else weighed.signed
    return {
        "total": decimal(tally.quorum.stored_total),
        **encode_quorum(tally.quorum),
        "signed_approve": decimal(approving),
        "signed_reject": decimal(rejecting),
        "margin": decimal(approving - tally.quorum.required_approve),
        "smallest_passing_set": [encode_id(each) for each in tally.smallest_passing_set],
    }


def tell_votes(rehearsal: Rehearsal) -> tuple[Span, ...]:
    """Say how many approve, reject and stay away, and who."""
    if rehearsal.tally is None:
        return (Span("there is no such task definition, so nobody votes"),)
    spans: list[Span] = []
    for vote in Vote:
        ids = rehearsal.votes.ids(vote)
        gap = "   " if spans else ""
        spans.append(id_span(ids, f"{gap}{len(ids)} {vote.value} ({{}})") if ids else Span(f"{gap}0 {vote.value}"))
    return tuple(spans)


def vote_lines(answer: AttestationAnswer, indent: int) -> Iterator[Block]:
    """Say what is out of the ordinary: why they reject, whose view differs, who may not vote, who is not handed in."""
    rehearsal = answer.rehearsal
    if rehearsal.tally is None:
        return
    if not rehearsal.is_right:
        yield Line("an attester that recomputes it rejects it", indent=indent)
    for view in answer.views:
        yield Line(_tell_view(view), indent=indent, hang=2)
    for each in rehearsal.votes.ineligible:
        text = f"operator {each.operator_id} may not attest: {each.error or 'not eligible'}"
        yield Line(text, Style.WARNING, indent=indent)
    yield from _handed_in_lines(rehearsal, rehearsal.tally, indent)


def tell_signed(answer: AttestationAnswer, weighed: Signed) -> tuple[Span | Bar, ...]:
    """Give the upper of the two bars: what is handed in."""
    is_approved = answer.rehearsal.attempt.is_approved
    enough = Style.OK if is_approved else Style.WARNING
    bar = Bar(weighed.signed, _scale(weighed), style=enough if weighed.is_enough else Style.CRITICAL)
    vote = () if is_approved else (Span(" to reject"),)
    return (Span("signed "), bar, beside_bar(weighed.signed), *vote)


def quorum_lines(answer: AttestationAnswer, tally: Tally, weighed: Signed, indent: int) -> Iterator[Line]:
    """Give the lower bar, and what the quorum rests on.

    Args:
        answer: the task.
        tally: of its votes.
        weighed: what is handed in.
        indent: columns before the lines.
    """
    needed = (Span("needed "), Bar(weighed.required, _scale(weighed)), beside_bar(weighed.required))
    yield Line((*needed, *_tell_margin(weighed)), indent=indent)
    yield from _total_lines(answer, tally.quorum, indent)
    if not answer.rehearsal.attempt.is_approved:
        return
    yield Line(_tell_needed(tally), indent=indent, hang=2)
    if tally.is_contested:
        rejecting = (power_span(tally.rejecting.signed), Span(" of "), power_span(tally.quorum.required_reject))
        lead = Span("those who reject suffice, too: ", Style.WARNING)
        yield Line((lead, *rejecting, Span("; handed in first they use the task up")), indent=indent, hang=2)


def _scale(weighed: Signed) -> int:
    return max(weighed.signed, weighed.required, 1)


def _tell_view(view: View) -> tuple[Span, ...]:
    of = id_span(view.operator_ids, f" of operator{'' if len(view.operator_ids) == 1 else 's'} {{}}")
    lead = (Span("view "), quoted_span(view.name), *((of,) if view.operator_ids else ()))
    if view.comparison is None:
        return (*lead, foreign_span(" cannot be read: {}", view.failure or "no answer", Style.CRITICAL))
    if view.failure:
        return (*lead, foreign_span(" rejects it: {}", view.failure, Style.CRITICAL))
    if view.is_right:
        return (*lead, Span(" finds it right"))
    wrong = view.comparison.wrong
    ids = [each.operator_id if isinstance(each, PowerRow) else each.task_definition_id for each in wrong]
    return (*lead, id_span(ids, f" finds {plural(len(wrong), 'row')} wrong: {{}}"))


def _handed_in_lines(rehearsal: Rehearsal, tally: Tally, indent: int) -> Iterator[Block]:
    """Say whose votes are handed in, where that is not everyone who approves."""
    attempt = rehearsal.attempt
    if not attempt.attester_ids:
        yield Line("no vote is handed in", Style.WARNING, indent=indent)
        return
    if attempt.is_approved and attempt.attester_ids == rehearsal.votes.ids(Vote.APPROVE):
        return
    what = "approval" if attempt.is_approved else "rejection"
    yield Line((id_span(attempt.attester_ids, f"handed in: the {what} of {{}}"),), indent=indent, hang=2)
    left = tally.handed_in.not_handed_in
    if left and attempt.attester_ids == tally.handed_in.attester_ids:
        yield Line((id_span(left, "beyond the maximum of attesters: {}"),), indent=indent, hang=2)


def _tell_margin(weighed: Signed) -> tuple[Span, ...]:
    if not weighed.required:
        return (Span("   from such a total nothing passes", Style.CRITICAL),)
    if not weighed.margin:
        return (Span("   exactly"),)
    lead = Span("   short by ", Style.CRITICAL) if weighed.margin < 0 else Span("   more by ")
    return (lead, power_span(abs(weighed.margin)))


def _tell_needed(tally: Tally) -> tuple[Span, ...]:
    """Say who cannot be done without, and the fewest who suffice."""
    quorum = tally.quorum
    if not quorum.is_attainable:
        return (Span("no set of attesters passes: all who may attest bring "), power_span(quorum.attainable))
    if quorum.pivotal:
        word = "operator" if len(quorum.pivotal) == 1 else "operators"
        lead = id_span(quorum.pivotal, f"every passing set holds {word} {{}}")
    else:
        lead = Span(f"any {quorum.spare_operators} may be offline")
    return (lead, id_span(tally.smallest_passing_set, "; smallest: {}", " + "))


def _total_lines(answer: AttestationAnswer, quorum: Quorum, indent: int) -> Iterator[Line]:
    """Say where the total comes from, unless it is what the powers give."""
    assessment = assess_rules(answer.conditions.state, answer.proposal.task_definition_id)
    if assessment is None or not quorum.is_stale:
        return
    if not assessment.definition.has_own_total:
        whose = "counted from the global total, "
    else:
        is_hidden = quorum.raw_total == 0 and quorum.stored_total
        whose = (
            "counted from the global total, as the stored one is 0: " if is_hidden else "counted from a stale total, "
        )
    figures = (power_span(quorum.stored_total), Span("; the powers of those who may attest give "))
    yield Line((Span(whose, Style.WARNING), *figures, power_span(quorum.recomputed_total)), indent=indent, hang=2)
