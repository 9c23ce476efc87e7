"""The internal tasks of a deployment: what is set, what ran, what is due, and who would have to attest.

Whether an aggregator runs with internal tasks is not on chain. Drift, quorums and the runs that landed are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from avsctl.core.changes import L2State
from avsctl.core.internal_tasks import (
    OVERDUE_INTERVALS,
    TASK_DEFINITION_ID_BY_NAME,
    InternalTaskName,
    Interval,
    count_missed,
)
from avsctl.core.operators import OperatorSets
from avsctl.core.power import DiffRow, LastSync, Status, VotingPowerUpdate, diff_powers
from avsctl.core.proposals import propose_powers, propose_totals
from avsctl.core.quorum import Assessment, Member, StoredTotal, Verdict, compute_quorum
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import OperatorId, TaskDefinitionId

DAY_SECONDS = 86_400
"""How far back runs are shown."""
MOST_SLOTS = 48
"""Stretches of time that the last day is divided into at most."""


class SeenIn(StrEnum):
    """What told of a run."""

    LOGS = "logs"
    GETTERS = "getters"
    """Of InternalTaskHandler: they name the blocks that the last 10001 sync read, not where it landed."""


@dataclass(frozen=True)
class Run:
    """An internal task that was voted on."""

    seen_in: SeenIn
    timestamp: int | None
    """Unix time that its age is counted from: the block it landed in, of the last 10001 sync the L2 block that it read
    (as ``LastSync`` has it); None where that block cannot be dated."""
    is_approved: bool = True
    """False for one that was rejected, of which nothing landed."""
    block: int | None = None
    """L2 block that it landed in; None by getters."""
    landed_at: int | None = None
    """Unix time of ``block``."""
    transaction: str | None = None
    task_number: int | None = None
    """As AttestationCenter counts tasks; None where it was not looked up."""
    to_blocks: tuple[int, int] | None = None
    """Heights of L1 and L2 that a 10001 sync read; the latter as the L2's EVM counts."""


@dataclass(frozen=True)
class History:
    """The runs of one internal task as far as they could be seen, newest first."""

    runs: tuple[Run, ...] = ()
    seen_from: int | None = None
    """Unix time from which on every run that landed is among them; None where nothing could be seen."""

    @property
    def last_landed(self) -> Run | None:
        """The newest one that was approved."""
        return next((run for run in self.runs if run.is_approved), None)

    def covers_day(self, now: int) -> bool:
        """Whether every run that landed in the day before ``now`` (Unix time) could be seen."""
        return self.seen_from is not None and self.seen_from <= now - DAY_SECONDS


@dataclass(frozen=True)
class InternalScene:
    """All that the internal tasks are judged by, at one block of each layer read."""

    state: L2State
    sets: OperatorSets | None
    """The operators of both layers; None where L1 was not read."""
    last_sync: LastSync | None
    """By the getters."""
    histories: Mapping[TaskDefinitionId, History]
    intervals: Mapping[InternalTaskName, Interval]
    now: int
    """Unix time of the L2 block."""

    @property
    def update(self) -> VotingPowerUpdate | None:
        """What a 10001 sync would carry now; None where L1 was not read."""
        return None if self.sets is None else propose_powers(self.sets, 0, self.state.evm_block)


@dataclass(frozen=True)
class Schedule:
    """When a task is due; None where that is not known, or no run is due as there is nothing for it to carry."""

    next_due: int | None = None
    """Unix time."""
    overdue_seconds: int | None = None
    missed: int | None = None
    """Whole intervals since what is counted from."""

    @property
    def is_overdue(self) -> bool:
        """Whether it is more than just late."""
        return (self.missed or 0) >= OVERDUE_INTERVALS


@dataclass(frozen=True)
class Attester:
    """Who may attest a task, or is in its list."""

    member: Member
    l1: DiffRow | None
    """As L1 has it; None for an id that is not active, and where L1 was not read."""

    @property
    def is_departed(self) -> bool:
        """Whether L1 gives it no power: it left the AVS, EigenLayer, or its stake."""
        return self.l1 is not None and self.l1.l1_voting_power == 0


@dataclass(frozen=True)
class InternalTaskStatus:
    """One internal task."""

    name: InternalTaskName
    interval: Interval
    assessment: Assessment
    history: History
    last: Run | None
    """The last one that landed, as far as is known."""
    carries: int | None
    """How many operators, or totals, a run would change now; None where that is not known."""
    schedule: Schedule
    attesters: tuple[Attester, ...]
    attainable_without_departed: int | None
    """What those bring at most, in raw units, that L1 still gives power; None where L1 was not read."""

    @property
    def task_definition_id(self) -> TaskDefinitionId:
        """Of its definition."""
        return self.assessment.definition.task_definition_id

    @property
    def needs_departed(self) -> bool:
        """Whether it can be approved, but not by those alone that L1 still gives power."""
        quorum, left = self.assessment.quorum, self.attainable_without_departed
        is_alive = self.assessment.verdict is not Verdict.DEAD
        return is_alive and left is not None and left < quorum.required_approve

    @property
    def departed(self) -> tuple[Attester, ...]:
        """Who may attest although L1 gives it no power, and has some on L2."""
        return tuple(each for each in self.attesters if _counts(each.member) and each.is_departed)

    @property
    def last_rejected(self) -> Run | None:
        """The newest run that was rejected, where nothing is known to have landed since."""
        rejected = next((run for run in self.history.runs if not run.is_approved), None)
        if rejected is None or self.last is None:
            return rejected
        landed_at = self.last.timestamp if self.last.landed_at is None else self.last.landed_at
        if landed_at is None or rejected.timestamp is None:
            return rejected
        return rejected if landed_at < rejected.timestamp else None


