"""The update of a proposal, and what it is compared with: as JSON data, and on the screen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from avsctl.contracts.abi import load_function
from avsctl.core.attestation.recomputation import Comparison, Match, PowerRow, TotalRow
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalCall, TotalsUpdate
from avsctl.core.units import Address, OperatorId
from avsctl.output.attestation_words import MATCHES, id_span
from avsctl.output.change_words import count_calls
from avsctl.output.encode import Json, decimal, encode_id
from avsctl.output.head import power_span
from avsctl.output.screen import Block, Cell, Column, Kind, Row, Span, Table
from avsctl.output.text import plural

_SHOWN: Final = 50
"""Rows that differ which a terminal shows."""
_RECOUNTS: Final = ("setTotalVotingPowerPerTaskDefinition", "setTotalVotingPowerPerRestrictedTaskDefinition")


def encode_update(update: VotingPowerUpdate | TotalsUpdate | None) -> Json:
    """Build ``update``: lists of deltas and two heights, or for 10002 calls; None where there is none."""
    if isinstance(update, TotalsUpdate):
        return {"calls": [_encode_call(call) for call in update.calls]}
    if update is None:
        return None
    return {
        "to_increase": [_encode_change(each) for each in update.to_increase],
        "to_decrease": [_encode_change(each) for each in update.to_decrease],
        "to_block_l1": decimal(update.to_block_l1),
        "to_block_l2": decimal(update.to_block_l2),
    }


def encode_row(row: PowerRow | TotalRow) -> Json:
    """Build one row of a comparison."""
    if isinstance(row, PowerRow):
        subject: dict[str, Json] = {"operator_id": encode_id(row.operator_id)}
    else:
        subject = {"task_definition_id": row.task_definition_id}
    figures = {"expected": decimal(row.expected), "proposed": decimal(row.proposed)}
    return {**subject, "match": row.match.value, **figures}


def tell_update(update: VotingPowerUpdate | TotalsUpdate, *, has_blocks: bool = True) -> tuple[Span, ...]:
    """Say what an update carries; one of V1 names no blocks."""
    if isinstance(update, TotalsUpdate):
        return _tell_calls(update)
    counts = f"{plural(len(update.to_increase), 'increase')}, {plural(len(update.to_decrease), 'decrease')}"
    blocks = f", toBlockL1 {update.to_block_l1}, toBlockL2 {update.to_block_l2}" if has_blocks else ""
    return (Span(counts + blocks),)


def tell_comparison(comparison: Comparison) -> tuple[Span, ...]:
    """Say how many rows are as they should be."""
    rows = comparison.rows
    if not rows:
        return (Span("nothing is proposed, and nothing should be"),)
    matching = sum(row.match is Match.MATCH for row in rows)
    return (Span(f"{matching} of {len(rows)} match"),)


def comparison_blocks(comparison: Comparison, addresses: Mapping[OperatorId, Address]) -> Iterator[Block]:
    """Give the rows that differ; a terminal counts those that match and those beyond the first, a pipe has them all."""
    differing = [row for row in comparison.rows if row.match is not Match.MATCH]
    if not differing:
        return
    note = _tell_folded(len(comparison.rows) - len(differing), len(differing) - _SHOWN)
    powers = [_power_row(row, addresses) for row in comparison.rows if isinstance(row, PowerRow)]
    totals = [_total_row(row) for row in comparison.rows if isinstance(row, TotalRow)]
    for columns, rows in ((_POWER_COLUMNS, powers), (_TOTAL_COLUMNS, totals)):
        if rows:
            yield Table(columns, _fold(rows), note, indent=4)


_POWER_COLUMNS: Final = (
    Column("id", Kind.NUMBER),
    Column("address", Kind.ADDRESS),
    Column("proposed (e18)", Kind.NUMBER),
    Column("recomputed", Kind.NUMBER),
    Column("result"),
)
_TOTAL_COLUMNS: Final = (
    Column("task", Kind.NUMBER),
    Column("proposed total (e18)", Kind.NUMBER),
    Column("recomputed", Kind.NUMBER),
    Column("result"),
)


def _encode_change(change: PowerChange) -> Json:
    return {"operator_id": encode_id(change.operator_id), "voting_power": decimal(change.voting_power)}


def _encode_call(call: TotalCall) -> Json:
    total = call.total
    ids = None if total is None else total.operator_ids
    number = None if total is None else total.number_of_ids
    return {
        "target": call.target,
        "data": f"0x{call.data.hex()}",
        "function": _name_recounts().get(call.data[:4]),
        "task_definition_id": None if total is None else total.task_definition_id,
        "minimum_voting_power": None if total is None else decimal(total.minimum_voting_power),
        "number_of_ids": None if number is None else encode_id(number),
        "operator_ids": None if ids is None else [encode_id(each) for each in ids],
    }


@cache
def _name_recounts() -> dict[bytes, str]:
    """Give the signatures of OBLS's recounts, the same in every generation, by selector."""
    functions = [load_function("OBLS", Generation.V2, name) for name in _RECOUNTS]
    return {function.selector: function.signature for function in functions}


def _tell_calls(update: TotalsUpdate) -> tuple[Span, ...]:
    ids = [call.total.task_definition_id for call in update.calls if call.total]
    other = len(update.calls) - len(ids)
    if not update.calls:
        return (Span("no calls"),)
    named = (id_span(ids, f"{plural(len(ids), 'recount')}: task{'' if len(ids) == 1 else 's'} {{}}"),) if ids else ()
    also = f"{', and ' if ids else ''}{count_calls(other)} that recount{'s' if other == 1 else ''} nothing"
    return (*named, Span(also)) if other else named


def _power_row(row: PowerRow, addresses: Mapping[OperatorId, Address]) -> Row:
    figures = (power_span(row.proposed, signed=True), power_span(row.expected, signed=True))
    cells = (row.operator_id, addresses.get(row.operator_id), *figures)
    return _row(cells, row.match, row.proposed - row.expected)


def _total_row(row: TotalRow) -> Row:
    figures = (_figure(row.proposed), _figure(row.expected))
    return _row((row.task_definition_id, *figures), row.match, (row.proposed or 0) - (row.expected or 0))


def _figure(value: int | None) -> Span | None:
    return None if value is None else power_span(value)


def _row(cells: Sequence[Cell], match: Match, excess: int) -> Row:
    """Give a row with its result; ``excess`` is how much more is proposed, which rounded figures may not show."""
    result = MATCHES[match]
    if match is Match.WRONG_AMOUNT:
        by = power_span(excess, signed=True)
        result = Span(f"wrong by {by.text}", result.style, f"wrong by {by.brief}")
    return Row((*cells, result), is_folded=match is Match.MATCH)


def _fold(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Let a terminal leave out what differs beyond the first, too."""
    shown = 0
    folded = []
    for row in rows:
        shown += not row.is_folded
        folded.append(replace(row, is_folded=True) if shown > _SHOWN else row)
    return tuple(folded)


def _tell_folded(matching: int, more: int) -> str:
    """Say how many rows a terminal leaves out."""
    match = f"{matching} {'other matches' if matching == 1 else 'others match'}" if matching else ""
    return ", ".join(filter(None, (f"{more} more differ (-o json)" if more > 0 else "", match)))
