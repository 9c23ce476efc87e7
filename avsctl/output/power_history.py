"""The syncs that landed: as JSON data, as one table, and on the screen with a chart of both totals over time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import Finding
from avsctl.core.history import Aftermath, Coverage, History, Point, Record, Sync, SyncKind, Wanted, Way, point_of
from avsctl.core.power import PowerChange
from avsctl.core.proposals import TotalRecount
from avsctl.core.units import OperatorId
from avsctl.output.encode import Json, decimal, encode_id, flatten
from avsctl.output.head import format_moment, head_lines, power_span
from avsctl.output.result import Result
from avsctl.output.screen import (
    Blank,
    Block,
    Cell,
    Chart,
    Column,
    Course,
    Kind,
    Line,
    Row,
    Span,
    Style,
    Table,
)
from avsctl.output.text import clip, plural

SHOWN: Final = 4
"""Deltas of one sync that a terminal shows."""
_WAYS: Final = {
    Way.LOGS: "logs",
    Way.HOPS: "the getters of InternalTaskHandler at old blocks",
    Way.STATES: "comparing powers at old blocks",
}
_NUMBERS: Final = frozenset(
    {"block", "timestamp", "task_definition_id", "task_number", "to_block_l1", "to_block_l2"}
    | {"l2_total_before", "l2_total", "l1_total", "delta_before", "delta"}
)


@dataclass(frozen=True)
class HistoryAnswer:
    """What ``power history`` found."""

    deployment: Deployment
    l1: BlockRef | None
    """None where L1 was not read."""
    l2: BlockRef
    history: History
    wanted: Wanted
    findings: tuple[Finding, ...]


def present_history(answer: HistoryAnswer, wall_time: int) -> Result:
    """Give the result of ``power history``."""
    return Result(
        "power history",
        encode_history(answer),
        screen=tuple(_screen(answer, wall_time)),
        table=_export(answer.history.records),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
    )


# JSON


def encode_history(answer: HistoryAnswer) -> dict[str, Json]:
    """Build the envelope's data: syncs newest first, points of the chart oldest first."""
    history, coverage = answer.history, answer.history.coverage
    return {
        "wanted": {"last": answer.wanted.last, "from_block": answer.wanted.from_block or None},
        "syncs": [_encode_record(record) for record in history.records],
        "points": [_encode_point(point) for point in history.points],
        "is_complete": history.is_enough,
        "complete_from": {"power_syncs": coverage.power_syncs, "others": coverage.others},
        "found_by": [way.value for way in history.ways],
        "log_blocks": history.log_blocks,
    }


def _encode_record(record: Record) -> dict[str, Json]:
    sync, after = record.sync, record.after
    l1, l2 = sync.to_blocks or (None, None)
    return {
        "kind": sync.kind.value,
        "outcome": "approved" if sync.is_approved else "rejected",
        "block": sync.block,
        "timestamp": record.timestamp,
        "transaction": sync.transaction,
        "sender": record.sender,
        "task_definition_id": sync.task_definition_id,
        "task_number": sync.task_number,
        "performer": sync.performer,
        "attesters": None if sync.attester_ids is None else [encode_id(each) for each in sync.attester_ids],
        "to_block_l1": decimal(l1),
        "to_block_l2": decimal(l2),
        "to_increase": [_encode_change(change) for change in sync.to_increase],
        "to_decrease": [_encode_change(change) for change in sync.to_decrease],
        "recounts": [_encode_recount(recount, after) for recount in sync.recounts],
        "unreadable": sync.unreadable,
        "powers_after": None if after is None else [_encode_power(*pair) for pair in after.powers],
        **_encode_totals(point_of(record)),
    }


def _encode_totals(point: Point) -> dict[str, Json]:
    return {
        "l2_total_before": decimal(point.l2_total_before),
        "l2_total": decimal(point.l2_total),
        "l1_total": decimal(point.l1.total if point.l1 else None),
        "delta_before": decimal(point.delta_before),
        "delta": decimal(point.delta),
    }


