"""Task definitions as JSON data, as tables, and on the screen: all of them, one, and the restricted ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.quorum import Assessment, Member, Quorum, Verdict, name_pivotal
from avsctl.core.units import UINT256_MAX, format_e18, format_share
from avsctl.output.encode import Json, decimal, encode_id, flatten
from avsctl.output.head import head_lines, power_span
from avsctl.output.result import Result
from avsctl.output.screen import Bar, Blank, Block, Cell, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.text import clip

BINDS_ATTESTERS = "list and minimum bind attesters only: on chain, performers and aggregators are not checked"

VERDICT_STYLES = {
    Verdict.DEAD: Style.CRITICAL,
    Verdict.STALE: Style.WARNING,
    Verdict.FRAGILE: Style.WARNING,
    Verdict.LIVE: Style.OK,
}
"""How a verdict is shown."""


@dataclass(frozen=True)
class TasksAnswer:
    """Task definitions as they were read and judged."""

    command: str
    deployment: Deployment
    l1: BlockRef | None
    l2: BlockRef
    evm_block: int
    """The height that contracts see, in which expiries count."""
    assessments: tuple[Assessment, ...]
    findings: tuple[Finding, ...]


def present_tasks(answer: TasksAnswer, wall_time: int) -> Result:
    """Give the result of ``task list``: every definition in a line, with its verdict."""
    rows = [encode_assessment(assessment) for assessment in answer.assessments]
    screen = (
        *head_lines(answer.deployment, answer.l1, answer.l2, wall_time),
        _overview(answer),
        Blank(),
        Line(BINDS_ATTESTERS, Style.DIM),
    )
    return _result(answer, {"task_definitions": rows}, screen, _export(rows))


def present_definitions(answer: TasksAnswer, wall_time: int) -> Result:
    """Give the result of ``task show`` and ``restricted list``: each definition with its members and its quorum."""
    rows = [
        {**encode_assessment(each), "operators": [encode_member(m) for m in each.members]}
        for each in answer.assessments
    ]
    bodies = [
        block
        for at, assessment in enumerate(answer.assessments)
        for block in (*((Blank(),) if at else ()), *_definition_blocks(assessment, answer.evm_block))
    ]
    nothing = () if bodies else (Line("no task definition has a restricted operator set"),)
    screen = (*head_lines(answer.deployment, answer.l1, answer.l2, wall_time), *bodies, *nothing)
    return _result(answer, {"task_definitions": rows}, screen, None)


def encode_quorum(quorum: Quorum) -> dict[str, Json]:
    """Build ``quorum``, with the same keys wherever it occurs."""
    return {
        "stored_total": decimal(quorum.stored_total),
        "raw_total": decimal(quorum.raw_total),
        "recomputed_total": decimal(quorum.recomputed_total),
        "required_approve": decimal(quorum.required_approve),
        "required_reject": decimal(quorum.required_reject),
        "attainable": decimal(quorum.attainable),
        "spare_operators": quorum.spare_operators,
        "pivotal": list(quorum.pivotal),
    }


def encode_assessment(assessment: Assessment) -> dict[str, Json]:
    """Build one definition: its settings, its quorum and its verdict, with the same keys wherever it occurs."""
    definition, details = assessment.definition, assessment.details
    expiry = None if details is None or details.block_expiry == UINT256_MAX else decimal(details.block_expiry)
    return {
        "task_definition_id": definition.task_definition_id,
        "name": details.name if details else None,
        "minimum_voting_power": decimal(definition.minimum_voting_power),
        "maximum_number_of_attesters": decimal(definition.maximum_number_of_attesters),
        "restricted_operator_ids": [encode_id(i) for i in definition.restricted_operator_ids],
        "block_expiry": expiry,
        "is_expired": assessment.is_expired,
        "attester_reward": decimal(details.attester_reward if details else None),
        "performer_reward": decimal(details.performer_reward if details else None),
        "aggregator_reward": decimal(details.aggregator_reward if details else None),
        "dispute_period_blocks": decimal(details.dispute_period_blocks if details else None),
        "details": "read" if details else "unknown",
        "quorum": encode_quorum(assessment.quorum),
        "verdict": assessment.verdict.value,
        "is_stale": assessment.quorum.is_stale,
    }


def encode_member(member: Member) -> dict[str, Json]:
    """Build a member of an assessment."""
    operator = member.operator
    return {
        "operator_id": encode_id(member.operator_id),
        "address": operator.address if operator else None,
        "active": operator.is_active if operator else False,
        "voting_power": decimal(operator.voting_power if operator else 0),
        "eligible": member.reason is None,
        "reason": member.reason,
    }


def name_span(form: str, name: str) -> Span:
    """Put a name into a text; a terminal shows no more of a long one than there is room for."""
    return Span(form.format(name), brief=form.format(clip(name)))


def tell_expiry(assessment: Assessment, evm_block: int) -> str:
    """Say when a definition expires, beside the height ``evm_block`` that contracts see."""
    if assessment.details is None:
        return "expiry unknown"
    expiry = assessment.details.block_expiry
    if expiry == UINT256_MAX:
        return "never expires"
    return f"{'expired' if assessment.is_expired else 'expires'} at block {expiry} (now {evm_block})"


def tell_rewards(assessment: Assessment) -> str:
    """Say what a task pays to whom, as far as that is known."""
    details = assessment.details
    if details is None:
        return "name, expiry, rewards and dispute period are unknown: they cannot be read here"
    rewards = (details.attester_reward, details.performer_reward, details.aggregator_reward)
    if not any(rewards):
        return "no rewards"
    attester, performer, aggregator = map(format_e18, rewards)
    return f"rewards (e18 of the token) attester {attester}, performer {performer}, aggregator {aggregator}"


def _result(answer: TasksAnswer, data: dict[str, Json], screen: tuple[Block, ...], table: Table | None) -> Result:
    return Result(
        answer.command,
        data,
        screen=screen,
        table=table,
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
    )


def _export(rows: Sequence[dict[str, Json]]) -> Table:
    """Give the definitions for csv and markdown, raw units; lists in one cell, quorum figures in columns."""
    names = ("task_definition_id", "name", "minimum_voting_power", "maximum_number_of_attesters")
    expiry = ("block_expiry", "is_expired", "details")
    figures = ("stored_total", "raw_total", "recomputed_total", "required_approve", "required_reject", "attainable")
    columns = (*names, *expiry, "restricted_operator_ids", *figures, "spare_operators", "verdict", "is_stale")
    texts = {"name", "details", "restricted_operator_ids", "verdict"}
    cells = [tuple(flatten({**row, **_mapping(row["quorum"])}[name]) for name in columns) for row in rows]
    return Table(
        tuple(Column(name, Kind.TEXT if name in texts else Kind.NUMBER) for name in columns), tuple(map(Row, cells))
    )


def _mapping(value: Json) -> dict[str, Json]:
    return dict(value) if isinstance(value, dict) else {}


def _overview(answer: TasksAnswer) -> Table:
    columns = (
        Column("id", Kind.NUMBER),
        Column("name"),
        Column("minimum", Kind.NUMBER),
        Column("list"),
        Column("max", Kind.NUMBER),
        Column("needed (e18)", Kind.NUMBER),
        Column("attainable", Kind.NUMBER),
        Column("verdict"),
    )
    return Table(columns, tuple(Row(_overview_cells(assessment)) for assessment in answer.assessments))


def _overview_cells(assessment: Assessment) -> tuple[Cell, ...]:
    definition, quorum, verdict = assessment.definition, assessment.quorum, assessment.verdict
    listed = len(definition.restricted_operator_ids)
    return (
        definition.task_definition_id,
        name_span("{}", assessment.details.name) if assessment.details else Span("unknown", Style.DIM),
        power_span(definition.minimum_voting_power),
        f"{listed} ids" if listed else "anyone",
        definition.maximum_number_of_attesters or None,
        power_span(quorum.required_approve),
        power_span(quorum.attainable),
        Span(verdict.value.upper(), VERDICT_STYLES[verdict]),
    )


def _definition_blocks(assessment: Assessment, evm_block: int) -> Iterable[Block]:
    definition, verdict = assessment.definition, assessment.verdict
    subject = f"Task {definition.task_definition_id}"
    title = name_span(f'{subject} "{{}}"', assessment.details.name) if assessment.details else Span(subject)
    yield Line(
        (
            replace(title, style=Style.HEAD),
            Span("   verdict "),
            Span(verdict.value.upper(), VERDICT_STYLES[verdict]),
            Span(f"   {_spare_text(assessment)}"),
        )
    )
    most = definition.maximum_number_of_attesters
    limits = (Span("minimum power (e18) "), power_span(definition.minimum_voting_power))
    yield Line(
        (*limits, Span(f"     maximum attesters {most or 'no limit'}     {tell_expiry(assessment, evm_block)}")),
        indent=2,
    )
    yield Line(tell_rewards(assessment), indent=2)
    yield Line(BINDS_ATTESTERS, Style.DIM, indent=2)
    yield Blank()
    yield _members(assessment)
    yield Blank()
    yield from _quorum_lines(assessment.quorum)


def _spare_text(assessment: Assessment) -> str:
    quorum = assessment.quorum
    if assessment.is_expired:
        return "expired: no task of it passes any more"
    if quorum.spare_operators is None:
        return "no admissible set of attesters reaches approval"
    if quorum.pivotal:
        return f"dead without {name_pivotal(quorum)}"
    return f"any {quorum.spare_operators} may be offline"


def _members(assessment: Assessment) -> Table:
    columns = (
        Column("id", Kind.NUMBER),
        Column("address", Kind.ADDRESS),
        Column("active"),
        Column("power (e18)", Kind.NUMBER),
        Column("share", Kind.NUMBER),
        Column("eligible"),
    )
    return Table(
        columns, tuple(Row(_member_cells(member, assessment.quorum)) for member in assessment.members), indent=2
    )


def _member_cells(member: Member, quorum: Quorum) -> tuple[Cell, ...]:
    words = {"unknown": "exists nowhere", "inactive": "dead", "below_minimum": "below minimum"}
    operator = member.operator
    eligible = Span(words[member.reason], Style.WARNING) if member.reason else Span("yes", Style.OK)
    if operator is None:
        return (member.operator_id, None, None, None, None, eligible)
    share = format_share(operator.voting_power, quorum.recomputed_total) if member.reason is None else None
    return (
        member.operator_id,
        operator.address,
        "yes" if operator.is_active else "dead",
        power_span(operator.voting_power),
        share,
        eligible,
    )


def _quorum_lines(quorum: Quorum) -> Iterable[Block]:
    raw = (Span("   (raw slot "), power_span(quorum.raw_total), Span(")")) if quorum.raw_total is not None else ()
    stale = (Span("   STALE", Style.WARNING),) if quorum.is_stale else ()
    stored, recomputed = power_span(quorum.stored_total), power_span(quorum.recomputed_total)
    yield Line((Span("total (e18)  stored "), stored, Span("   recomputed "), recomputed, *raw, *stale), indent=2)
    scale = max(quorum.required_approve, quorum.attainable, 1)
    enough = Style.OK if quorum.is_attainable else Style.CRITICAL
    needed = (Bar(quorum.required_approve, scale), Span(" "), power_span(quorum.required_approve), Span(" needed"))
    attainable = (Bar(quorum.attainable, scale, style=enough), Span(" "), power_span(quorum.attainable))
    margin = (Span(" attainable   "), power_span(quorum.margin, signed=True))
    yield Line((Span("approve      "), *needed), indent=2)
    yield Line((Span("             "), *attainable, *margin), indent=2)
    reject = (Bar(quorum.required_reject, scale), Span(" "), power_span(quorum.required_reject), Span(" needed"))
    yield Line((Span("reject       "), *reject), indent=2)
