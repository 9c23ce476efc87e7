"""What changed from one round of a watch to the next: drift, syncs, and rounds that could not be read.

    Watch (what the rounds so far showed)  +  a Reading, or none  ->  events  +  the next Watch

A change is told in the round that shows it, once, and only between two readings whose blocks rise on both layers: an
endpoint that is behind shows what was, not what has become. A power that cannot be read has neither drifted nor healed.
A Watch does not grow with the rounds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeAlias

from avsctl.core.deployment import Layer
from avsctl.core.power import DiffRow, LastSync, PowerDiff, Status
from avsctl.core.units import BPS, Address, OperatorId
from avsctl.errors import Problem

COURSE_ROUNDS: Final = 30
"""Rounds whose drift is remembered for a picture."""
STILL_ROUNDS: Final = 3
"""Readings that must have shown the same drift before it stands still, whatever the time between them."""
BEHIND_ROUNDS: Final = 5
"""Readings in a row of older blocks after which these are taken for the chain, as after a rollback."""

_MENDED_BY_SYNC: Final = frozenset({Status.INCREASE, Status.DECREASE})


@dataclass(frozen=True)
class Drift:
    """How one address drifts, under all ids that it is active under: one in all but odd cases."""

    address: Address
    operator_ids: tuple[OperatorId, ...]
    """Empty for an address that is active under none."""
    statuses: tuple[Status, ...]
    deltas: tuple[int, ...]
    """L1 minus L2 in raw units, in the order of the statuses."""

    @property
    def delta(self) -> int:
        """L1 minus L2, in raw units."""
        return sum(self.deltas)

    @property
    def size(self) -> int:
        """How far it drifts, in raw units, whichever way."""
        return sum(map(abs, self.deltas))

    @property
    def is_mended_by_sync(self) -> bool:
        """Whether the next 10001 sync carries some of it."""
        return not _MENDED_BY_SYNC.isdisjoint(self.statuses)


@dataclass(frozen=True)
class Reading:
    """What one round read."""

    l1_block: int
    l2_block: int
    l2_timestamp: int
    """Unix seconds."""
    diff: PowerDiff
    last_sync: LastSync | None
    """None on V1, and where none has landed."""


class Movement(StrEnum):
    """How the drift of an operator changed."""

    FOUND = "found"
    """There already when its power could first be read, in the first reading or later."""
    APPEARED = "appeared"
    GREW = "grew"
    SHRANK = "shrank"
    TURNED = "turned"
    """As large as before, and of another sign or status."""
    HEALED = "healed"


@dataclass(frozen=True)
class Move:
    """The drift of one address in two readings, of which one may have none."""

    before: Drift | None
    after: Drift | None

    @property
    def drift(self) -> Drift:
        """The newer of the two that there is."""
        drift = self.after or self.before
        assert drift is not None  # noqa: S101 - one of them drifts
        return drift


@dataclass(frozen=True)
class DriftMoved:
    """The drift of some operators changed in one way."""

    movement: Movement
    moves: tuple[Move, ...]
    is_last: bool = False
    """Whether the layers agree from then on."""


@dataclass(frozen=True)
class DriftStands:
    """Drift that a sync mends has not changed for as long as a sync takes to come."""

    drifts: tuple[Drift, ...]
    rounds: int
    """Readings that showed it."""
    seconds: int
    """By the blocks of L2."""
    syncs: int
    """That landed meanwhile."""


@dataclass(frozen=True)
class SyncLanded:
    """A 10001 sync landed, or several since the reading before."""

    last_sync: LastSync
    """The newest."""


@dataclass(frozen=True)
class ReadingFailed:
    """The first round in a row that failed."""

    problems: tuple[Problem, ...]
    """May hold text from outside."""


@dataclass(frozen=True)
class ReadingRecovered:
    """A round that did not fail, after some that did."""

    failed: int
    """Rounds."""


@dataclass(frozen=True)
class ReadingBehind:
    """A block that is older than one read before."""

    layer: Layer
    block: int
    seen: int
    """The block that was read before."""
    is_accepted: bool = False
    """Whether the watch begins anew from here, as the newer block has not been seen again."""


Event: TypeAlias = DriftMoved | DriftStands | SyncLanded | ReadingFailed | ReadingRecovered | ReadingBehind


@dataclass(frozen=True)
class Standing:
    """Drift that a sync mends, for as long as it stays the same."""

    drift: Mapping[Address, Drift] = field(default_factory=dict, hash=False)
    since: int = 0
    """Unix seconds of the L2 block that first showed it."""
    rounds: int = 0
    syncs: int = 0
    is_told: bool = False


@dataclass(frozen=True)
class Watch:
    """What the rounds so far showed; one of no round compares the first reading with nothing."""

    heights: tuple[int, int] | None = None
    """Blocks of L1 and L2 of the last reading that was compared."""
    drift: Mapping[Address, Drift] = field(default_factory=dict, hash=False)
    """By address; of one that could not be read since, as it was last."""
    known: frozenset[Address] = frozenset()
    """Of the last reading's addresses, those whose power could be read in it or before."""
    unknown: frozenset[Address] = frozenset()
    """The others."""
    last_sync: LastSync | None = None
    standing: Standing = Standing()
    failed: int = 0
    """Rounds in a row that failed."""
    behind: int = 0
    """Readings in a row of older blocks."""
    course: tuple[int | None, ...] = ()
    """Drift of the last rounds in ten-thousandths, newest last; None for a round that showed none to go by."""