def _encode_point(point: Point) -> dict[str, Json]:
    return {
        "kind": point.kind.value,
        "l2_block": point.l2_block,
        "timestamp": point.timestamp,
        "l1_block": point.l1.block if point.l1 else None,
        "l1_timestamp": point.l1.timestamp if point.l1 else None,
        **_encode_totals(point),
    }


def _encode_change(change: PowerChange) -> Json:
    return _encode_power(change.operator_id, change.voting_power)


def _encode_power(operator_id: OperatorId, power: int) -> Json:
    return {"operator_id": encode_id(operator_id), "voting_power": decimal(power)}


def _encode_recount(recount: TotalRecount, after: Aftermath | None) -> Json:
    totals = dict(after.definition_totals) if after else {}
    ids = recount.operator_ids
    return {
        "task_definition_id": recount.task_definition_id,
        "minimum_voting_power": decimal(recount.minimum_voting_power),
        "number_of_ids": decimal(recount.number_of_ids),
        "operator_ids": None if ids is None else [encode_id(each) for each in ids],
        "total_after": decimal(totals.get(recount.task_definition_id)),
    }


# csv and markdown


def _export(records: Sequence[Record]) -> Table:
    """Give all syncs as one table, deltas as ``id:power`` in raw units."""
    rows = [_export_row(record) for record in records]
    names = tuple(rows[0]) if rows else tuple(_export_row(Record(Sync(0, 0, None))))
    columns = tuple(Column(name, Kind.NUMBER if name in _NUMBERS else Kind.TEXT) for name in names)
    return Table(columns, tuple(Row(tuple(row.values())) for row in rows))


def _export_row(record: Record) -> dict[str, Cell]:
    data = _encode_record(record)
    sync = record.sync
    pairs = {"to_increase": sync.to_increase, "to_decrease": sync.to_decrease}
    data |= {name: " ".join(f"{c.operator_id}:{c.voting_power}" for c in changes) for name, changes in pairs.items()}
    data["recounts"] = [recount.task_definition_id for recount in sync.recounts]
    powers = record.after.powers if record.after else ()
    data["powers_after"] = " ".join(f"{operator_id}:{power}" for operator_id, power in powers)
    return {name: flatten(value) for name, value in data.items()}


# Screen


def _screen(answer: HistoryAnswer, wall_time: int) -> Iterator[Block]:
    history = answer.history
    yield from head_lines(answer.deployment, answer.l1, answer.l2, wall_time)
    landed = sum(record.sync.has_changed_powers for record in history.records)
    yield Line(f"{plural(landed, 'voting power sync')} landed, the newest first", Style.HEAD)
    yield Line(_tell_coverage(history), Style.DIM, indent=2, hang=2)
    yield Blank()
    if not history.records:
        yield Line("none was found", indent=2)
        return
    yield _table(answer)
    if answer.l1 is None:
        yield Line("L1 was not read: its totals are not known", Style.DIM, indent=2)
    elif answer.deployment.generation is Generation.V1:
        yield Line("L1's total at each is not known: a syncer's write names no L1 block", Style.DIM, indent=2)
    yield from _chart(answer)


def _tell_coverage(history: History) -> str:
    ways = " and ".join(_WAYS[way] for way in history.ways)
    return f"{_tell_begin(history.coverage)}; found by {ways}" if ways else "no way to find any: no logs, no old state"


def _tell_begin(coverage: Coverage) -> str:
    if coverage.power_syncs is None:
        return "nothing is known to be complete"
    if coverage.others == coverage.power_syncs:
        return f"complete from L2 block {coverage.power_syncs} on"
    others = "not looked for" if coverage.others is None else f"from {coverage.others} on"
    return f"10001 complete from L2 block {coverage.power_syncs} on, the rest {others}"