class Slot(StrEnum):
    """What is known of one stretch of the last day."""

    LANDED = "landed"
    REJECTED = "rejected"
    NONE = "none"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Timeline:
    """The last day of one internal task."""

    slots: tuple[Slot, ...]
    """Oldest first; the last one ends now."""
    slot_seconds: int


def judge_internal_tasks(scene: InternalScene) -> tuple[InternalTaskStatus, ...]:
    """Give each internal task that there is, by id."""
    assessed = ((name, scene.state.assess(i)) for name, i in TASK_DEFINITION_ID_BY_NAME.items())
    return tuple(_judge(scene, name, assessment) for name, assessment in assessed if assessment is not None)


def build_timeline(history: History, interval: Interval, now: int) -> Timeline:
    """Divide the last day into stretches as long as the interval, or longer ones where they would be too many."""
    slot_seconds = min(max(interval.seconds or 0, DAY_SECONDS // MOST_SLOTS), DAY_SECONDS)
    ends = [now - at * slot_seconds for at in range(DAY_SECONDS // slot_seconds)]
    return Timeline(tuple(_fill(history, end - slot_seconds, end) for end in reversed(ends)), slot_seconds)


def _judge(scene: InternalScene, name: InternalTaskName, assessment: Assessment) -> InternalTaskStatus:
    task_definition_id = assessment.definition.task_definition_id
    interval, history = scene.intervals[name], scene.histories.get(task_definition_id, History())
    last, carries = _find_last(scene, task_definition_id, history), _count_carried(scene, task_definition_id)
    attesters = _list_attesters(scene, assessment)
    return InternalTaskStatus(
        name,
        interval,
        assessment,
        history,
        last,
        carries,
        _schedule(_count_from(scene, task_definition_id, last), interval, carries, scene.now),
        attesters,
        _attain_without_departed(scene, assessment),
    )


def _find_last(scene: InternalScene, task_definition_id: TaskDefinitionId, history: History) -> Run | None:
    """Give the last run: of 10001 by the getters, with where it landed if a log is of that very sync."""
    seen, sync = history.last_landed, scene.last_sync
    if task_definition_id != VOTING_POWER_SYNC:
        return seen
    if sync is None:
        return None
    to_blocks = (sync.to_block_l1, sync.to_block_l2)
    if seen is not None and seen.to_blocks == to_blocks:
        return replace(seen, timestamp=seen.timestamp if sync.timestamp is None else sync.timestamp)
    return Run(SeenIn.GETTERS, sync.timestamp, to_blocks=to_blocks)


def _count_carried(scene: InternalScene, task_definition_id: TaskDefinitionId) -> int | None:
    if task_definition_id == TOTALS_SYNC:
        return len(propose_totals(scene.state))
    update = scene.update
    if task_definition_id != VOTING_POWER_SYNC or update is None:
        return None
    return len(update.to_increase) + len(update.to_decrease)


def _count_from(scene: InternalScene, task_definition_id: TaskDefinitionId, last: Run | None) -> int | None:
    """Give when a run was last not due: at the last one; of 10002 at the 10001 sync that made totals stale since."""
    known = [] if last is None or last.timestamp is None else [last.timestamp]
    if task_definition_id == TOTALS_SYNC and known and scene.last_sync and scene.last_sync.timestamp is not None:
        known.append(scene.last_sync.timestamp)
    return max(known, default=None)


def _schedule(since: int | None, interval: Interval, carries: int | None, now: int) -> Schedule:
    if carries == 0:
        return Schedule(None, 0, 0)
    if since is None or interval.seconds is None:
        return Schedule()
    due = since + interval.seconds
    return Schedule(due, max(0, now - due), max(0, count_missed(now - since, interval.seconds)))


def _list_attesters(scene: InternalScene, assessment: Assessment) -> tuple[Attester, ...]:
    rows = {} if scene.sets is None else rows_by_id(scene.sets)
    return tuple(Attester(member, rows.get(member.operator_id)) for member in assessment.members)


def rows_by_id(sets: OperatorSets) -> dict[OperatorId, DiffRow]:
    """Give how L1 stands to each operator that is active on L2."""
    return {row.operator_id: row for row in diff_powers(sets).rows if row.operator_id is not None}


def _attain_without_departed(scene: InternalScene, assessment: Assessment) -> int | None:
    """Give what the others bring at most; an operator whose L1 read failed may be there still."""
    if scene.sets is None:
        return None
    gone = {i for i, row in rows_by_id(scene.sets).items() if row.l1_voting_power == 0}
    return attain_without(scene.state, assessment, gone)


def attain_without(state: L2State, assessment: Assessment, gone: Collection[OperatorId]) -> int:
    """Give what an admissible set of attesters brings at most if some stay away, in raw units."""
    left = [replace(each, is_active=False) if each.operator_id in gone else each for each in state.operators]
    total = StoredTotal(assessment.quorum.stored_total, assessment.quorum.raw_total)
    return compute_quorum(assessment.definition, left, total).attainable


def _counts(member: Member) -> bool:
    return member.reason is None and member.operator is not None and member.operator.voting_power > 0


def _fill(history: History, after: int, until: int) -> Slot:
    """Say what happened in ``after < t <= until``."""
    inside = [run for run in history.runs if run.timestamp is not None and after < run.timestamp <= until]
    if inside:
        return Slot.LANDED if any(run.is_approved for run in inside) else Slot.REJECTED
    is_seen = history.seen_from is not None and history.seen_from <= after
    return Slot.NONE if is_seen else Slot.UNSEEN


DEPARTED_WORDS = {
    Status.NOT_AN_OPERATOR_ON_L1: "left EigenLayer",
    Status.NOT_REGISTERED_ON_L1: "is not registered on L1",
}
"""How an operator has departed; any other has no power left on L1."""