def observe(watch: Watch, reading: Reading, sync_interval_seconds: int) -> tuple[tuple[Event, ...], Watch]:
    """Compare a reading with those before it; drift that the first one shows is found, and did not appear.

    Args:
        watch: what the rounds before showed.
        reading: what this one did.
        sync_interval_seconds: how often a sync should come: drift that stays for longer stands still.
    """
    recovered = (ReadingRecovered(watch.failed),) if watch.failed else ()
    watch = replace(watch, failed=0)
    older = _find_older(watch, reading)
    if older is not None:
        events, watch = _stay_behind(watch, reading, older)
        return (*recovered, *events), watch
    landed = _find_landed(watch, reading)
    drift = find_drift(reading.diff)
    standing = _stand(watch.standing, drift, reading.l2_timestamp, syncs=len(landed))
    stands = _find_still(standing, reading.l2_timestamp, sync_interval_seconds)
    following = replace(
        _remember(watch, reading.diff, drift),
        heights=(reading.l1_block, reading.l2_block),
        last_sync=reading.last_sync,
        standing=replace(standing, is_told=standing.is_told or bool(stands)),
        behind=0,
        course=_extend(watch.course, drift_bps(reading.diff)),
    )
    return (*recovered, *landed, *_compare(watch, reading.diff, drift), *stands), following


def fail(watch: Watch, problems: tuple[Problem, ...]) -> tuple[tuple[Event, ...], Watch]:
    """Take a round that failed: told once for a row of them."""
    events = () if watch.failed else (ReadingFailed(problems),)
    return events, replace(watch, failed=watch.failed + 1, course=_extend(watch.course, None))


def is_drifting(diff: PowerDiff) -> bool:
    """Whether powers are known to differ, or L1 counts operators that nobody can name."""
    return bool(diff.drifted or diff.unlisted_on_l1)


