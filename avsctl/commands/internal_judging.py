"""The internal tasks judged by a reading that has no logs, and the rest that the doctor and the diff share."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avsctl.chain.queries.power import PowerReading
    from avsctl.commands.connection import Connection
    from avsctl.core.changes import L2State
    from avsctl.core.findings import Finding
    from avsctl.core.internal_health import InternalHealth


def judge_internal(
    connection: "Connection",
    power: "PowerReading",
    state: "L2State",
    l1_head: int | None,
    paused_flows: Iterable[str] = (),
) -> "InternalHealth | None":
    """Judge the internal tasks; None on V1, which has none.

    Args:
        connection: what was read.
        power: operators and the last sync.
        state: every definition.
        l1_head: the newest block of L1; None where it is not known whether an older one was read.
        paused_flows: names.
    """
    from avsctl.core.internal_health import find_intervals, judge_health
    from avsctl.core.internal_status import InternalScene

    if connection.discovery.internal_task_handler is None:
        return None
    intervals, now = find_intervals(connection.settings.internal_tasks), connection.l2.block.timestamp
    return judge_health(InternalScene(state, power.sets, power.last_sync, {}, intervals, now), l1_head, paused_flows)


def check_definitions(connection: "Connection", power: "PowerReading") -> "tuple[Finding, ...]":
    """Find what the doctor does of the global total, of lists, and of syncs that cannot land; none without ``state``.

    Whether a sync is due is not looked at.
    """
    state = power.state
    if state is None:
        return ()
    from avsctl.core.checks import check_total
    from avsctl.core.health import check_lists
    from avsctl.core.internal_health import check_landing

    assessed = (state.assess(each.definition.task_definition_id) for each in state.definitions)
    found = (*check_total(power.sets), *check_lists([each for each in assessed if each is not None]))
    internal = judge_internal(connection, power, state, None)
    return (*found, *(check_landing(internal) if internal else ()))
