"""The voting-power diff, as JSON data, as a table, and on the screen."""

from collections.abc import Iterable
from dataclasses import dataclass

from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.power import DiffRow, LastSync, PowerChange, PowerDiff, Status, VotingPowerUpdate
from avsctl.core.tasks import TaskTotal
from avsctl.core.units import format_duration, format_share
from avsctl.errors import ChainError, Problem
from avsctl.output.encode import Json, decimal
from avsctl.output.head import format_moment, head_lines, power_span
from avsctl.output.result import Result
from avsctl.output.screen import Blank, Block, Cell, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.text import plural

WORDS = {
    Status.IN_SYNC: "in sync",
    Status.INCREASE: "increase",
    Status.DECREASE: "decrease",
    Status.NOT_REGISTERED_ON_L1: "not registered",
    Status.NOT_AN_OPERATOR_ON_L1: "no operator",
    Status.NOT_ON_L2: "not on L2",
    Status.UNREADABLE_ON_L1: "unreadable",
}
"""Statuses as the screen has them; the JSON has the codes."""

_STYLES = {
    Status.IN_SYNC: Style.DIM,
    Status.INCREASE: Style.WARNING,
    Status.DECREASE: Style.WARNING,
    Status.UNREADABLE_ON_L1: Style.CRITICAL,
}


@dataclass(frozen=True)
class DiffAnswer:
    """What ``power diff`` found."""

    deployment: Deployment
    l1: BlockRef
    l2: BlockRef
    diff: PowerDiff
    update: VotingPowerUpdate
    last_sync: LastSync | None
    task_totals: tuple[TaskTotal, ...] | None
    findings: tuple[Finding, ...]
    told_total: str = ""
    """Whether ``totalVotingPower`` is the sum of the powers; shown beneath the totals of definitions."""


def present_diff(answer: DiffAnswer, *, shows_all: bool, wall_time: int) -> Result:
    """Give the result of ``power diff``; at a terminal the rows in sync are counted unless ``shows_all``."""
    errors = tell_unreadable(answer.diff.unreadable)
    return Result(
        "power diff",
        encode_diff(answer),
        draw=lambda: _screen(answer, shows_all=shows_all, wall_time=wall_time),
        table=_export(answer.diff),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
        errors=errors,
        status=ChainError.status if errors else None,
    )


def tell_unreadable(rows: Iterable[DiffRow]) -> tuple[Problem, ...]:
    """Give the errors of rows whose L1 read failed: the answer lacks their powers."""
    return tuple(
        Problem("unreadable_on_l1", f"{_name(row)}: {row.unreadable}", "see what its staking contracts answer on L1")
        for row in rows
    )


def encode_diff(answer: DiffAnswer) -> dict[str, Json]:
    """Build the envelope's data: powers and blocks of contract data as decimal strings."""
    diff = answer.diff
    data: dict[str, Json] = {
        "in_sync": diff.in_sync,
        "last_sync": encode_last_sync(answer.last_sync, answer.l2.timestamp),
        "operators": [_encode_row(row) for row in diff.rows],
        "totals": {"l1": decimal(diff.totals.l1), "l2": decimal(diff.totals.l2), "delta": decimal(diff.totals.delta)},
        "unlisted_on_l1": diff.unlisted_on_l1,
        "update": encode_update(answer.update),
        "counts": {status.value: count for status, count in diff.counts.items()},
    }
    if answer.task_totals is not None:
        data["task_definitions"] = [_encode_total(total) for total in answer.task_totals]
    return data


def encode_last_sync(last_sync: LastSync | None, now: int) -> Json:
    """Build ``last_sync``; its age counts up to ``now``, the time of the L2 block read."""
    if last_sync is None:
        return None
    return {
        "to_block_l1": decimal(last_sync.to_block_l1),
        "to_block_l2": decimal(last_sync.to_block_l2),
        "timestamp": last_sync.timestamp,
        "age_s": last_sync.age_seconds(now),
    }


def encode_update(update: VotingPowerUpdate) -> Json:
    """Build ``update``, as every command that shows one has it."""
    return {
        "to_increase": [_encode_change(change) for change in update.to_increase],
        "to_decrease": [_encode_change(change) for change in update.to_decrease],
        "to_block_l1": decimal(update.to_block_l1),
        "to_block_l2": decimal(update.to_block_l2),
        "left_out": list(update.left_out),
    }


def _encode_change(change: PowerChange) -> Json:
    return {"operator_id": change.operator_id, "voting_power": decimal(change.voting_power)}


def _encode_total(total: TaskTotal) -> Json:
    return {
        "task_definition_id": total.task_definition_id,
        "stored_total": decimal(total.stored_total),
        "recomputed_total": decimal(total.recomputed_total),
        "delta": decimal(total.delta),
    }


def _encode_row(row: DiffRow) -> Json:
    return {
        "operator_id": row.operator_id,
        "address": row.address,
        "status": row.status.value,
        "l1_voting_power": decimal(row.l1_voting_power),
        "l2_voting_power": decimal(row.l2_voting_power),
        "delta": decimal(row.delta),
        "active_on_l2": row.active_on_l2,
        "registered_on_l1": row.registered_on_l1,
        "l1_answer": decimal(row.l1_answer),
        "below_threshold": row.below_threshold,
    }


