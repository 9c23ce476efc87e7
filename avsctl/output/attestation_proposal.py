"""The update that an honest performer broadcasts, or a syncer of V1 sends: as JSON data and on the screen."""

from collections.abc import Iterator
from typing import Final

from avsctl.core.power import VotingPowerUpdate, apply_update
from avsctl.core.proposals import Proposal, TotalRecount, TotalsUpdate, count_total
from avsctl.output.attestation_answer import ProposalAnswer, WrittenProposal
from avsctl.output.attestation_screen import proof_line
from avsctl.output.attestation_update import encode_update, tell_update
from avsctl.output.attestation_words import id_span, quoted_span
from avsctl.output.change_calls import encode_call
from avsctl.output.change_words import count_calls
from avsctl.output.encode import Json, encode_id
from avsctl.output.head import power_span
from avsctl.output.screen import Blank, Block, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.text import clip, plural, shorten

_NAME_LIMIT: Final = 20
"""Characters of a name in a table at a terminal."""
_POWERS: Final = (
    Column("id", Kind.NUMBER),
    Column("address", Kind.ADDRESS),
    *(Column(name, Kind.NUMBER) for name in ("L2 (e18)", "change", "becomes")),
)
_TOTALS: Final = (
    Column("task", Kind.NUMBER),
    Column("name"),
    Column("counted over"),
    *(Column(name, Kind.NUMBER) for name in ("minimum (e18)", "total", "becomes")),
)


def encode_proposal(answer: ProposalAnswer) -> dict[str, Json]:
    """Build ``data`` of ``attest propose``; what only a task has is None on V1."""
    proposal, file = answer.proposal, answer.file
    return {
        "task_definition_id": answer.task_definition_id,
        "proof_of_task": proposal.proof_of_task if proposal else None,
        "data": f"0x{proposal.data.hex()}" if proposal else None,
        "update": _encode_update(answer),
        "is_empty": _is_empty(answer),
        "calls": [encode_call(call, None, None) for call in answer.calls],
        "file": {"path": file.path, "sha256": file.sha256} if file else None,
    }


def proposal_blocks(answer: ProposalAnswer) -> Iterator[Block]:
    """Give the screen below its head: what is proposed, and the task or the calls that carry it."""
    yield _subject_line(answer)
    if _is_empty(answer):
        yield Line(_tell_empty(answer), indent=2)
    else:
        yield Line(tell_update(answer.update, has_blocks=answer.proposal is not None), indent=2)
        yield Blank()
        yield from _change_blocks(answer)
    yield from _left_out_lines(answer)
    yield Blank()
    if answer.proposal is not None:
        yield from _task_lines(answer.proposal, answer.state.evm_block)
    yield from _call_lines(answer)
    if answer.file is not None:
        yield from _file_lines(answer.file)


def _encode_update(answer: ProposalAnswer) -> Json:
    encoded = encode_update(answer.update)
    if not isinstance(answer.update, VotingPowerUpdate) or not isinstance(encoded, dict):
        return encoded
    return {**encoded, "left_out": [encode_id(each) for each in answer.update.left_out]}


def _is_empty(answer: ProposalAnswer) -> bool:
    update = answer.update
    return update.is_empty if isinstance(update, VotingPowerUpdate) else not update.calls


def _subject_line(answer: ProposalAnswer) -> Line:
    number = answer.task_definition_id
    if number is None:
        return Line((Span("Voting powers", Style.HEAD), Span(", what a syncer of V1 sends at these blocks")))
    found = answer.state.find(number)
    details = found.details if found else None
    name = (Span(" "), quoted_span(details.name)) if details and details.name else ()
    return Line(
        (Span(f"Task {number}", Style.HEAD), *name, Span(", the update of an honest performer at these blocks"))
    )


def _tell_empty(answer: ProposalAnswer) -> str:
    if isinstance(answer.update, TotalsUpdate):
        return "nothing to recount: no quorum would be counted from another total"
    return "nothing to carry: L2 holds the powers that L1 gives"


def _change_blocks(answer: ProposalAnswer) -> Iterator[Block]:
    if isinstance(answer.update, TotalsUpdate):
        recounts = [call.total for call in answer.update.calls if call.total]
        yield Table(_TOTALS, tuple(_total_row(each, answer) for each in recounts), indent=2)
        return
    after = {each.operator_id: each.voting_power for each in apply_update(answer.state.operators, answer.update)}
    moved = (each for each in answer.state.operators if after[each.operator_id] != each.voting_power)
    rows = [(each, after[each.operator_id]) for each in moved]
    yield Table(
        _POWERS,
        tuple(
            Row(
                (
                    operator.operator_id,
                    operator.address,
                    power_span(operator.voting_power),
                    power_span(now - operator.voting_power, signed=True),
                    power_span(now),
                )
            )
            for operator, now in rows
        ),
        indent=2,
    )


def _total_row(recount: TotalRecount, answer: ProposalAnswer) -> Row:
    number, ids = recount.task_definition_id, recount.operator_ids
    assessment = answer.state.assess(number)
    details = assessment.details if assessment else None
    return Row(
        (
            number,
            Span(details.name, brief=shorten(details.name, _NAME_LIMIT)) if details else Span("unknown", Style.DIM),
            f"ids 1 to {recount.number_of_ids}" if ids is None else f"its list, {plural(len(ids), 'id')}",
            power_span(recount.minimum_voting_power),
            power_span(assessment.quorum.stored_total) if assessment else None,
            power_span(count_total(recount, answer.state)),
        )
    )


def _left_out_lines(answer: ProposalAnswer) -> Iterator[Block]:
    update = answer.update
    if isinstance(update, VotingPowerUpdate) and update.left_out:
        why = Span(": not registered on L1, no operator there, or unreadable")
        yield Line((id_span(update.left_out, "left out {}"), why), Style.WARNING, indent=2, hang=9)


def _task_lines(proposal: Proposal, evm_block: int) -> Iterator[Block]:
    yield proof_line(proposal, evm_block)
    data = f"0x{proposal.data.hex()}"
    yield Line(f"data           {len(proposal.data)} bytes, whole in a pipe, as JSON and with --out", indent=2)
    yield Line((Span(data, brief=clip(data)),), indent=2)


def _call_lines(answer: ProposalAnswer) -> Iterator[Block]:
    """Give what a syncer sends, each call with its data."""
    if answer.calls:
        yield Line(f"{count_calls(len(answer.calls))} to OBLS {answer.deployment.obls}, from a voting power syncer")
    for at, call in enumerate(answer.calls, 1):
        name = call.function.name if call.function else "a function that avsctl does not know"
        data = f"0x{call.data.hex()}"
        yield Line(f"{at}  {name}", indent=2)
        yield Line((Span(data, brief=clip(data)),), indent=5)


def _file_lines(file: WrittenProposal) -> Iterator[Block]:
    yield Blank()
    yield Line((Span("Wrote "), quoted_span(file.path), Span("; nothing was sent.")))
    yield Line(f"sha256 {file.sha256}", indent=2)
