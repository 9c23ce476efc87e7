"""``avsctl internal``: the tasks that an aggregator's node runs by itself."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.core.internal_tasks import InternalTaskName, find_interval, require_interval
from avsctl.errors import ChainError, GenerationError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.chain.queries.internal_tasks import InternalReading
    from avsctl.commands.connection import Connection
    from avsctl.core.internal_status import InternalScene


@with_common(checks=True)
def status(
    common: Common,
    *,
    sync_interval: Annotated[
        int | None,
        typer.Option("--sync-interval", metavar="MS", help="How often 10001 runs, as older aggregators were told."),
    ] = None,
) -> Result:
    """Show when the internal tasks ran and are due, who may attest them, and why none lands."""
    interval_ms = None if sync_interval is None else require_interval(sync_interval)
    from avsctl.commands.connection import BOTH, L2_ALONE, connect, wall_time
    from avsctl.core.checks import check_unreadable
    from avsctl.core.internal_checks import Surroundings, check_internal_tasks
    from avsctl.core.internal_status import judge_internal_tasks
    from avsctl.core.power import diff_powers
    from avsctl.output.internal import InternalAnswer, present_internal
    from avsctl.output.power import tell_unreadable

    with connect(common, L2_ALONE, BOTH) as connection:
        reading = _read(connection)
    scene = _set_scene(connection, reading, interval_ms)
    statuses = judge_internal_tasks(scene)
    around = Surroundings(
        reading.fee_calculator, reading.paused_flows, _find_l1_head(common, connection), reading.log_blocks
    )
    unreadable = diff_powers(scene.sets).unreadable if scene.sets else ()
    findings = (
        *check_unreadable(unreadable),
        *check_internal_tasks(scene, statuses, around),
        *connection.check_reading(),
        *connection.check_assumptions("how internal tasks are processed, and how their quorums are counted"),
    )
    answer = InternalAnswer(
        connection.deployment,
        connection.l1_block,
        connection.l2.block,
        statuses,
        findings,
        tell_unreadable(unreadable),
        ChainError.status if unreadable else None,
    )
    return present_internal(answer, wall_time())


def _read(connection: "Connection") -> "InternalReading":
    from avsctl.chain.queries.internal_tasks import load_internal
    from avsctl.chain.queries.operators import L1Place

    if connection.discovery.internal_task_handler is None:
        raise GenerationError(
            f"generation {connection.discovery.generation} has no internal tasks: V2 and V3 have",
            "here a syncer moves the powers by itself; avsctl attest propose gives the calls that it would make",
        )
    l1 = L1Place(connection.l1, connection.avs_governance) if connection.layers.l1 else None
    return load_internal(connection.l2, connection.discovery, l1)


def _set_scene(connection: "Connection", reading: "InternalReading", interval_ms: int | None) -> "InternalScene":
    from avsctl.core.internal_status import InternalScene

    settings = connection.settings.internal_tasks
    return InternalScene(
        reading.state,
        reading.sets,
        reading.last_sync,
        reading.histories,
        {name: find_interval(settings, name, interval_ms) for name in InternalTaskName},
        connection.l2.block.timestamp,
    )


def _find_l1_head(common: Common, connection: "Connection") -> int | None:
    """Give the newest L1 block; None where an older one was asked for, or none."""
    from avsctl.core.deployment import LATEST

    is_newest = common.l1_block == LATEST and connection.l1_block is not None
    return connection.l1_block.number if is_newest and connection.l1_block else None
