"""``avsctl power``: voting power on L1 and L2."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.core.internal_tasks import InternalTaskName, find_interval_seconds
from avsctl.core.power import Threshold, build_update, diff_powers
from avsctl.core.units import parse_power
from avsctl.errors import UsageError
from avsctl.output.result import Result

BPS_MAX = 10_000


@with_common(checks=True, is_tabular=True)
def diff(
    common: Common,
    *,
    show_all: Annotated[bool, typer.Option("--all", help="Show the operators in sync too.")] = False,
    per_task: Annotated[bool, typer.Option("--per-task", help="Compare each definition's total as well.")] = False,
    min_delta: Annotated[
        str | None, typer.Option("--min-delta", metavar="POWER", help="Ignore differences under this, such as 5e18.")
    ] = None,
    min_bps: Annotated[
        int | None,
        typer.Option("--min-bps", metavar="N", help="Ignore differences under N/10000 of the larger power."),
    ] = None,
) -> Result:
    """Compare voting power on L1 and L2, and give the update that would mend it."""
    threshold = _parse_threshold(min_delta, min_bps)
    if per_task:
        common.require_no_table_format("--per-task")
    from avsctl.chain.queries.power import load_power
    from avsctl.commands.connection import connect, wall_time
    from avsctl.core.checks import check_diff, check_shared, check_sync, check_task_totals
    from avsctl.output.power import DiffAnswer, present_diff

    with connect(common) as connection:
        reading = load_power(
            connection.l1, connection.l2, connection.discovery, connection.avs_governance, per_task=per_task
        )
    compared = diff_powers(reading.sets, threshold)
    l1, l2 = connection.l1.block, connection.l2.block
    update = build_update(compared, l1.number, connection.discovery.evm_block_number)
    interval = find_interval_seconds(connection.settings.internal_tasks, InternalTaskName.VOTING_POWER_SYNC)
    is_synced_by_task = connection.discovery.internal_task_handler is not None
    findings = (
        *check_diff(compared),
        *check_shared(reading.sets),
        *(check_sync(update, reading.last_sync, interval, l2.timestamp) if is_synced_by_task else ()),
        *check_task_totals(reading.task_totals or ()),
        *connection.check_reading(),
        *connection.check_assumptions("what a 10001 sync carries, and how task totals are recomputed"),
    )
    answer = DiffAnswer(
        connection.deployment, l1, l2, compared, update, reading.last_sync, reading.task_totals, findings
    )
    return present_diff(answer, shows_all=show_all, wall_time=wall_time())


def _parse_threshold(min_delta: str | None, min_bps: int | None) -> Threshold:
    if min_delta is not None and min_bps is not None:
        raise UsageError("--min-delta and --min-bps exclude each other", "give one of them")
    if min_bps is not None and not 0 <= min_bps <= BPS_MAX:
        raise UsageError(f"--min-bps {min_bps} is not between 0 and {BPS_MAX}", "100 is one percent")
    return Threshold(parse_power(min_delta) if min_delta is not None else 0, min_bps or 0)