def _export(diff: PowerDiff) -> Table:
    """Give the rows for csv and markdown, raw units, columns named as in the JSON."""
    kinds = {"address": Kind.ADDRESS, "status": Kind.TEXT}
    names = (
        *("operator_id", "address", "status", "l1_voting_power", "l2_voting_power", "delta"),
        *("active_on_l2", "registered_on_l1", "l1_answer", "below_threshold"),
    )
    rows = tuple(
        Row(
            (
                *(row.operator_id, row.address, row.status.value, row.l1_voting_power, row.l2_voting_power, row.delta),
                *(row.active_on_l2, row.registered_on_l1, row.l1_answer, row.below_threshold),
            )
        )
        for row in diff.rows
    )
    return Table(tuple(Column(name, kinds.get(name, Kind.NUMBER)) for name in names), rows)


def _screen(answer: DiffAnswer, *, shows_all: bool, wall_time: int) -> tuple[Block, ...]:
    return (
        *head_lines(answer.deployment, answer.l1, answer.l2, wall_time),
        _sync_line(answer),
        Blank(),
        _rows(answer.diff, shows_all=shows_all),
        Blank(),
        *_summary(answer),
        *_task_block(answer.task_totals, answer.told_total),
    )


def _sync_line(answer: DiffAnswer) -> Line:
    sync = answer.last_sync
    if answer.deployment.internal_task_handler is None:
        return Line("V1 has no internal tasks: a syncer writes the powers on L2, and no getter tells when it last did")
    if sync is None:
        return Line("No 10001 sync has landed yet")
    age = sync.age_seconds(answer.l2.timestamp)
    when = "of a time that is not known" if age is None else f"of {format_duration(age)} ago"
    moment = "" if sync.timestamp is None else f" ({format_moment(sync.timestamp)})"
    return Line(f"Last sync: up to L1 block {sync.to_block_l1} and L2 block {sync.to_block_l2} {when}{moment}")


def _rows(diff: PowerDiff, *, shows_all: bool) -> Table:
    columns = (
        Column("id", Kind.NUMBER),
        Column("address", Kind.ADDRESS),
        Column("L1 (e18)", Kind.NUMBER),
        Column("L2 (e18)", Kind.NUMBER),
        Column("delta", Kind.NUMBER),
        Column("status"),
    )
    rows = tuple(Row(_cells(row), is_folded=_is_quiet(row) and not shows_all) for row in diff.rows)
    quiet = sum(row.is_folded for row in rows)
    below = sum(row.below_threshold for row in diff.rows)
    also = f", {below} of them under the threshold" if below else ""
    return Table(columns, rows, folded_note=f"{quiet} {'other' if quiet == 1 else 'others'} in sync{also} (--all)")


def _is_quiet(row: DiffRow) -> bool:
    return row.status is Status.IN_SYNC or row.below_threshold


def _cells(row: DiffRow) -> tuple[Cell, ...]:
    word = WORDS[row.status] + (" (below threshold)" if row.below_threshold else "")
    style = Style.DIM if row.below_threshold else _STYLES.get(row.status, Style.WARNING)
    return (
        row.operator_id,
        row.address,
        power_span(row.l1_voting_power),
        power_span(row.l2_voting_power) if row.active_on_l2 else Span("-", Style.DIM),
        power_span(row.delta, signed=True),
        Span(word, style),
    )


def _summary(answer: DiffAnswer) -> tuple[Block, ...]:
    diff, update = answer.diff, answer.update
    totals = diff.totals
    l2, l1 = power_span(totals.l2), power_span(totals.l1)
    lines: list[Block] = [Line((Span("total  L2 "), l2, Span("   L1 "), l1, Span(_unbacked(diff))), hang=7)]
    next_sync = "the next 10001 sync" if answer.deployment.internal_task_handler else "a syncer"
    lines.append(Line(_update_text(update, next_sync), hang=2))
    if update.left_out:
        ids = ", ".join(map(str, update.left_out))
        lines.append(Line(f"{ids}: not its business, see avsctl operator show {update.left_out[0]}", hang=2))
    if answer.diff.unlisted_on_l1:
        lines.append(Line(f"{diff.unlisted_on_l1} more on L1 that nothing read here names", Style.WARNING))
    return tuple(lines)


def _unbacked(diff: PowerDiff) -> str:
    """Say how much of L2's power L1 does not back, operator by operator; those unreadable may add to it."""
    missing = [-row.delta for row in diff.rows if row.delta is not None and row.delta < 0]
    if not missing or not diff.totals.l2:
        return ""
    least = "at least " if diff.unreadable else ""
    return f"   {least}{format_share(sum(missing), diff.totals.l2)} of L2's power is not backed by L1"


def _update_text(update: VotingPowerUpdate, next_sync: str) -> str:
    if update.is_empty:
        return f"{next_sync} would carry nothing"
    return (
        f"{next_sync} would carry: {plural(len(update.to_increase), 'increase')},"
        f" {plural(len(update.to_decrease), 'decrease')}"
        f"   (toBlockL1 {update.to_block_l1}, toBlockL2 {update.to_block_l2})"
    )


def _task_block(totals: tuple[TaskTotal, ...] | None, told_total: str) -> tuple[Block, ...]:
    if totals is None:
        return ()
    columns = (
        Column("task", Kind.NUMBER),
        Column("stored total (e18)", Kind.NUMBER),
        Column("recomputed (e18)", Kind.NUMBER),
        Column("delta", Kind.NUMBER),
        Column("status"),
    )
    rows = tuple(
        Row(
            (
                total.task_definition_id,
                power_span(total.stored_total),
                power_span(total.recomputed_total),
                power_span(total.delta, signed=True),
                Span("stale", Style.WARNING) if total.delta else Span("current", Style.DIM),
            )
        )
        for total in totals
    )
    return (Blank(), Table(columns, rows), Blank(), Line(told_total))


def _name(row: DiffRow) -> str:
    return row.address if row.operator_id is None else f"operator {row.operator_id} ({row.address})"