def drift_bps(diff: PowerDiff) -> int:
    """Give how much of the power drifts, in ten-thousandths, rounded up.

    sum |L1 - L2| / sum max(L1, L2), over the rows that could be read: 0 to 10000.
    """
    rows = [(row.l1_voting_power, row.l2_voting_power) for row in diff.rows if row.l1_voting_power is not None]
    apart = sum(abs(l1 - l2) for l1, l2 in rows)
    return -(-apart * BPS // max(1, sum(max(pair) for pair in rows)))


def find_drift(diff: PowerDiff) -> dict[Address, Drift]:
    """Give what is known to drift, by address; one of which a row could not be read is left out."""
    unknown = {row.address for row in diff.unreadable}
    rows: dict[Address, list[DiffRow]] = {}
    for row in diff.drifted:
        if row.address not in unknown:
            rows.setdefault(row.address, []).append(row)
    return {address: _join(address, each) for address, each in rows.items()}


def _join(address: Address, rows: Iterable[DiffRow]) -> Drift:
    rows = list(rows)
    return Drift(
        address,
        tuple(row.operator_id for row in rows if row.operator_id is not None),
        tuple(row.status for row in rows),
        tuple(row.delta or 0 for row in rows),
    )


def _remember(watch: Watch, diff: PowerDiff, drift: Mapping[Address, Drift]) -> Watch:
    """Keep of each address what is known of it, and which have never been readable."""
    unread = {row.address for row in diff.unreadable}
    read = {row.address for row in diff.rows} - unread
    known = read | (watch.known & unread)
    kept = {address: each for address, each in watch.drift.items() if address in unread}
    return replace(watch, drift={**drift, **kept}, known=frozenset(known), unknown=frozenset(unread - known))


def _compare(watch: Watch, diff: PowerDiff, drift: Mapping[Address, Drift]) -> Iterable[DriftMoved]:
    """Give the movements since the reading before, each with everyone it is about, in the order of ``Movement``."""
    unread = {row.address for row in diff.unreadable}
    moves: dict[Movement, list[Move]] = {movement: [] for movement in Movement}
    for address in dict.fromkeys((*drift, *watch.drift)):
        move = Move(watch.drift.get(address), drift.get(address))
        movement = _tell_movement(move, is_first=watch.heights is None or address in watch.unknown)
        if movement is not None and address not in unread:
            moves[movement].append(move)
    return [DriftMoved(movement, tuple(each), is_last=diff.in_sync) for movement, each in moves.items() if each]


def _tell_movement(move: Move, *, is_first: bool) -> Movement | None:
    before, after = move.before, move.after
    if before is None:
        return Movement.FOUND if is_first else Movement.APPEARED
    if after is None:
        return Movement.HEALED
    if after.size != before.size:
        return Movement.GREW if after.size > before.size else Movement.SHRANK
    is_same = (before.statuses, before.deltas) == (after.statuses, after.deltas)
    return None if is_same else Movement.TURNED


def _find_landed(watch: Watch, reading: Reading) -> tuple[SyncLanded, ...]:
    """Find a sync that names a later block than the last one known."""
    last, before = reading.last_sync, watch.last_sync
    if watch.heights is None or last is None:
        return ()
    is_later = before is None or last.to_block_l1 > before.to_block_l1 or last.to_block_l2 > before.to_block_l2
    return (SyncLanded(last),) if is_later else ()


def _stand(standing: Standing, drift: Mapping[Address, Drift], now: int, *, syncs: int) -> Standing:
    mended = {address: each for address, each in drift.items() if each.is_mended_by_sync}
    if not mended or mended != standing.drift:
        return Standing(mended, now, 1)
    return replace(standing, rounds=standing.rounds + 1, syncs=standing.syncs + syncs)


def _find_still(standing: Standing, now: int, interval_seconds: int) -> tuple[DriftStands, ...]:
    seconds = now - standing.since
    is_still = standing.drift and standing.rounds >= STILL_ROUNDS and seconds >= interval_seconds
    if not is_still or standing.is_told:
        return ()
    return (DriftStands(tuple(standing.drift.values()), standing.rounds, seconds, standing.syncs),)


def _find_older(watch: Watch, reading: Reading) -> ReadingBehind | None:
    """Find a layer whose block is older than the one read before."""
    if watch.heights is None:
        return None
    blocks = zip(Layer, (reading.l1_block, reading.l2_block), watch.heights, strict=True)
    return next((ReadingBehind(layer, block, seen) for layer, block, seen in blocks if block < seen), None)


def _stay_behind(watch: Watch, reading: Reading, older: ReadingBehind) -> tuple[tuple[Event, ...], Watch]:
    """Wait for newer blocks, or begin anew where these do not come back."""
    course = _extend(watch.course, None)
    if watch.behind + 1 < BEHIND_ROUNDS:
        told = () if watch.behind else (older,)
        return told, replace(watch, behind=watch.behind + 1, course=course)
    found, anew = observe(Watch(course=watch.course), reading, 0)
    return (replace(older, is_accepted=True), *found), anew


def _extend(course: tuple[int | None, ...], bps: int | None) -> tuple[int | None, ...]:
    return (*course, bps)[-COURSE_ROUNDS:]
