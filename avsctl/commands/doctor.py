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

    from avsctl.chain.transport import Deadline, Transport
    from avsctl.commands.connection import Connection
    from avsctl.config import ChainSettings, Settings
    from avsctl.core.deployment import Layer
    from avsctl.core.endpoints import EndpointReport
    from avsctl.core.health import Check, Governance
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
) -> Result:
    """Check the set-up and the health of a deployment: the one gate for CI."""
    from avsctl.chain.transport import Deadline, HttpTransport, SystemClock
    from avsctl.commands.connection import open_deployment, read_settings, wall_time
    from avsctl.core.health import Check, check_endpoints
    from avsctl.output.doctor import DoctorAnswer, SettingLine, present_doctor

    settings = read_settings(common, sender=sender)
    answer = DoctorAnswer(tuple(SettingLine(each.name, each.shown_value, each.origin) for each in settings.provenance))
    with closing(HttpTransport()) as transport:
        deadline = Deadline(SystemClock(), common.timeout_seconds)
        trying = Deadline(SystemClock(), common.timeout_seconds / 2)
        reports = _report_endpoints(settings, transport, trying)
        answer = replace(answer, endpoints=reports)
        try:
            with open_deployment(settings, common, transport, deadline) as connection:
                answer = _examine(connection, answer, wall_time())
            answer = replace(answer, endpoints=tuple(_add_traffic(connection, reports)))
        except AvsctlError as error:
            checks = (
                *check_endpoints(reports, _expected_chains(settings), wall_time()),
                *(Check(problem.code, "setup", problem.message, is_fault=True) for problem in error.problems),
            )
            answer = replace(answer, checks=checks, errors=error.problems, status=error.status)
    return present_doctor(answer, wall_time())


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


def _examine(connection: "Connection", answer: "DoctorAnswer", now: int) -> "DoctorAnswer":
    """Read one snapshot of both layers, and check all that is known of it."""
    from avsctl.core.deployment import Layer
    from avsctl.core.health import check_deployment, check_endpoints
    from avsctl.output.power import tell_unreadable

    deployment = connection.deployment
    chain_ids = {Layer.L1: connection.l1.block.chain_id, Layer.L2: connection.l2.block.chain_id}
    health, unreadable = _check_health(connection)
    reading = (
        *connection.check_reading(),
        *connection.check_assumptions("what a 10001 sync carries, and which flows tasks need"),
    )
    setup = (
        *check_endpoints(answer.endpoints, chain_ids, now),
        *check_deployment(deployment, _read_governance(connection), reading),
    )
    return replace(
        answer,
        checks=(*setup, *health),
        deployment=deployment,
        l1=connection.l1.block,
        l2=connection.l2.block,
        errors=tell_unreadable(unreadable),
        status=ChainError.status if unreadable else None,
    )


def _add_traffic(connection: "Connection", reports: "Sequence[EndpointReport]") -> "Iterator[EndpointReport]":
    """Count the requests of the reading among those of each endpoint's trying."""
    traffic = [*connection.l1.rpc.traffic, *connection.l2.rpc.traffic]
    for report, read in zip(reports, traffic, strict=True):
        yield replace(report, requests=report.requests + read.requests, retries=report.retries + read.retries)


def _read_governance(connection: "Connection") -> "Governance":
    from avsctl.core.health import Governance

    multisig = connection.settings.multisig
    if multisig is None:
        return Governance(None, holds_role=False)
    (holds_role,) = connection.l2.require([connection.discovery.attestation_center.has_governance_role(multisig)])
    return Governance(multisig, holds_role=holds_role)


def _check_health(connection: "Connection") -> "tuple[tuple[Check, ...], tuple[DiffRow, ...]]":
    """Check the health; gives the operators whose L1 read failed, too."""
    from avsctl.chain.queries.power import load_power
    from avsctl.chain.queries.tasks import load_paused_flows
    from avsctl.core.health import SyncState, check_health
    from avsctl.core.internal_tasks import InternalTaskName, find_interval_seconds
    from avsctl.core.power import build_update, diff_powers

    discovery = connection.discovery
    reading = load_power(connection.l1, connection.l2, discovery, connection.avs_governance)
    paused = load_paused_flows(connection.l2, discovery)
    diff = diff_powers(reading.sets)
    sync = None
    if discovery.internal_task_handler is not None:
        sync = SyncState(
            build_update(diff, connection.l1.block.number, discovery.evm_block_number),
            reading.last_sync,
            find_interval_seconds(connection.settings.internal_tasks, InternalTaskName.VOTING_POWER_SYNC),
            connection.settings.internal_tasks is None,
            connection.l2.block.timestamp,
        )
    return tuple(check_health(paused, reading.sets, diff, sync)), diff.unreadable
