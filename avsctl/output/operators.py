"""Operators as JSON data, as a table, and on the screen: all of them, and one in detail."""

from dataclasses import dataclass

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import Finding
from avsctl.core.operators import (
    L1Operator,
    L2Operator,
    NotAnOperator,
    OperatorSets,
    Unreadable,
    VotingPowerRead,
    counted_voting_power,
)
from avsctl.core.power import DiffRow
from avsctl.core.quorum import Assessment
from avsctl.core.tasks import TaskDefinition, find_refusal
from avsctl.core.units import Address, format_share
from avsctl.errors import ChainError
from avsctl.output.encode import Json, decimal, encode_id, flatten
from avsctl.output.head import head_lines, power_span
from avsctl.output.power import tell_unreadable
from avsctl.output.result import Result
from avsctl.output.screen import Blank, Block, Cell, Column, Kind, Line, Row, Span, Style, Table


@dataclass(frozen=True)
class OperatorsAnswer:
    """What was read of the operators."""

    deployment: Deployment
    l1: BlockRef
    l2: BlockRef
    sets: OperatorSets
    findings: tuple[Finding, ...]
    unreadable: tuple[DiffRow, ...] = ()
    """Whose L1 read failed, of those that are shown."""


@dataclass(frozen=True)
class OperatorAnswer:
    """What was read of one operator."""

    all: OperatorsAnswer
    address: Address
    bls_key: tuple[int, ...] | None = None
    """Four words; None where the generation has no getter or L2 does not know the address."""
    tasks: tuple[Assessment, ...] = ()
    """Every task definition."""

    @property
    def ids(self) -> tuple[L2Operator, ...]:
        """Every id that the address has or had."""
        return tuple(operator for operator in self.all.sets.l2 if operator.address == self.address)

    @property
    def current(self) -> L2Operator | None:
        """The newest active id, else the newest one; None for an address that L2 does not know."""
        return max(self.ids, key=lambda operator: (operator.is_active, operator.operator_id), default=None)

    @property
    def l1(self) -> L1Operator | None:
        """What L1 says of the address."""
        return next((operator for operator in self.all.sets.l1 if operator.address == self.address), None)


def present_operators(answer: OperatorsAnswer, wall_time: int) -> Result:
    """Give the result of ``operator list``: every id, dead ones too, and the addresses that only L1 has."""
    sets = answer.sets
    l1_by_address = {operator.address: operator for operator in sets.l1}
    rows = [_encode(operator, l1_by_address.get(operator.address), operator.address) for operator in sets.l2]
    rows += [_encode(None, l1, l1.address) for l1 in _strangers(sets)]
    active = sum(operator.is_active for operator in sets.l2)
    data: dict[str, Json] = {
        "operators": list(rows),
        "counts": {"ids": len(sets.l2), "active": active, "registered_on_l1": sets.l1_active_count},
        "total_voting_power": decimal(sets.l2_total_voting_power),
    }
    return Result(
        "operator list",
        data,
        screen=(
            *head_lines(answer.deployment, answer.l1, answer.l2, wall_time),
            _list(answer, l1_by_address),
            Blank(),
            Line((Span(f"{active} of {len(sets.l2)} ids active, total "), power_span(sets.l2_total_voting_power))),
        ),
        table=_export(rows),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
        errors=tell_unreadable(answer.unreadable),
        status=ChainError.status if answer.unreadable else None,
    )


def present_operator(answer: OperatorAnswer, wall_time: int) -> Result:
    """Give the result of ``operator show``: both layers, and each task definition with the error it would meet."""
    whole, current = answer.all, answer.current
    generation = whole.deployment.generation
    data: dict[str, Json] = {
        **_encode(current, answer.l1, answer.address),
        "ids": [operator.operator_id for operator in answer.ids],
        "bls_key": None if answer.bls_key is None else [f"0x{word:064x}" for word in answer.bls_key],
        "task_definitions": [
            {
                "task_definition_id": definition.task_definition_id,
                "minimum_voting_power": decimal(definition.minimum_voting_power),
                "restricted_operator_ids": [encode_id(i) for i in definition.restricted_operator_ids],
                "eligible": refusal is None,
                "reason": refusal,
            }
            for definition, refusal in _eligibility(answer, generation)
        ],
    }
    return Result(
        "operator show",
        data,
        screen=(
            *head_lines(whole.deployment, whole.l1, whole.l2, wall_time),
            *_facts(answer),
            Blank(),
            *_eligibility_block(answer, generation),
        ),
        deployment=whole.deployment,
        l1_block=whole.l1,
        l2_block=whole.l2,
        findings=whole.findings,
        errors=tell_unreadable(whole.unreadable),
        status=ChainError.status if whole.unreadable else None,
    )


def _strangers(sets: OperatorSets) -> list[L1Operator]:
    """Give the operators that L1 alone knows, those whose registration could not be read among them."""
    on_l2 = {operator.address for operator in sets.l2}
    return [l1 for l1 in sets.l1 if l1.is_registered is not False and l1.address not in on_l2]


def _encode(l2: L2Operator | None, l1: L1Operator | None, address: Address) -> dict[str, Json]:
    answer = l1.answer if l1 else None
    return {
        "operator_id": l2.operator_id if l2 else None,
        "address": address,
        "active_on_l2": l2.is_active if l2 else False,
        "registered_on_l2": l2.is_registered if l2 else None,
        "l2_voting_power": decimal(l2.voting_power if l2 else 0),
        "registered_on_l1": l1.is_registered if l1 else None,
        "l1_voting_power": decimal(counted_voting_power(l1)) if l1 else None,
        "l1_answer": decimal(answer.voting_power) if isinstance(answer, VotingPowerRead) else None,
        "l1_revert": _revert(answer),
    }


