"""Whether the syncs are alive, for answers that are about more: what ``internal status`` finds without any log."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from avsctl.core.checks import check_flows, check_sync, tell_dead
from avsctl.core.findings import Finding
from avsctl.core.internal_checks import Surroundings, check_internal_tasks
from avsctl.core.internal_status import InternalScene, InternalTaskStatus, judge_internal_tasks
from avsctl.core.internal_tasks import (
    DEFAULT_INTERVAL_MS,
    InternalTaskName,
    InternalTaskSetting,
    Interval,
    IntervalSource,
    find_interval,
)
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId, format_duration

_CANNOT_LAND = frozenset({"sync_dead", "sync_needs_departed", "blocks_ahead"})
"""Codes of findings that say why a sync cannot land."""

_TOLD_BY_AGE = frozenset({"sync_overdue", "never_synced", "sync_age_unknown"})


@dataclass(frozen=True)
class InternalHealth:
    """The internal tasks of a deployment, judged."""

    scene: InternalScene
    statuses: tuple[InternalTaskStatus, ...]
    findings: tuple[Finding, ...]
    """As ``internal status`` has them; what only logs tell is not among them."""

    @property
    def ids(self) -> frozenset[TaskDefinitionId]:
        """Of the internal tasks that there are."""
        return frozenset(status.task_definition_id for status in self.statuses)

    def of(self, task_definition_id: TaskDefinitionId) -> InternalTaskStatus | None:
        """Give one of them; None where it is not defined."""
        return next((each for each in self.statuses if each.task_definition_id == task_definition_id), None)

    def about(self, task_definition_id: TaskDefinitionId) -> tuple[Finding, ...]:
        """Give what was found of one; what is between two of them counts for the later."""
        subjects = (f"{task_definition_id}", f"task {task_definition_id}")
        return tuple(
            finding
            for finding in self.findings
            if finding.subject in subjects or finding.subject.endswith(f", {task_definition_id}")
        )


def find_intervals(settings: tuple[InternalTaskSetting, ...] | None) -> Mapping[InternalTaskName, Interval]:
    """Give how often each task runs; ``settings`` are INTERNAL_TASKS, None where it is not set."""
    return {name: find_interval(settings, name) for name in InternalTaskName}


def judge_health(scene: InternalScene, l1_head: int | None, paused_flows: Iterable[str] = ()) -> InternalHealth:
    """Judge the internal tasks.

    That two intervals are equal is told only where they are set: what an aggregator takes that has none is no fault of
    these settings.

    Args:
        scene: what was read; without histories, for logs are not looked at.
        l1_head: the newest block of L1; None where an older one was read.
        paused_flows: names.
    """
    statuses = judge_internal_tasks(scene)
    found = list(check_internal_tasks(scene, statuses, Surroundings(None, tuple(paused_flows), l1_head, None)))
    if all(status.task_definition_id != VOTING_POWER_SYNC for status in statuses):
        found += check_sync(scene.update, scene.last_sync, DEFAULT_INTERVAL_MS // 1000, scene.now)
    is_set = all(status.interval.source is not IntervalSource.DEFAULT for status in statuses)
    kept = (finding for finding in found if is_set or finding.code != "intervals_equal")
    return InternalHealth(scene, statuses, tuple(kept))


def check_landing(internal: InternalHealth) -> tuple[Finding, ...]:
    """Find syncs that cannot land, whether or not one is due."""
    return tuple(finding for finding in internal.findings if finding.code in _CANNOT_LAND)


def check_paused(paused: Iterable[str], internal: InternalHealth | None) -> tuple[Finding, ...]:
    """Find flows, by name, that are paused; critical where an internal task needs one."""
    worse = {each.subject: each for each in (internal.findings if internal else ()) if each.code == "flow_paused"}
    return tuple(worse.get(finding.subject, finding) for finding in check_flows(paused))


def tell_internal(internal: InternalHealth, task_definition_id: TaskDefinitionId, found: Iterable[Finding]) -> str:
    """Say in one line how an internal task stands, with the gist of what was ``found`` of it."""
    status = internal.of(task_definition_id)
    named = f"{task_definition_id} {status.assessment.verdict if status else 'is not defined'}"
    state = _tell_state(internal, task_definition_id, status)
    return "; ".join([f"{named}: {state}" if state else named, *_tell_gist(status, found)])


def _tell_state(
    internal: InternalHealth, task_definition_id: TaskDefinitionId, status: InternalTaskStatus | None
) -> str:
    if task_definition_id == VOTING_POWER_SYNC:
        return _tell_last(internal.scene, status)
    if task_definition_id == TOTALS_SYNC and status is not None:
        carried = status.carries or 0
        return f"{carried or 'no'} {'totals wait' if carried > 1 else 'total waits'} for it"
    return ""


def _tell_last(scene: InternalScene, status: InternalTaskStatus | None) -> str:
    """Say when the last 10001 was, and how often it runs."""
    sync = scene.last_sync
    age = sync.age_seconds(scene.now) if sync else None
    when = "of a time that is not known" if age is None else f"of {format_duration(age)} ago"
    last = f"the last one read blocks {when}" if sync else "none has landed"
    if status is None:
        return last
    missed = f", {status.schedule.missed} intervals missed" if status.schedule.is_overdue else ""
    seconds = status.interval.seconds
    source = "assumed, INTERNAL_TASKS is not set" if status.interval.source is IntervalSource.DEFAULT else "as set"
    every = "" if seconds is None else f"; it runs every {format_duration(seconds)} ({source})"
    return f"{last}{missed}{every}"


def _tell_gist(status: InternalTaskStatus | None, found: Iterable[Finding]) -> Iterator[str]:
    for finding in found:
        if finding.code == "sync_dead" and status is not None:
            yield tell_dead(status.assessment)
        elif finding.code == "sync_needs_departed" and status is not None:
            yield f"cannot pass without {_name_needed(status)}"
        elif finding.code not in _TOLD_BY_AGE:
            yield finding.text


def _name_needed(status: InternalTaskStatus) -> str:
    """Name those that departed and are needed, each or some of them."""
    pivotal = frozenset(status.assessment.quorum.pivotal)
    departed = [each.member.operator_id for each in status.departed]
    needed = [i for i in departed if i in pivotal]
    ids = ", ".join(map(str, needed or departed))
    many = "operators" if needed else "some of operators"
    return f"operator {ids}" if len(needed or departed) == 1 else f"{many} {ids}"
