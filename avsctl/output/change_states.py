"""The stages of a changed definition side by side: before, after, and after the syncs that follow."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from avsctl.core.deployment import Generation
from avsctl.core.foresight import Foresight
from avsctl.core.quorum import Assessment, Member, Quorum
from avsctl.core.units import format_e18
from avsctl.output.change_words import type_power
from avsctl.output.encode import Json
from avsctl.output.head import power_span
from avsctl.output.screen import Block, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.tasks import VERDICT_STYLES, encode_assessment
from avsctl.output.text import shorten

_NAMED: Final = 6
"""Operators that a cell or, at a terminal, a sentence names at most; the others are counted."""
_NAME_LIMIT: Final = 16
"""Characters of a name that a table of several definitions shows at a terminal."""
_INDENT: Final = 2

_Show = Callable[[Assessment], Span]


def encode_states(foresight: Foresight | None) -> dict[str, Json]:
    """Build ``states``: a definition at each of its stages, null where it does not exist or is not known."""
    names = ("before", "after", "after_10001", "after_10002")
    stages = {name: getattr(foresight, name, None) for name in names}
    return {name: encode_assessment(stage) if stage else None for name, stage in stages.items()}


def state_blocks(foresight: Foresight, generation: Generation) -> Iterator[Block]:
    """Give one definition with its stages in columns, then its list where that changes, and who may attest no more."""
    stages = [(name, stage) for name, stage in _list_stages(foresight, generation) if stage]
    if not stages:
        return
    rows = [(label, [show(stage) for _, stage in stages]) for label, show in _list_rows(foresight, generation)]
    before, after = foresight.before, foresight.after
    changed = [bool(before and after) and spans[0].text != spans[1].text for _, spans in rows]
    yield _draw_stages([name for name, _ in stages], rows, changed)
    if any(changed):
        yield Line("* changed by the calls", Style.DIM, indent=_INDENT)
    if before and after:
        yield from _list_lines(before, after)
        yield from _membership_lines(before, after)


def overview_table(foresights: Sequence[Foresight], generation: Generation) -> Table:
    """Give several definitions in a line each: total and verdict before and after, and what is needed after."""
    syncs = [at for at in (2, 3) if any(_list_stages(each, generation)[at][1] for each in foresights)]
    short = {2: "sync" if generation is Generation.V1 else "10001", 3: "10002"}
    columns = (
        Column("id", Kind.NUMBER),
        Column("name"),
        Column("total (e18)", Kind.NUMBER, expendable=3),
        Column("after", Kind.NUMBER, expendable=4),
        Column("needed", Kind.NUMBER, expendable=2),
        Column("attainable", Kind.NUMBER, expendable=1),
        Column("verdict", expendable=5),
        Column("after"),
        *(Column(short[at]) for at in syncs),
    )
    return Table(columns, tuple(_overview_row(each, generation, syncs) for each in foresights), indent=_INDENT)


def _list_stages(foresight: Foresight, generation: Generation) -> list[tuple[str, Assessment | None]]:
    sync = "after next sync" if generation is Generation.V1 else "after next 10001"
    return [
        ("before", foresight.before),
        ("after", foresight.after),
        (sync, foresight.after_10001),
        ("after next 10002", foresight.after_10002),
    ]


def _list_rows(foresight: Foresight, generation: Generation) -> Iterator[tuple[str, _Show]]:
    """Give the rows that say something here, each with what it shows of a stage."""
    stages = [stage for _, stage in _list_stages(foresight, generation) if stage]
    yield "minimum power (e18)", lambda each: power_span(each.definition.minimum_voting_power)
    if generation is not Generation.V1:
        yield "maximum attesters", lambda each: Span(str(each.definition.maximum_number_of_attesters or "no limit"))
    if foresight.before is None or len({each.definition.restricted_operator_ids for each in stages}) > 1:
        yield "restricted to", _show_list
    yield "eligible operators", lambda each: Span(str(len(_eligible(each))))
    yield "stored total (e18)", lambda each: power_span(each.quorum.stored_total)
    if any(each.quorum.is_stale for each in stages):
        yield "recomputed total", lambda each: power_span(each.quorum.recomputed_total)
    yield "needed to approve", lambda each: power_span(each.quorum.required_approve)
    yield "attainable", lambda each: power_span(each.quorum.attainable)
    yield "may be offline", lambda each: Span(_tell_spare(each))
    yield from _list_rewards(stages)
    yield "verdict", show_verdict


def _list_rewards(stages: Sequence[Assessment]) -> Iterator[tuple[str, _Show]]:
    """Give a row for each reward that changes."""
    for role in ("attester", "performer", "aggregator"):

        def show(each: Assessment, field: str = f"{role}_reward") -> Span:
            return Span("unknown" if each.details is None else format_e18(getattr(each.details, field)))

        if len({show(each).text for each in stages}) > 1:
            yield f"{role} reward (e18)", show


def show_verdict(assessment: Assessment) -> Span:
    """Write a verdict as screens have it."""
    return Span(assessment.verdict.value.upper(), VERDICT_STYLES[assessment.verdict])


def _show_list(assessment: Assessment) -> Span:
    listed = len(assessment.definition.restricted_operator_ids)
    return Span(f"{listed} ids" if listed else "anyone")


def _tell_spare(assessment: Assessment) -> str:
    quorum = assessment.quorum
    if quorum.spare_operators is None:
        return "-"
    return f"any {quorum.spare_operators}" if quorum.spare_operators else _tell_pivotal(quorum, assessment)


def _tell_pivotal(quorum: Quorum, assessment: Assessment) -> str:
    """Say who alone may be offline where the strongest may not."""
    if len(quorum.pivotal) == len(_eligible(assessment)):
        return "none"
    if len(quorum.pivotal) > _NAMED:
        return f"any but {len(quorum.pivotal)} of them"
    return f"any but {', '.join(map(str, quorum.pivotal))}"


def _draw_stages(names: Sequence[str], rows: Sequence[tuple[str, list[Span]]], changed: Sequence[bool]) -> Table:
    """Draw the stages as columns, with a mark before what the calls change, and all that changes made to stand out."""
    mark = (Column(""),) if any(changed) else ()
    drawn = [
        Row((*(Span("*" if is_changed else ""),) * len(mark), label, *_emphasise(spans)))
        for (label, spans), is_changed in zip(rows, changed, strict=True)
    ]
    columns = (*mark, Column(""), *(Column(name, Kind.NUMBER) for name in names))
    return Table(columns, tuple(drawn), indent=_INDENT)


def _emphasise(spans: Sequence[Span]) -> Iterator[Span]:
    for at, span in enumerate(spans):
        is_new = at > 0 and span.text != spans[at - 1].text and span.style is Style.PLAIN
        yield Span(span.text, Style.HEAD if is_new else span.style, span.brief)


def _list_lines(before: Assessment, after: Assessment) -> Iterator[Block]:
    """Write both lists where they differ."""
    was, will = before.definition.restricted_operator_ids, after.definition.restricted_operator_ids
    if was != will:
        for label, ids in (("list before  ", was), ("list after   ", will)):
            text = f"[{', '.join(map(str, ids))}]" if ids else "none: anyone may attest"
            yield Line((Span(label, Style.DIM), Span(text)), indent=_INDENT, hang=len(label))


def _membership_lines(before: Assessment, after: Assessment) -> Iterator[Block]:
    """Name who can no longer attest, by the reason, and who newly can."""
    was, will = _eligible(before), _eligible(after)
    reasons: dict[int, str | None] = {member.operator_id: member.reason for member in after.members}
    lost = sorted(
        (_REASONS.get(reasons.get(number) or "", _NOT_LISTED), number) for number in was if number not in will
    )
    for reason, group in groupby(lost, key=lambda each: each[0]):
        members = [was[number] for _, number in group]
        verb = "is" if len(members) == 1 else "are"
        yield Line((*_name_operators(members), Span(f" {verb} {reason} and can no longer attest.")), indent=_INDENT)
    gained = [member for number, member in will.items() if number not in was]
    if gained:
        yield Line((*_name_operators(gained), Span(" can attest newly.")), indent=_INDENT)


_REASONS: Final = {"below_minimum": "below the new minimum", "inactive": "not active"}
_NOT_LISTED: Final = "not on the new list"


def _name_operators(members: Sequence[Member]) -> tuple[Span, ...]:
    """Name operators with their powers; a terminal counts those beyond the first."""
    named = [
        f"{each.operator_id} ({type_power(each.operator.voting_power if each.operator else 0)})" for each in members
    ]
    more = len(named) - _NAMED
    brief = f"{', '.join(named[:_NAMED])} and {more} more" if more > 0 else ""
    return (Span("operator " if len(named) == 1 else "operators "), Span(", ".join(named), brief=brief))


def _eligible(assessment: Assessment) -> dict[int, Member]:
    return {member.operator_id: member for member in assessment.members if member.reason is None}


def _overview_row(foresight: Foresight, generation: Generation, syncs: Sequence[int]) -> Row:
    before, after = foresight.before, foresight.after
    details = after.details if after else before.details if before else None
    name = Span(details.name, brief=shorten(details.name, _NAME_LIMIT)) if details else Span("unknown", Style.DIM)
    stages = [stage for _, stage in _list_stages(foresight, generation)]
    return Row(
        (
            foresight.task_definition_id,
            name,
            *(power_span(each.quorum.stored_total) if each else None for each in (before, after)),
            power_span(after.quorum.required_approve) if after else None,
            power_span(after.quorum.attainable) if after else None,
            *(show_verdict(each) if each else None for each in (before, after)),
            *(show_verdict(each) if each else None for each in (stages[at] for at in syncs)),
        )
    )
