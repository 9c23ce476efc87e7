"""The syncs of a deployment: what changed voting powers and totals on L2, and how the two layers stood at each.

A 10001 task applies deltas that its attesters read off both layers, a 10002 task recounts totals of definitions, and
whoever holds VOTING_POWER_SYNCER may write powers past both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from avsctl.core.power import PowerChange
from avsctl.core.proposals import TotalRecount
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

MOST_SYNCS = 10_000
"""That may be asked for."""


class SyncKind(StrEnum):
    """What a sync is."""

    POWER_SYNC = "power_sync"
    """10001."""
    TOTALS_SYNC = "totals_sync"
    """10002."""
    INTERNAL_TASK = "internal_task"
    """Another task with an id of that kind; what it changes is not known."""
    SYNCER_WRITE = "syncer_write"
    """Powers that a syncer wrote past the tasks; on V1 there is no other way."""


@dataclass(frozen=True)
class Sync:
    """Something that changed powers or totals on L2, or was to and was voted down."""

    block: int
    """Of L2, that it landed in."""
    index: int
    """Orders the syncs of one block: the place of a log, or of a transaction where no log tells of it."""
    transaction: str | None
    """None where it could not be told which of its block it was."""
    task_definition_id: TaskDefinitionId | None = None
    """None for what a syncer wrote."""
    is_approved: bool = True
    task_number: int | None = None
    """As AttestationCenter counts; this and the next two are None for a syncer's, and where no verdict was seen."""
    performer: Address | None = None
    attester_ids: tuple[OperatorId, ...] | None = None
    to_increase: tuple[PowerChange, ...] = ()
    """Deltas in raw units, as they were applied; of a rejected task those that it proposed."""
    to_decrease: tuple[PowerChange, ...] = ()
    to_blocks: tuple[int, int] | None = None
    """Heights of L1 and L2 that a 10001 task says it read; the latter as the L2's EVM counts."""
    recounts: tuple[TotalRecount, ...] = ()
    """Of 10002."""
    unreadable: str | None = None
    """Why the data of the task could not be read, or not all of them; text from outside."""

    @property
    def kind(self) -> SyncKind:
        """What it is."""
        if self.task_definition_id is None:
            return SyncKind.SYNCER_WRITE
        kinds = {VOTING_POWER_SYNC: SyncKind.POWER_SYNC, TOTALS_SYNC: SyncKind.TOTALS_SYNC}
        return kinds.get(self.task_definition_id, SyncKind.INTERNAL_TASK)

    @property
    def has_changed_powers(self) -> bool:
        """Whether it is a voting power sync that landed, by a task or past it: what ``--last`` counts."""
        return self.is_approved and self.kind in (SyncKind.POWER_SYNC, SyncKind.SYNCER_WRITE)

    @property
    def deltas(self) -> tuple[tuple[OperatorId, int], ...]:
        """The deltas with their signs, increases first, in raw units."""
        rises = tuple((change.operator_id, change.voting_power) for change in self.to_increase)
        return (*rises, *((change.operator_id, -change.voting_power) for change in self.to_decrease))

    @property
    def touched_ids(self) -> tuple[OperatorId, ...]:
        """Whose powers it changed, each once, ascending."""
        return tuple(sorted({operator_id for operator_id, _ in self.deltas}))


@dataclass(frozen=True)
class Aftermath:
    """L2 at the end of the block that a sync landed in, in raw units."""

    total: int
    """``OBLS.totalVotingPower``."""
    total_before: int | None
    """The same at the end of the block before."""
    powers: tuple[tuple[OperatorId, int], ...]
    """Of each operator that it touched."""
    definition_totals: tuple[tuple[TaskDefinitionId, int], ...]
    """Of each definition that it recounted; on V2 a stored 0 shows as the global total."""


@dataclass(frozen=True)
class L1Stand:
    """What L1 gave the operators of the AVS at one of its blocks."""

    block: int
    timestamp: int | None
    total: int | None
    """Powers of those registered, in raw units; None where it cannot be known."""


@dataclass(frozen=True)
class Record:
    """A sync with all that could be read about it."""

    sync: Sync
    timestamp: int | None = None
    """Unix time of its block; None where the endpoint does not have the header."""
    sender: Address | None = None
    """Who sent the transaction: the aggregator, or the syncer or whoever had it write."""
    after: Aftermath | None = None
    """None where the endpoint no longer has the state, and of a rejected task, which changes none."""
    l1: L1Stand | None = None
    """At ``toBlockL1``; None where L1 was not read, or not at that block."""


class PointKind(StrEnum):
    """What a point of the course stands for."""

    SYNC = "sync"
    SAMPLE = "sample"
    """Nothing happened; it shows how far L1 had moved on."""
    NOW = "now"
    """The blocks that were read."""


@dataclass(frozen=True)
class Point:
    """How the two layers stood; totals in raw units, None where they could not be read."""

    kind: PointKind
    l2_block: int
    timestamp: int | None
    """Unix time of ``l2_block``."""
    l2_total: int | None
    l2_total_before: int | None
    """At the end of the block before; of a sync only."""
    l1: L1Stand | None

    @property
    def delta(self) -> int | None:
        """L1 minus L2."""
        return _subtract(self.l1, self.l2_total)

    @property
    def delta_before(self) -> int | None:
        """L1 minus what L2 had before the sync."""
        return _subtract(self.l1, self.l2_total_before)


