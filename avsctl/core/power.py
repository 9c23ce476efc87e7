"""The voting-power diff between L1 and L2, and the 10001 update that it implies."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from avsctl.core.operators import (
    L1Operator,
    L2Operator,
    NotAnOperator,
    OperatorSets,
    Unreadable,
    VotingPowerRead,
    active_operators,
    count_unlisted,
    counted_voting_power,
)
from avsctl.core.units import BPS, Address, OperatorId


class Status(StrEnum):
    """How one operator stands between the layers."""

    IN_SYNC = "in_sync"
    INCREASE = "increase"
    DECREASE = "decrease"
    NOT_REGISTERED_ON_L1 = "not_registered_on_l1"
    NOT_AN_OPERATOR_ON_L1 = "not_an_operator_on_l1"
    NOT_ON_L2 = "not_on_l2"
    UNREADABLE_ON_L1 = "unreadable_on_l1"


SYNCED_BY_UPDATE = frozenset({Status.IN_SYNC, Status.INCREASE, Status.DECREASE})
"""Active on L2, registered and readable on L1: what an update can carry. The others are left out of it."""


@dataclass(frozen=True)
class DiffRow:
    """One operator, compared."""

    operator_id: OperatorId | None
    """None for an address that is active under no id."""
    address: Address
    status: Status
    l1_voting_power: int | None
    """What counts, in raw units: 0 for one that is not registered or no operator; None when it could not be read."""
    l2_voting_power: int
    active_on_l2: bool
    registered_on_l1: bool | None
    l1_answer: int | None
    """What ``votingPower`` answered; None when it reverted."""
    unreadable: str | None = None
    """Why the L1 read failed; text from outside."""
    below_threshold: bool = False

    @property
    def delta(self) -> int | None:
        """L1 minus L2, in raw units."""
        return None if self.l1_voting_power is None else self.l1_voting_power - self.l2_voting_power


@dataclass(frozen=True)
class Totals:
    """Sums over the rows, in raw units; None where a part is not known."""

    l1: int | None
    l2: int
    """Powers of the operators active on L2."""

    @property
    def delta(self) -> int | None:
        """L1 minus L2, in raw units."""
        return None if self.l1 is None else self.l1 - self.l2


@dataclass(frozen=True)
class Threshold:
    """Differences that a user does not care for; 0 cares for every one."""

    min_delta: int = 0
    """Raw units."""
    min_bps: int = 0
    """Ten-thousandths of the larger of the two powers."""

    def covers(self, row: DiffRow) -> bool:
        """Whether the row's difference is under the threshold; what is not known never is."""
        if row.delta is None or row.status is Status.IN_SYNC:
            return False
        size = abs(row.delta)
        larger = max(row.l1_voting_power or 0, row.l2_voting_power)
        return size < self.min_delta or size * BPS < self.min_bps * larger


@dataclass(frozen=True)
class PowerDiff:
    """All operators compared, at one block of each chain."""

    rows: tuple[DiffRow, ...]
    """By operator id; those without one last, by address."""
    totals: Totals
    unlisted_on_l1: int
    """Operators that L1 counts and nobody can name."""

    @property
    def drifted(self) -> tuple[DiffRow, ...]:
        """The rows that count as drift: known to differ, and not under the threshold."""
        settled = (Status.IN_SYNC, Status.UNREADABLE_ON_L1)
        return tuple(row for row in self.rows if row.status not in settled and not row.below_threshold)

    @property
    def unreadable(self) -> tuple[DiffRow, ...]:
        """The rows whose L1 read failed."""
        return tuple(row for row in self.rows if row.status is Status.UNREADABLE_ON_L1)

    @property
    def in_sync(self) -> bool:
        """Whether nothing counts as drift, everything could be read, and nobody is missing."""
        return not self.drifted and not self.unreadable and not self.unlisted_on_l1

    @property
    def counts(self) -> dict[Status, int]:
        """Rows per status, every status named."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in Status}


@dataclass(frozen=True)
class PowerChange:
    """One item of an update."""

    operator_id: OperatorId
    voting_power: int
    """A positive delta in raw units."""


@dataclass(frozen=True)
class VotingPowerUpdate:
    """What a 10001 sync would carry (IInternalTaskHandler.VotingPowerUpdate), and whom it would not touch."""

    to_increase: tuple[PowerChange, ...]
    to_decrease: tuple[PowerChange, ...]
    to_block_l1: int
    to_block_l2: int
    """Height as the L2's EVM counts it, which on some chains is not the RPC height."""
    left_out: tuple[OperatorId, ...]
    """Active on L2, but not registered, no operator, or unreadable on L1: how a node treats them is not known."""

    @property
    def is_empty(self) -> bool:
        """Whether it carries nothing."""
        return not self.to_increase and not self.to_decrease


