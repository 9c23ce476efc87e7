"""Both layers read and compared, with what is found: what ``power diff`` shows once and ``power watch`` every round."""

from typing import TYPE_CHECKING

from avsctl.core.internal_tasks import InternalTaskName, find_interval_seconds
from avsctl.core.power import Threshold, build_update, diff_powers

if TYPE_CHECKING:
    from avsctl.chain.queries.power import PowerReading
    from avsctl.commands.connection import Connection
    from avsctl.output.power import DiffAnswer


def read_diff(connection: "Connection", threshold: Threshold, *, per_task: bool = False) -> "DiffAnswer":
    """Read the powers of both layers at their blocks and compare them.

    Raises:
        ChainError: a layer could not be read.
    """
    from avsctl.chain.queries.power import load_power  # noqa: PLC0415 - imported when it runs
    from avsctl.commands.internal_judging import check_definitions  # noqa: PLC0415
    from avsctl.core.checks import check_diff, check_shared, check_sync, check_task_totals  # noqa: PLC0415
    from avsctl.output.power import DiffAnswer  # noqa: PLC0415

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
        *check_definitions(connection, reading),
        *connection.check_reading(),
        *connection.check_assumptions("what a 10001 sync carries, and how task totals are recomputed"),
    )
    return DiffAnswer(
        connection.deployment,
        l1,
        l2,
        compared,
        update,
        reading.last_sync,
        reading.task_totals,
        findings,
        _tell_total(reading) if per_task else "",
    )


def _tell_total(reading: "PowerReading") -> str:
    from avsctl.core.health import tell_total  # noqa: PLC0415 - as above

    return tell_total(reading.sets)
