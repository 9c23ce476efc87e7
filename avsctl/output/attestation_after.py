"""The state that a task leaves behind: as JSON data and on the screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.core.attestation.aftermath import DefinitionShift, PowerShift, Shift
from avsctl.core.deployment import Generation
from avsctl.core.power import DiffRow, PowerDiff, VotingPowerUpdate
from avsctl.core.quorum import Assessment
from avsctl.core.units import Address, OperatorId
from avsctl.output.attestation_answer import AttestationAnswer
from avsctl.output.attestation_steps import Ending, find_ending
from avsctl.output.attestation_words import NAMED, id_span
from avsctl.output.change_states import show_verdict
from avsctl.output.encode import Json, decimal, encode_id
from avsctl.output.head import power_span
from avsctl.output.power import WORDS
from avsctl.output.screen import Block, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.tasks import encode_quorum
from avsctl.output.text import plural


@dataclass(frozen=True)
class StateAfter:
    """What a task changed that was approved; powers in raw units."""

    is_read: bool
    """Whether powers and totals were read behind the task; else they are what the model foresees."""
    powers: tuple[PowerShift, ...]
    """By id, those that change."""
    total: Shift
    definitions: tuple[DefinitionShift, ...]
    """By id, those whose quorum or verdict changes."""
    drift: PowerDiff | None
    """None where it is not known."""


def find_after(answer: AttestationAnswer) -> StateAfter | None:
    """Put together what a task leaves behind: the powers as read, the rest by the model; None where nothing changes."""
    if find_ending(answer) is not Ending.SUBMITTED:
        return None
    foreseen, chain, global_total = answer.rehearsal.aftermath, answer.chain, answer.conditions.state.global_total
    total = foreseen.global_total if foreseen else Shift(global_total, global_total)
    if chain.total_after is not None:
        total = Shift(total.before, chain.total_after)
    definitions = foreseen.definitions if foreseen else ()
    return StateAfter(
        None not in (chain.powers_after, chain.total_after, chain.totals_after),
        _join_powers(answer),
        total,
        tuple(each for each in definitions if _moves(each)),
        foreseen.drift if foreseen else None,
    )


def encode_after(after: StateAfter | None, addresses: dict[OperatorId, Address]) -> Json:
    """Build ``after``; None where nothing changes."""
    if after is None:
        return None
    return {
        "read": after.is_read,
        "powers": [
            {
                "operator_id": encode_id(each.operator_id),
                "address": addresses.get(each.operator_id),
                **_encode_shift(each.power),
            }
            for each in after.powers
        ],
        "total": _encode_shift(after.total),
        "task_definitions": [
            {
                "task_definition_id": each.task_definition_id,
                "becomes_stale": each.becomes_stale,
                "before": _encode_assessment(each.before),
                "after": _encode_assessment(each.after),
            }
            for each in after.definitions
        ],
        "drift": None if after.drift is None else _encode_drift(after.drift),
    }


def tell_after(after: StateAfter) -> str:
    """Say in a phrase what changes."""
    if not (after.powers or after.total.delta or after.definitions):
        return "no power changes; the task hash is used up"
    by = "read back behind the task" if after.is_read else "as the model foresees"
    changing = plural(len(after.powers), "power") if after.powers else plural(len(after.definitions), "total")
    return f"{changing} {'changes' if changing.startswith('1 ') else 'change'}, {by}"


def after_blocks(answer: AttestationAnswer, after: StateAfter, addresses: dict[OperatorId, Address]) -> Iterator[Block]:
    """Give the powers, the totals and the drift that remains."""
    if after.powers:
        yield Table(_POWERS, tuple(_power_row(each, addresses) for each in after.powers), indent=4)
    if after.total.delta:
        before, now, delta = _spans(after.total)
        yield Line((Span("total (e18) "), before, Span(" -> "), now, Span("   "), delta), indent=4)
    yield from _definition_blocks(after, answer.conditions.generation)
    if isinstance(answer.proposal.update, VotingPowerUpdate):
        yield from _drift_lines(after.drift)


_POWERS: Final = (
    Column("id", Kind.NUMBER),
    Column("address", Kind.ADDRESS),
    *(Column(name, Kind.NUMBER) for name in ("before (e18)", "after (e18)", "change")),
)
_DEFINITIONS: Final = (
    Column("task", Kind.NUMBER),
    *(Column(name, Kind.NUMBER) for name in ("total before (e18)", "after", "recomputed")),
    Column("verdict"),
    Column("after"),
)


def _join_powers(answer: AttestationAnswer) -> tuple[PowerShift, ...]:
    """Give the powers that change: as read, and by the model those that were not read."""
    foreseen = answer.rehearsal.aftermath
    after = {each.operator_id: each.power.after for each in foreseen.powers} if foreseen else {}
    after.update(answer.chain.powers_after or ())
    before = answer.conditions.powers
    shifts = (PowerShift(each, Shift(before.get(each, 0), after[each])) for each in sorted(after))
    return tuple(each for each in shifts if each.power.delta)


def _moves(shift: DefinitionShift) -> bool:
    before, after = shift.before, shift.after
    return before.quorum != after.quorum or before.verdict is not after.verdict


def _encode_shift(shift: Shift) -> dict[str, Json]:
    return {"before": decimal(shift.before), "after": decimal(shift.after)}


def _encode_assessment(assessment: Assessment) -> Json:
    quorum = assessment.quorum
    return {"quorum": encode_quorum(quorum), "verdict": assessment.verdict.value, "is_stale": quorum.is_stale}


def _encode_drift(drift: PowerDiff) -> Json:
    return {
        "in_sync": drift.in_sync,
        "operators": [_encode_drifted(row) for row in _list_drift(drift)],
        "unlisted_on_l1": drift.unlisted_on_l1,
    }


def _encode_drifted(row: DiffRow) -> Json:
    return {
        "operator_id": None if row.operator_id is None else encode_id(row.operator_id),
        "address": row.address,
        "status": row.status.value,
        "l1_voting_power": decimal(row.l1_voting_power),
        "l2_voting_power": decimal(row.l2_voting_power),
        "delta": decimal(row.delta),
    }


def _list_drift(drift: PowerDiff) -> tuple[DiffRow, ...]:
    return (*drift.drifted, *drift.unreadable)


def _power_row(shift: PowerShift, addresses: dict[OperatorId, Address]) -> Row:
    return Row((shift.operator_id, addresses.get(shift.operator_id), *_spans(shift.power)))


def _spans(shift: Shift) -> tuple[Span, Span, Span]:
    return power_span(shift.before), power_span(shift.after), power_span(shift.delta, signed=True)


def _definition_blocks(after: StateAfter, generation: Generation) -> Iterator[Block]:
    """Give the definitions that count from a total of their own, or whose verdict changes."""
    shown = [each for each in after.definitions if _is_told(each)]
    if shown:
        yield Table(_DEFINITIONS, tuple(map(_definition_row, shown)), indent=4)
    stale = [each.task_definition_id for each in shown if each.becomes_stale]
    if stale:
        until = "governance sets it again" if generation is Generation.V1 else "the next 10002"
        word = "task {} becomes" if len(stale) == 1 else "tasks {} become"
        text = Span(f" stale: the total no longer fits the powers until {until}", Style.WARNING)
        yield Line((id_span(stale, word), text), indent=4)


def _is_told(shift: DefinitionShift) -> bool:
    return shift.after.definition.has_own_total or shift.before.verdict is not shift.after.verdict


def _definition_row(shift: DefinitionShift) -> Row:
    before, after = shift.before, shift.after
    return Row(
        (
            shift.task_definition_id,
            power_span(before.quorum.stored_total),
            power_span(after.quorum.stored_total),
            power_span(after.quorum.recomputed_total),
            show_verdict(before),
            show_verdict(after),
        )
    )


def _drift_lines(drift: PowerDiff | None) -> Iterator[Block]:
    if drift is None:
        yield Line("drift that remains: not known", Style.DIM, indent=4)
        return
    rows = _list_drift(drift)
    if not rows:
        yield Line("drift that remains: none", indent=4)
    else:
        yield Line("drift that remains:", indent=4)
    for row in rows[:NAMED]:
        who = "" if row.operator_id is None else f"operator {row.operator_id} "
        yield Line((Span(f"{who}{row.address}  {WORDS[row.status]}  "), power_span(row.delta, signed=True)), indent=6)
    if len(rows) > NAMED:
        yield Line((_rest_span(rows[NAMED:]),), indent=6)
    if drift.unlisted_on_l1:
        yield Line(f"and {drift.unlisted_on_l1} more on L1 that nothing read here names", Style.WARNING, indent=6)


def _rest_span(rows: tuple[DiffRow, ...]) -> Span:
    names = ", ".join(row.address if row.operator_id is None else str(row.operator_id) for row in rows)
    return Span(names, brief=f"and {len(rows)} more (-o json)")