def _table(answer: HistoryAnswer) -> Table:
    by_task = answer.deployment.generation is not Generation.V1
    columns = (
        Column("L2 block", Kind.NUMBER),
        Column("time (UTC)"),
        Column("what"),
        *((Column("attested by"),) if by_task else ()),
        Column("changes (e18)"),
        Column("L2 total", Kind.NUMBER),
        *((Column("L1 - L2", Kind.NUMBER),) if answer.l1 and by_task else ()),
    )
    return Table(columns, tuple(Row(_cells(answer, record)) for record in answer.history.records))


def _cells(answer: HistoryAnswer, record: Record) -> tuple[Cell, ...]:
    sync, time = record.sync, record.timestamp
    by_task = answer.deployment.generation is not Generation.V1
    return (
        sync.block,
        None if time is None else Span(format_moment(time), brief=format_moment(time)[5:16] + "Z"),
        _tell_kind(answer, sync),
        *((_tell_attesters(sync),) if by_task else ()),
        _tell_changes(sync),
        _optional(record.after.total if record.after else None),
        *((_optional(point_of(record).delta, signed=True),) if answer.l1 and by_task else ()),
    )


def _tell_kind(answer: HistoryAnswer, sync: Sync) -> Span:
    if sync.kind is SyncKind.SYNCER_WRITE:
        is_usual = answer.deployment.generation is Generation.V1
        return Span("syncer", Style.PLAIN if is_usual else Style.WARNING)
    if sync.is_approved:
        return Span(str(sync.task_definition_id))
    return Span(f"{sync.task_definition_id} rejected", Style.WARNING)


def _tell_attesters(sync: Sync) -> Cell:
    ids = sync.attester_ids
    if ids is None:
        return None
    return Span(" ".join(map(str, ids)) or "nobody", brief=f"{len(ids)} ids" if len(ids) > SHOWN else "")


def _tell_changes(sync: Sync) -> Span:
    if sync.unreadable is not None and not sync.recounts:
        return Span(f"cannot be read: {clip(sync.unreadable)}", Style.WARNING)
    if sync.recounts:
        ids = [str(recount.task_definition_id) for recount in sync.recounts]
        return Span(f"totals of {', '.join(ids)}", brief=f"totals of {_few(ids)}")
    spans = [(operator_id, power_span(delta, signed=True)) for operator_id, delta in sync.deltas]
    texts = [f"{operator_id} {span.text}" for operator_id, span in spans]
    briefs = [f"{operator_id} {span.brief}" for operator_id, span in spans]
    return Span(", ".join(texts) or "none", brief=_few(briefs) or "none")


def _few(texts: Sequence[str]) -> str:
    more = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f", {more} more" if more > 0 else "")


def _optional(value: int | None, *, signed: bool = False) -> Cell:
    return None if value is None else power_span(value, signed=signed)


def _chart(answer: HistoryAnswer) -> Iterator[Block]:
    """Give the chart where there is something to draw: two moments, and a total at each."""
    points = answer.history.points
    l2 = Course("L2", tuple(_course_of_l2(points)))
    stands = [point.l1 for point in points if point.l1]
    known = [(each.timestamp, each.total) for each in stands if each.timestamp is not None and each.total is not None]
    times = [time for time, _ in (*l2.points, *known)]
    if len(set(times)) < 2:
        return
    ticks = tuple(
        record.timestamp
        for record in answer.history.records
        if record.timestamp is not None and record.sync.has_changed_powers
    )
    title = f"L2 total{' against L1 total' if known else ''} (e18)"
    yield Blank()
    yield Chart(title, min(times), max(times), (l2, Course("L1", tuple(known))), ticks)


def _course_of_l2(points: Sequence[Point]) -> Iterator[tuple[int, int]]:
    for point in points:
        if point.timestamp is None:
            continue
        if point.l2_total_before is not None:
            yield point.timestamp - 1, point.l2_total_before
        if point.l2_total is not None:
            yield point.timestamp, point.l2_total
