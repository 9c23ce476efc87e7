"""``avsctl doctor``: is everything set up, and is the deployment well?"""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.errors import AvsctlError, ChainError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avsctl.chain.queries.health import HealthReading
    from avsctl.chain.transport import Deadline, Transport
    from avsctl.commands.connection import Connection
    from avsctl.config import ChainSettings, Settings
    from avsctl.core.deployment import Layer
    from avsctl.core.endpoints import EndpointReport
    from avsctl.core.health import Check
    from avsctl.core.power import DiffRow
    from avsctl.core.units import Address
    from avsctl.output.doctor import DoctorAnswer


@with_common(checks=True)
def doctor(
    common: Common,
    *,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="The governance multisig; else AVSCTL_MULTISIG.")
    ] = None,
    find_multisig: Annotated[
        bool, typer.Option("--find-multisig", help="Look in logs for who holds the governance role on L2.")
    ] = False,
) -> Result:
    """Check the set-up and the health of a deployment: the one gate for CI."""
    from avsctl.chain.transport import Deadline, SystemClock
    from avsctl.commands.connection import open_deployment, read_settings, wall_time
    from avsctl.commands.early import take_transport
    from avsctl.core.health import Check, check_endpoints
    from avsctl.output.doctor import DoctorAnswer, SettingLine, present_doctor

    settings = read_settings(common, sender=sender)
    lines = tuple(SettingLine(each.name, each.shown_value, each.origin) for each in settings.provenance)
    answer = DoctorAnswer(lines, has_searched=find_multisig)
    with closing(take_transport()) as transport:
        deadline = Deadline(SystemClock(), common.timeout_seconds)
        trying = deadline.part(common.timeout_seconds / 2)
        reports = _report_endpoints(settings, transport, trying)
        answer = replace(answer, endpoints=reports)
        try:
            with open_deployment(settings, common, transport, deadline) as connection:
                answer = _examine(common, connection, answer, wall_time())
            answer = replace(answer, endpoints=tuple(_add_traffic(connection, reports)))
        except AvsctlError as error:
            checks = (
                *check_endpoints(reports, _expected_chains(settings), wall_time()),
                *(Check(problem.code, "setup", problem.message, is_fault=True) for problem in error.problems),
            )
            answer = replace(answer, checks=checks, errors=error.problems, status=error.status)
    return present_doctor(answer, common.fail_on, wall_time())


def _report_endpoints(
    settings: "Settings", transport: "Transport", deadline: "Deadline"
) -> "tuple[EndpointReport, ...]":
    from avsctl.chain.background import side_by_side
    from avsctl.core.deployment import Layer

    first, second = side_by_side(
        lambda: _report_layer(Layer.L1, settings.l1, settings.avs_governance, transport, deadline),
        lambda: _report_layer(Layer.L2, settings.l2, settings.attestation_center, transport, deadline),
    )
    return (*first, *second)


def _report_layer(
    layer: "Layer",
    chain: "ChainSettings | None",
    contract: "Address | None",
    transport: "Transport",
    deadline: "Deadline",
) -> "list[EndpointReport]":
    from avsctl.chain.abilities import report_endpoint
    from avsctl.chain.rpc import Rpc

    if chain is None or contract is None:
        return []
    return [report_endpoint(Rpc(layer, [each], transport, deadline), contract) for each in chain.endpoints]


def _expected_chains(settings: "Settings") -> "dict[Layer, int | None]":
    from avsctl.core.deployment import Layer

    l1 = settings.l1.expected_chain_id if settings.l1 else None
    return {Layer.L1: l1, Layer.L2: settings.l2.expected_chain_id}


def _examine(common: Common, connection: "Connection", answer: "DoctorAnswer", now: int) -> "DoctorAnswer":
    """Read one snapshot of both layers, and check all that is known of it."""
    from avsctl.chain.background import side_by_side
    from avsctl.chain.queries.health import load_governance, load_health
    from avsctl.core.deployment import Layer
    from avsctl.core.governance import check_governance, check_search, settle_holder
    from avsctl.core.health import check_deployment, check_endpoints
    from avsctl.output.power import tell_unreadable

    l1, l2, discovery = connection.l1, connection.l2, connection.discovery
    reading, (governance, search) = side_by_side(
        lambda: load_health(l1, l2, discovery, connection.avs_governance),
        lambda: load_governance(l2, discovery, connection.settings.multisig, searches=answer.has_searched),
    )
    health, unreadable = _check_health(common, connection, reading)
    chain_ids = {Layer.L1: l1.block.chain_id, Layer.L2: l2.block.chain_id}
    notes = (
        *connection.check_reading(),
        *connection.check_assumptions("what a 10001 sync carries, how quorums are counted, and which flows tasks need"),
    )
    setup = (
        *check_endpoints(answer.endpoints, chain_ids, now),
        check_deployment(connection.deployment, notes),
        check_governance(governance),
        *((check_search(search, governance),) if search else ()),
    )
    return replace(
        answer,
        checks=(*setup, *health),
        deployment=connection.deployment,
        l1=l1.block,
        l2=l2.block,
        errors=tell_unreadable(unreadable),
        status=ChainError.status if unreadable else None,
        holder=settle_holder(search, governance) if search else None,
    )


def _add_traffic(connection: "Connection", reports: "Sequence[EndpointReport]") -> "Iterator[EndpointReport]":
    """Count the requests of the reading among those of each endpoint's trying."""
    traffic = [*connection.l1.rpc.traffic, *connection.l2.rpc.traffic]
    for report, read in zip(reports, traffic, strict=True):
        yield replace(report, requests=report.requests + read.requests, retries=report.retries + read.retries)


def _check_health(
    common: Common, connection: "Connection", reading: "HealthReading"
) -> "tuple[tuple[Check, ...], tuple[DiffRow, ...]]":
    """Check the health; gives the operators whose L1 read failed, too."""
    from avsctl.commands.internal_judging import judge_internal
    from avsctl.core.deployment import LATEST
    from avsctl.core.health import check_health, check_tasks
    from avsctl.core.power import diff_powers

    discovery, power, tasks = connection.discovery, reading.power, reading.tasks
    l1_head = connection.l1.block.number if common.l1_block == LATEST else None
    diff = diff_powers(power.sets)
    internal = judge_internal(connection, power, reading.state, l1_head, reading.paused_flows)
    checks = (
        *check_health(reading.paused_flows, power.sets, diff, internal),
        *check_tasks(
            discovery.generation,
            tasks.assessments,
            tasks.last_default_task,
            tasks.fee_calculator,
            internal.ids if internal else (),
        ),
    )
    return checks, diff.unreadable