@dataclass(frozen=True)
class Sample:
    """Both layers at blocks of about the same time."""

    l2_block: int
    timestamp: int | None
    l2_total: int | None
    l1: L1Stand | None


class Way(StrEnum):
    """How syncs were found."""

    LOGS = "logs"
    HOPS = "hops"
    """By the handler's getters at old blocks: each sync names one before which the one before it landed."""
    STATES = "states"
    """By comparing the powers at old blocks."""


@dataclass(frozen=True)
class Coverage:
    """From which L2 block on nothing is missing; None where not even the newest block could be searched."""

    power_syncs: int | None
    """Of voting power syncs by tasks that landed; on V1 of what changed powers."""
    others: int | None
    """Of everything else: 10002, rejected tasks, what syncers wrote past the tasks."""


@dataclass(frozen=True)
class Wanted:
    """How many syncs are asked for."""

    last: int | None
    """Voting power syncs that landed; None for all from ``from_block`` on."""
    from_block: int = 0

    def is_met_by(self, landed: int) -> bool:
        """Whether so many voting power syncs that landed are enough."""
        return self.last is not None and landed >= self.last


@dataclass(frozen=True)
class Found:
    """What a search for syncs found, and how far it went."""

    syncs: tuple[Sync, ...]
    ways: tuple[Way, ...]
    coverage: Coverage
    log_blocks: int | None = None
    """The widest range of blocks that the endpoint gave logs of; None where it gave none, or none were asked for."""


@dataclass(frozen=True)
class History:
    """The syncs that were found, and how far back they are all of them."""

    records: tuple[Record, ...]
    """Newest first."""
    ways: tuple[Way, ...]
    coverage: Coverage
    is_enough: bool
    """Whether as much was found as was asked for, or the beginning was reached."""
    is_timed_out: bool
    log_blocks: int | None
    """As ``Found`` has it."""
    samples: tuple[Sample, ...] = ()
    """After the newest sync, oldest first."""
    now: Sample | None = None

    @property
    def points(self) -> tuple[Point, ...]:
        """The course of both totals, oldest first."""
        syncs = (point_of(record) for record in reversed(self.records) if record.sync.has_changed_powers)
        rest = [
            Point(PointKind.SAMPLE, each.l2_block, each.timestamp, each.l2_total, None, each.l1)
            for each in self.samples
        ]
        now = self.now
        end = [Point(PointKind.NOW, now.l2_block, now.timestamp, now.l2_total, None, now.l1)] if now else []
        return (*syncs, *rest, *end)


def take_newest(syncs: Iterable[Sync], wanted: Wanted) -> tuple[Sync, ...]:
    """Give the syncs that are wanted, newest first: with ``last`` from the last voting power sync counted on."""
    ordered = sorted(syncs, key=lambda sync: (sync.block, sync.index), reverse=True)
    within = [sync for sync in ordered if sync.block >= wanted.from_block]
    places = [at for at, sync in enumerate(within) if sync.has_changed_powers]
    if wanted.last is None or not wanted.is_met_by(len(places)):
        return tuple(within)
    return tuple(within[: places[wanted.last - 1] + 1])


def limit_coverage(coverage: Coverage, taken: Sequence[Sync], wanted: Wanted) -> Coverage:
    """Say of how much an answer is complete that holds these syncs: it tells of nothing older than what was wanted."""
    landed = sum(sync.has_changed_powers for sync in taken)
    begin = taken[-1].block if taken and wanted.is_met_by(landed) else wanted.from_block
    known = (coverage.power_syncs, coverage.others)
    return Coverage(*(None if each is None else max(each, begin) for each in known))


def compare_powers(before: Sequence[int], after: Sequence[int]) -> tuple[tuple[OperatorId, int], ...]:
    """Give what changed between two readings of the powers of the ids from 1 on, with signs, in raw units."""
    pairs = enumerate(zip(before, after, strict=True), 1)
    return tuple((OperatorId(i), now - then) for i, (then, now) in pairs if now != then)


def spread(begin: int, end: int, count: int) -> tuple[int, ...]:
    """Give up to ``count`` whole numbers between two others, evenly apart."""
    step = end - begin
    return (
        tuple(sorted({begin + step * at // (count + 1) for at in range(1, count + 1)} - {begin, end}))
        if step > 1
        else ()
    )


def sum_l1(powers: Sequence[int | None]) -> int | None:
    """Add up powers; None where one is not known."""
    return None if None in powers else sum(power for power in powers if power is not None)


def point_of(record: Record) -> Point:
    """Give how the layers stood at a sync."""
    after = record.after
    return Point(
        PointKind.SYNC,
        record.sync.block,
        record.timestamp,
        after.total if after else None,
        after.total_before if after else None,
        record.l1,
    )


def _subtract(l1: L1Stand | None, l2_total: int | None) -> int | None:
    return None if l1 is None or l1.total is None or l2_total is None else l1.total - l2_total
