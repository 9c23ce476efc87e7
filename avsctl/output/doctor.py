"""The doctor's report: where each setting came from, the endpoints, and a line for each thing that was checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.endpoints import Abilities, EndpointReport
from avsctl.core.findings import Severity
from avsctl.core.governance import RoleHolder
from avsctl.core.health import Check
from avsctl.errors import Problem
from avsctl.output.encode import Json
from avsctl.output.head import head_lines
from avsctl.output.result import FOUND, FailOn, Result, exit_status
from avsctl.output.screen import Blank, Block, Column, Line, Row, Span, Style, Table
from avsctl.output.tally import tell_count
from avsctl.output.text import plural


@dataclass(frozen=True)
class SettingLine:
    """One setting as it was found, secrets masked."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class DoctorAnswer:
    """All that ``doctor`` found, as far as it got."""

    settings: tuple[SettingLine, ...]
    endpoints: tuple[EndpointReport, ...] = ()
    checks: tuple[Check, ...] = ()
    deployment: Deployment | None = None
    l1: BlockRef | None = None
    l2: BlockRef | None = None
    errors: tuple[Problem, ...] = ()
    status: int | None = None
    """The status of the errors, if there are any."""
    has_searched: bool = False
    """Whether the holder of the governance role was to be found."""
    holder: RoleHolder | None = None
    """Who it is, where it was found."""


def present_doctor(answer: DoctorAnswer, fail_on: FailOn, wall_time: int) -> Result:
    """Give the result of ``doctor``; its table, the checks, is for the summary of a CI."""
    data: dict[str, Json] = {
        "settings": [{"name": each.name, "value": each.value, "from": each.origin} for each in answer.settings],
        "endpoints": [_encode_endpoint(endpoint) for endpoint in answer.endpoints],
        "checks": [
            {"code": each.code, "group": each.group, "result": each.result, "text": each.text} for each in answer.checks
        ],
    }
    if answer.has_searched:
        data["multisig"] = _encode_holder(answer.holder)
    result = Result(
        "doctor",
        data,
        table=_tabulate_checks(answer.checks),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=tuple(finding for check in answer.checks for finding in check.findings),
        errors=answer.errors,
        status=answer.status,
    )
    return replace(result, screen=_screen(answer, _tally(answer, result, fail_on), wall_time))


def _encode_endpoint(report: EndpointReport) -> Json:
    abilities = report.abilities
    return {
        "chain": report.layer.value,
        "host": report.masked.partition("://")[2].removesuffix("/***"),
        "url": report.masked,
        "chain_id": report.chain_id,
        "log_range": abilities.log_range if abilities else None,
        "batch": abilities.batch if abilities else None,
        "eth_simulate_v1": abilities.has_simulate_v1 if abilities else None,
        "state_override": abilities.has_state_override if abilities else None,
        "multicall3": abilities.has_multicall3 if abilities else None,
        "finalized": abilities.has_finalized if abilities else None,
        "requests": report.requests,
        "retries": report.retries,
        "fault": report.fault or None,
    }


def _encode_holder(holder: RoleHolder | None) -> Json:
    if holder is None:
        return None
    return {"address": holder.address, "found_in": holder.found_in.value, "block": holder.block, "env": holder.setting}


def _tabulate_checks(checks: Sequence[Check]) -> Table:
    columns = tuple(map(Column, ("group", "check", "result", "text")))
    return Table(columns, tuple(Row((each.group, each.code, each.result, each.text)) for each in checks))


def _screen(answer: DoctorAnswer, tally: str, wall_time: int) -> tuple[Block, ...]:
    head = head_lines(answer.deployment, answer.l1, answer.l2, wall_time) if answer.deployment and answer.l2 else ()
    return (
        *head,
        Line("settings", Style.HEAD),
        *_setting_lines(answer.settings),
        *_check_lines("setup", answer.checks, _limit_lines(answer.endpoints)),
        *_check_lines("health", answer.checks, ()),
        *((Blank(), Line(answer.holder.setting, is_verbatim=True)) if answer.holder else ()),
        Blank(),
        Line(tally, Style.DIM),
    )


def _setting_lines(settings: Sequence[SettingLine]) -> list[Line]:
    width = max((len(each.name) for each in settings), default=0)
    hang = width + 2
    return [
        Line(
            (Span(f"{each.name:<{width}}  "), Span(each.value), Span(f"   {each.origin}", Style.DIM)),
            indent=2,
            hang=hang,
        )
        for each in settings
    ]


def _check_lines(group: str, checks: Sequence[Check], more: Sequence[Line]) -> list[Block]:
    lines = [_check_line(check) for check in checks if check.group == group]
    return [Line(group, Style.HEAD), *lines, *more] if lines or more else []


def _check_line(check: Check) -> Line:
    word, style = _mark(check)
    return Line((Span(f"{word:<5} ", style), Span(f"{check.code:<16} "), Span(check.text)), indent=2, hang=23)


def _mark(check: Check) -> tuple[str, Style]:
    return {
        "ok": ("ok", Style.OK),
        Severity.INFO.value: ("note", Style.INFO),
        Severity.WARNING.value: ("warn", Style.WARNING),
        Severity.CRITICAL.value: ("FAIL", Style.CRITICAL),
    }[check.result]


def _limit_lines(endpoints: Sequence[EndpointReport]) -> list[Line]:
    return [
        Line(
            (Span("note  ", Style.INFO), Span(f"{'limits':<16} "), Span(_limits(each, each.abilities))),
            indent=2,
            hang=23,
        )
        for each in endpoints
        if each.abilities
    ]


def _limits(report: EndpointReport, abilities: Abilities) -> str:
    layer = f"{report.layer.upper()} {report.masked}"
    logs = "no limit met" if abilities.log_range is None else f"{abilities.log_range} blocks"
    return (
        f"{layer}: logs {logs}, batch {abilities.batch}, simulateV1 {_yes(abilities.has_simulate_v1)},"
        f" state override {_yes(abilities.has_state_override)}, Multicall3 {_yes(abilities.has_multicall3)},"
        f" finalized {_yes(abilities.has_finalized)}"
    )


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _tally(answer: DoctorAnswer, result: Result, fail_on: FailOn) -> str:
    """Count what was found and asked, and say what the status is and why."""
    faults, status = sum(check.is_fault for check in answer.checks), exit_status(result, fail_on)
    requests = ", ".join(_tell_requests(answer.endpoints))
    retries = sum(each.retries for each in answer.endpoints)
    asked = f"{requests}, {retries} retried" if retries else requests
    gate = f" (--fail-on {fail_on})" if status in (0, FOUND) else ""
    failed = f"{faults} FAILED, " if faults else ""
    told = (f"{failed}{tell_count(result.findings)}", asked, f"Status {status}{gate}")
    return ". ".join(part for part in told if part)


def _tell_requests(endpoints: Sequence[EndpointReport]) -> Iterator[str]:
    for at, layer in enumerate(sorted({each.layer for each in endpoints})):
        number = sum(each.requests for each in endpoints if each.layer is layer)
        yield f"{number if at else plural(number, 'request')} to {layer.upper()}"