@dataclass(frozen=True)
class LastSync:
    """The last 10001 sync that landed, by the getters of InternalTaskHandler."""

    to_block_l1: int
    to_block_l2: int
    """As the L2's EVM counts."""
    timestamp: int | None
    """Unix time of L2 block ``to_block_l2``; None where that block cannot be read."""

    def age_seconds(self, now: int) -> int | None:
        """Give the seconds from that block to ``now`` (Unix time)."""
        return None if self.timestamp is None else now - self.timestamp


def diff_powers(sets: OperatorSets, threshold: Threshold = Threshold()) -> PowerDiff:
    """Compare L1 with L2: a row for each operator active on L2, and one for each address registered on L1 alone.

    The order of the input does not matter.
    """
    l1_by_address = {operator.address: operator for operator in sets.l1}
    active = active_operators(sets.l2)
    rows = [_compare_active(operator, l1_by_address[operator.address]) for operator in active]
    active_addresses = {operator.address for operator in active}
    rows += [_compare_absent(l1) for l1 in l1_by_address.values() if _is_l1_only(l1, active_addresses)]
    rows.sort(key=lambda row: (row.operator_id is None, row.operator_id or 0, row.address))
    unlisted = count_unlisted(sets)
    marked = tuple(replace(row, below_threshold=True) if threshold.covers(row) else row for row in rows)
    return PowerDiff(marked, _sum_rows(marked, complete=not unlisted), unlisted)


def build_update(diff: PowerDiff, to_block_l1: int, to_block_l2: int) -> VotingPowerUpdate:
    """Give the update that carries every difference a sync can mend, thresholds aside.

    Args:
        diff: the compared operators.
        to_block_l1: L1 height that the powers were read at.
        to_block_l2: L2 height that they were read at, as the L2's EVM counts.
    """
    held = [row for row in diff.rows if row.active_on_l2]
    changes = [row for row in held if row.status in SYNCED_BY_UPDATE]
    return VotingPowerUpdate(
        _changes(changes, 1),
        _changes(changes, -1),
        to_block_l1,
        to_block_l2,
        tuple(row.operator_id for row in held if row.status not in SYNCED_BY_UPDATE and row.operator_id is not None),
    )


def apply_update(operators: Iterable[L2Operator], update: VotingPowerUpdate) -> tuple[L2Operator, ...]:
    """Give the operators as they are after the update, increases first, as InternalTaskHandler applies it."""
    change: Counter[OperatorId] = Counter()
    for item in update.to_increase:
        change[item.operator_id] += item.voting_power
    for item in update.to_decrease:
        change[item.operator_id] -= item.voting_power
    return tuple(replace(o, voting_power=o.voting_power + change[o.operator_id]) for o in operators)


def _compare_active(operator: L2Operator, l1: L1Operator) -> DiffRow:
    power = counted_voting_power(l1)
    status = _status(l1, None if power is None else power - operator.voting_power)
    return _row(operator.operator_id, operator.voting_power, l1, power, status)


def _compare_absent(l1: L1Operator) -> DiffRow:
    power = counted_voting_power(l1)
    return _row(None, 0, l1, power, Status.UNREADABLE_ON_L1 if power is None else Status.NOT_ON_L2)


def _row(
    operator_id: OperatorId | None, l2_voting_power: int, l1: L1Operator, l1_voting_power: int | None, status: Status
) -> DiffRow:
    answer = l1.answer.voting_power if isinstance(l1.answer, VotingPowerRead) else None
    reason = l1.answer.reason if isinstance(l1.answer, Unreadable) else None
    if l1.is_registered is None and reason is None:
        reason = "isOperatorRegistered failed"
    return DiffRow(
        operator_id,
        l1.address,
        status,
        l1_voting_power=l1_voting_power,
        l2_voting_power=l2_voting_power,
        active_on_l2=operator_id is not None,
        registered_on_l1=l1.is_registered,
        l1_answer=answer,
        unreadable=reason,
    )


def _status(l1: L1Operator, delta: int | None) -> Status:
    if delta is None:
        return Status.UNREADABLE_ON_L1
    if isinstance(l1.answer, NotAnOperator):
        return Status.NOT_AN_OPERATOR_ON_L1
    if not l1.is_registered:
        return Status.NOT_REGISTERED_ON_L1
    if delta == 0:
        return Status.IN_SYNC
    return Status.INCREASE if delta > 0 else Status.DECREASE


def _is_l1_only(l1: L1Operator, active_addresses: set[Address]) -> bool:
    return l1.is_registered is not False and l1.address not in active_addresses


def _sum_rows(rows: Sequence[DiffRow], *, complete: bool) -> Totals:
    """Sum the powers, an address that is active under two ids once on L1."""
    powers = {row.address: row.l1_voting_power for row in rows}
    known = [power for power in powers.values() if power is not None]
    l1 = sum(known) if complete and len(known) == len(powers) else None
    return Totals(l1, sum(row.l2_voting_power for row in rows))


def _changes(rows: Iterable[DiffRow], sign: int) -> tuple[PowerChange, ...]:
    return tuple(
        PowerChange(row.operator_id, sign * row.delta)
        for row in rows
        if row.operator_id is not None and row.delta is not None and sign * row.delta > 0
    )
