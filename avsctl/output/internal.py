"""The state of the internal tasks: when each ran and is due, its last day, and who would have to attest it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import Finding
from avsctl.core.internal_status import (
    DAY_SECONDS,
    Attester,
    InternalTaskStatus,
    Run,
    build_timeline,
)
from avsctl.core.internal_tasks import IntervalSource
from avsctl.core.power import Status
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TOTALS_SYNC
from avsctl.core.units import format_duration
from avsctl.errors import Problem
from avsctl.output.encode import Json, decimal
from avsctl.output.head import format_moment, format_time, head_lines, power_span
from avsctl.output.result import Result
from avsctl.output.screen import Bar, Blank, Block, Cell, Column, Kind, Line, Row, Span, Style, Table, Tick, Ticks
from avsctl.output.tasks import VERDICT_STYLES, encode_member, encode_quorum
from avsctl.output.text import plural

SHOWN_WHEN_OPEN = 12
"""Attesters of a definition without a list that a terminal shows; of more only those that something is wrong with."""
_MINUTES = len("00:00")
_NODES = "whether an aggregator runs with internal tasks is not on chain: only what landed is"
_WITHOUT_L1 = "L1 was not read: whether a 10001 run is needed, and which operators are gone, is not known"
_NO_GETTER = "what updateInternalTaskConfig set on chain is not readable: V3 has neither getter nor event for it"
_L1_WORDS = {
    Status.NOT_AN_OPERATOR_ON_L1: "left EigenLayer",
    Status.NOT_REGISTERED_ON_L1: "not registered",
    Status.UNREADABLE_ON_L1: "cannot be read",
}
_REASONS = {"unknown": "exists nowhere", "inactive": "dead", "below_minimum": "below minimum"}


@dataclass(frozen=True)
class InternalAnswer:
    """The internal tasks as they were read and judged."""

    deployment: Deployment
    l1: BlockRef | None
    """None where L1 was not read."""
    l2: BlockRef
    statuses: tuple[InternalTaskStatus, ...]
    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...] = ()
    """Operators whose L1 read failed."""
    status: int | None = None
    """The status of the errors, if there are any."""


def present_internal(answer: InternalAnswer, wall_time: int) -> Result:
    """Give the result of ``internal status``."""
    now = answer.l2.timestamp
    screen = (
        *head_lines(answer.deployment, answer.l1, answer.l2, wall_time),
        _overview(answer.statuses, now),
        *_notes(answer),
        Blank(),
        *(line for status in answer.statuses for line in (_timeline(status, now), *_last_lines(status))),
        *(block for status in answer.statuses for block in _attester_blocks(answer, status)),
    )
    return Result(
        "internal status",
        {"internal_tasks": [_encode_status(status, now) for status in answer.statuses]},
        screen=screen,
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
        errors=answer.errors,
        status=answer.status,
    )


# JSON


def _encode_status(status: InternalTaskStatus, now: int) -> dict[str, Json]:
    schedule, timeline = status.schedule, build_timeline(status.history, status.interval, now)
    return {
        "task_definition_id": status.task_definition_id,
        "name": status.name.value,
        "interval_ms": status.interval.milliseconds,
        "interval_from": status.interval.source.value,
        "last": _encode_run(status.last),
        "last_rejected": _encode_run(status.last_rejected),
        "carries": status.carries,
        "next_due": schedule.next_due,
        "overdue_s": schedule.overdue_seconds,
        "missed": schedule.missed,
        "timeline": {
            "seen_from": status.history.seen_from,
            "slot_s": timeline.slot_seconds,
            "slots": [slot.value for slot in timeline.slots],
        },
        "attesters": [_encode_attester(attester) for attester in status.attesters],
        "quorum": encode_quorum(status.assessment.quorum),
        "departed": [each.member.operator_id for each in status.departed],
        "attainable_without_departed": decimal(status.attainable_without_departed),
        "verdict": status.assessment.verdict.value,
    }


def _encode_run(run: Run | None) -> Json:
    if run is None:
        return None
    l1, l2 = run.to_blocks or (None, None)
    return {
        "to_block_l1": decimal(l1),
        "to_block_l2": decimal(l2),
        "timestamp": run.timestamp,
        "block": run.block,
        "landed_at": run.landed_at,
        "transaction": run.transaction,
        "task_number": run.task_number,
        "outcome": "approved" if run.is_approved else "rejected",
        "from": run.seen_in.value,
    }


def _encode_attester(attester: Attester) -> Json:
    member, l1 = attester.member, attester.l1
    return {
        **encode_member(member),
        "l1_status": l1.status.value if l1 else None,
        "l1_voting_power": decimal(l1.l1_voting_power if l1 else None),
    }


# Screen


def _overview(statuses: Sequence[InternalTaskStatus], now: int) -> Table:
    columns = (
        Column("id", Kind.NUMBER),
        Column("name"),
        Column("interval"),
        Column("last run"),
        Column("due"),
        Column("now"),
    )
    return Table(columns, tuple(Row(_overview_cells(status, now)) for status in statuses))


def _overview_cells(status: InternalTaskStatus, now: int) -> tuple[Cell, ...]:
    due = status.schedule.next_due
    return (
        status.task_definition_id,
        status.name.value,
        _tell_interval(status),
        _tell_last(status, now),
        None if due is None else Span(format_moment(due), brief=_clock(due)),
        _tell_now(status),
    )


def _tell_interval(status: InternalTaskStatus) -> str:
    seconds = status.interval.seconds
    if seconds is None:
        return "not named"
    assumed = " assumed" if status.interval.source is IntervalSource.DEFAULT else ""
    return f"{_brief_duration(seconds)}{assumed}"


def _tell_last(status: InternalTaskStatus, now: int) -> Span:
    last = status.last
    if last is None:
        return Span("none seen" if status.history.covers_day(now) else "unknown (no logs)", Style.DIM)
    if last.timestamp is None:
        return Span("cannot be dated", Style.DIM)
    age = format_duration(now - last.timestamp)
    return Span(f"{format_moment(last.timestamp)} {age}", brief=f"{_clock(last.timestamp)} {age}")


def _tell_now(status: InternalTaskStatus) -> Span:
    """Say in a word or two how a task stands: dead before late, late before idle."""
    missed, carries = status.schedule.missed, status.carries
    if status.assessment.verdict is Verdict.DEAD:
        return Span("DEAD", Style.CRITICAL)
    if carries == 0:
        return Span("idle", Style.OK)
    if missed is None:
        return Span("?", Style.DIM)
    if not status.schedule.is_overdue:
        return Span("late" if missed else "on time")
    if carries is None:
        return Span(f"{missed}x none", Style.WARNING)
    return Span(f"OVERDUE {missed}x", Style.CRITICAL)


def _notes(answer: InternalAnswer) -> Iterator[Line]:
    sources = {status.interval.source for status in answer.statuses}
    if IntervalSource.DEFAULT in sources:
        text = "interval: INTERNAL_TASKS is not set here; 3600000 ms is the documented default of the node"
        yield Line(text, Style.DIM, indent=7)
    if answer.deployment.generation is Generation.V3:
        yield Line(_NO_GETTER, Style.DIM, indent=7)
    if answer.l1 is None:
        yield Line(_WITHOUT_L1, Style.DIM, indent=7)
    yield Line(_NODES, Style.DIM, indent=7)


def _timeline(status: InternalTaskStatus, now: int) -> Line:
    """Draw the last day at a terminal; the numbers beside it say the same elsewhere."""
    timeline = build_timeline(status.history, status.interval, now)
    ticks = Ticks(tuple(Tick(slot.value) for slot in timeline.slots))
    runs = [run for run in status.history.runs if run.timestamp is not None and run.timestamp > now - DAY_SECONDS]
    landed = sum(run.is_approved for run in runs)
    told = f"  {landed} landed in 24 h"
    rejected = len(runs) - landed
    told += f", {rejected} rejected" if rejected else ""
    seen_from = status.history.seen_from
    if seen_from is None:
        told = "  nothing is seen of the last 24 h"
    elif not status.history.covers_day(now):
        told += f", seen from {_clock(seen_from)} on"
    wide = f"{told}; a column is {_brief_duration(timeline.slot_seconds)}"
    return Line((Span(f"{status.task_definition_id}  "), ticks, Span(told, brief=wide)))


def _last_lines(status: InternalTaskStatus) -> Iterator[Line]:
    """Tell what is known of the last run, of a rejection since, and what a run would do now."""
    for run in (status.last, status.last_rejected):
        if run is not None:
            yield Line(f"{'last' if run.is_approved else 'rejected'}: {_tell_run(run)}", Style.DIM, indent=7, hang=6)
    unit = "total" if status.task_definition_id == TOTALS_SYNC else "operator"
    if status.carries is not None:
        text = f"would change {plural(status.carries, unit)} now" if status.carries else "has nothing to change now"
        yield Line(text, Style.DIM, indent=7)


def _tell_run(run: Run) -> str:
    parts = []
    if run.to_blocks is not None:
        parts.append("read up to L1 block {} and L2 block {}".format(*run.to_blocks))
    if run.block is not None:
        time = "" if run.landed_at is None else f" at {format_moment(run.landed_at)}"
        parts.append(f"in L2 block {run.block}{time}")
    if run.task_number is not None:
        parts.append(f"task {run.task_number}")
    return ", ".join((*parts, run.transaction or "where it landed is not known"))


def _attester_blocks(answer: InternalAnswer, status: InternalTaskStatus) -> Iterator[Block]:
    first = answer.statuses[0]
    verdict = status.assessment.verdict
    title = f"{status.task_definition_id} can be attested by"
    named = Span(verdict.value.upper(), VERDICT_STYLES[verdict])
    yield Blank()
    if status is not first and status.attesters == first.attesters:
        same = f"{title} the same as {first.task_definition_id}"
        yield Line((Span(same, Style.HEAD), Span("   verdict "), named))
    else:
        anyone = "" if status.assessment.definition.restricted_operator_ids else " anyone active"
        yield Line((Span(f"{title}{anyone}", Style.HEAD), Span("   verdict "), named))
        yield _attesters(answer, status)
    yield from _quorum_lines(status)


def _attesters(answer: InternalAnswer, status: InternalTaskStatus) -> Table:
    columns = (
        Column("id", Kind.NUMBER),
        Column("address", Kind.ADDRESS),
        Column("active"),
        Column("power (e18)", Kind.NUMBER),
        *((Column("L1 today", Kind.NUMBER), Column("")) if answer.l1 else ()),
    )
    is_long = not status.assessment.definition.restricted_operator_ids and len(status.attesters) > SHOWN_WHEN_OPEN
    rows = [_attester_row(answer, each, is_folded=is_long and _is_plain(each)) for each in status.attesters]
    folded = sum(row.is_folded for row in rows)
    note = f"{folded} others may attest and are on L1 too" if answer.l1 else f"{folded} others may attest"
    return Table(columns, tuple(rows), note, indent=2)


def _is_plain(attester: Attester) -> bool:
    is_there = attester.l1 is None or bool(attester.l1.l1_voting_power)
    return attester.member.reason is None and is_there


def _attester_row(answer: InternalAnswer, attester: Attester, *, is_folded: bool) -> Row:
    operator, reason = attester.member.operator, attester.member.reason
    power = None if operator is None else power_span(operator.voting_power)
    active = None if operator is None else operator.is_active
    cells: tuple[Cell, ...] = (
        attester.member.operator_id,
        operator.address if operator else Span(_REASONS[reason or "unknown"], Style.WARNING),
        active if reason != "below_minimum" else Span(_REASONS[reason], Style.WARNING),
        power,
    )
    return Row((*cells, *(_l1_cells(attester) if answer.l1 else ())), is_folded)


def _l1_cells(attester: Attester) -> tuple[Cell, Cell]:
    l1 = attester.l1
    if l1 is None:
        return None, ""
    words = "no power left" if l1.l1_voting_power == 0 and l1.l2_voting_power else ""
    return power_span(l1.l1_voting_power), Span(_L1_WORDS.get(l1.status, words), Style.WARNING)


def _quorum_lines(status: InternalTaskStatus) -> Iterator[Line]:
    """Draw what is needed, what is there, and what is there without those that departed, on one scale."""
    quorum = status.assessment.quorum
    scale = max(quorum.required_approve, quorum.attainable, 1)
    enough = Style.OK if quorum.is_attainable else Style.CRITICAL
    measures = [("needed", quorum.required_approve, Style.PLAIN), ("attainable", quorum.attainable, enough)]
    left = status.attainable_without_departed
    if left is not None and status.departed:
        ids = ", ".join(str(each.member.operator_id) for each in status.departed)
        style = Style.OK if 0 < quorum.required_approve <= left else Style.CRITICAL
        measures.append((f"without {ids}", left, style))
    width = max(len(name) for name, _, _ in measures)
    for name, value, style in measures:
        yield Line((Span(f"{name:<{width}} "), Bar(value, scale, style=style), Span(" "), power_span(value)), indent=2)


def _brief_duration(seconds: int) -> str:
    """Write a time without the finer unit where it is 0."""
    return re.sub(r" 00 \w$", "", format_duration(seconds))


def _clock(timestamp: int) -> str:
    """Write the time of day in UTC, to the minute."""
    return f"{format_time(timestamp)[:_MINUTES]}Z"