def _revert(answer: object) -> str | None:
    if isinstance(answer, NotAnOperator):
        return "NotActiveOperator()"
    return answer.reason if isinstance(answer, Unreadable) else None


def _export(rows: list[dict[str, Json]]) -> Table:
    kinds = {"address": Kind.ADDRESS, "l1_revert": Kind.TEXT}
    names = list(_encode(None, None, Address("")))
    cells = [tuple(flatten(row[name]) for name in names) for row in rows]
    return Table(tuple(Column(name, kinds.get(name, Kind.NUMBER)) for name in names), tuple(map(Row, cells)))


def _list(answer: OperatorsAnswer, l1_by_address: dict[Address, L1Operator]) -> Table:
    total = sum(operator.voting_power for operator in answer.sets.l2 if operator.is_active)
    columns = (
        Column("id", Kind.NUMBER),
        Column("address", Kind.ADDRESS),
        Column("active"),
        Column("L2 (e18)", Kind.NUMBER),
        Column("share", Kind.NUMBER),
        Column("on L1"),
        Column("L1 (e18)", Kind.NUMBER),
    )
    rows = []
    for operator in answer.sets.l2:
        l1 = l1_by_address.get(operator.address)
        share = format_share(operator.voting_power, total) if operator.is_active else None
        power = power_span(operator.voting_power)
        rows.append(Row((operator.operator_id, operator.address, _active(operator), power, share, *_l1_cells(l1))))
    rows += [Row((None, l1.address, "-", None, None, *_l1_cells(l1))) for l1 in _strangers(answer.sets)]
    return Table(columns, tuple(rows))


def _active(operator: L2Operator) -> Span:
    if operator.is_active:
        return Span("yes")
    return Span("dead", Style.CRITICAL if operator.voting_power else Style.DIM)


def _l1_cells(l1: L1Operator | None) -> tuple[Cell, Cell]:
    if l1 is None:
        return None, None
    registered = "?" if l1.is_registered is None else "yes" if l1.is_registered else "no"
    return "no operator" if isinstance(l1.answer, NotAnOperator) else registered, power_span(counted_voting_power(l1))


def _facts(answer: OperatorAnswer) -> tuple[Block, ...]:
    current, l1 = answer.current, answer.l1
    total = sum(operator.voting_power for operator in answer.all.sets.l2 if operator.is_active)
    name = "an address that L2 does not know" if current is None else f"operator {current.operator_id}"
    lines = [Line((Span(f"{name}  ", Style.HEAD), Span(answer.address)))]
    if current is not None:
        state = "active" if current.is_active else "not active"
        power = power_span(current.voting_power)
        share = f"   {format_share(current.voting_power, total)} of all" if current.is_active else ""
        lines.append(Line((Span(f"  on L2    {state}   power (e18) "), power, Span(share))))
    lines += [
        Line(f"  also     id {each.operator_id}, {'active too' if each.is_active else 'dead'}")
        for each in answer.ids
        if each is not current
    ]
    lines.append(Line(_l1_line(l1) if l1 else "  on L1    not read"))
    if answer.bls_key is not None:
        lines += [
            Line(f"  BLS key  0x{word:064x}" if not at else f"           0x{word:064x}")
            for at, word in enumerate(answer.bls_key)
        ]
    return tuple(lines)


def _l1_line(l1: L1Operator) -> tuple[Span, ...]:
    registered = {True: "registered", False: "not registered", None: "registration not readable"}[l1.is_registered]
    start = (Span(f"  on L1    {registered}   power (e18) "), power_span(counted_voting_power(l1)))
    if isinstance(l1.answer, NotAnOperator):
        return (*start, Span("   no operator: votingPower reverts NotActiveOperator()"))
    if isinstance(l1.answer, Unreadable):
        return (*start, Span(f"   {l1.answer.reason}"))
    if l1.is_registered:
        return start
    return (*start, Span("   votingPower still answers "), power_span(l1.answer.voting_power))


def _eligibility(answer: OperatorAnswer, generation: Generation) -> list[tuple[TaskDefinition, str | None]]:
    return [(task.definition, _find_refusal(answer.current, task, generation)) for task in answer.tasks]


def _find_refusal(operator: L2Operator | None, task: Assessment, generation: Generation) -> str | None:
    if operator is None:
        return "OperatorNotRegistered"
    is_expired, total = bool(task.is_expired), task.quorum.stored_total
    return find_refusal(task.definition, operator, generation, is_expired=is_expired, total=total)


def _eligibility_block(answer: OperatorAnswer, generation: Generation) -> tuple[Block, ...]:
    columns = (
        Column("task", Kind.NUMBER),
        Column("minimum (e18)", Kind.NUMBER),
        Column("list"),
        Column("may attest"),
        Column("error it would meet"),
    )
    rows = []
    for definition, refusal in _eligibility(answer, generation):
        listed = ", ".join(map(str, definition.restricted_operator_ids)) or "anyone"
        may = Span("no", Style.WARNING) if refusal else Span("yes", Style.OK)
        minimum = power_span(definition.minimum_voting_power)
        rows.append(Row((definition.task_definition_id, minimum, listed, may, refusal)))
    return (Table(columns, tuple(rows)),)
