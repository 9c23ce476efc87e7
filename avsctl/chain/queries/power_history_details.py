"""What is read about syncs that were found: when, by whom, and how both layers stood at each, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.headers import ask_header, load_times, read_time
from avsctl.chain.queries.operators import L1Place
from avsctl.chain.queries.power_history_pace import Budget, until
from avsctl.chain.queries.power_history_states import Asked, Told, read_at_blocks
from avsctl.chain.reader import BlockReader
from avsctl.chain.transactions import ask_transaction, read_sender
from avsctl.contracts.avs_governance import AvsGovernance
from avsctl.contracts.call import Answer, Call, Outcome, Reverted, value_of
from avsctl.contracts.obls import Obls
from avsctl.core.history import Aftermath, L1Stand, Record, Sample, Sync, spread, sum_l1
from avsctl.core.units import Address

FIRST_PART: Final = 10
"""Syncs that are read about together; they show whether the endpoints have old state."""
LARGEST_PART: Final = 250
SAMPLES: Final = 8
"""Between the newest sync and now."""


@dataclass
class Details:
    """Reads about syncs, as far as the endpoints have old state."""

    l2: BlockReader
    discovery: Discovery
    l1: L1Place | None
    """None where L1 is not read."""
    budget: Budget
    has_l2_state: bool = True
    has_l1_state: bool = True
    addresses: tuple[Address, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.addresses = tuple(dict.fromkeys(self.discovery.operator_addresses))

    def load_records(self, syncs: Sequence[Sync]) -> tuple[Record, ...]:
        """Give the syncs with what could be read in the time left; of the others nothing is filled in.

        Raises:
            ChainError: an endpoint failed, or answered with something else than was asked for.
        """
        records: list[Record] = []
        while len(records) < len(syncs) and self.budget.may_read:
            self.budget.tell(f"read about {len(records)} of {len(syncs)} syncs")
            size = min(max(FIRST_PART, 4 * len(records)), LARGEST_PART)
            with until(self.budget.read):
                records += self._load_part(syncs[len(records) : len(records) + size])
        return (*records, *(Record(sync) for sync in syncs[len(records) :]))

    def load_course(self, newest: Record | None) -> tuple[tuple[Sample, ...], Sample]:
        """Read both layers at some blocks after the newest sync, to show since when they drift apart, and now.

        Without ``newest``, and where the endpoints do not have what L1 and L2 were at it, now alone.
        """
        l2_head, l1_head = self.l2.block.number, self.l1.reader.block.number if self.l1 else 0
        l2_blocks, l1_blocks = [l2_head], [l1_head]
        if newest is not None and newest.after and newest.l1 and newest.l1.total is not None:
            between = spread(newest.sync.block, l2_head, SAMPLES), spread(newest.l1.block, l1_head, SAMPLES)
            pairs = [*zip(*between, strict=False), (l2_head, l1_head)]
            l2_blocks, l1_blocks = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        *samples, now = self._load_samples(l2_blocks, l1_blocks)
        return tuple(samples), now

    def _load_samples(self, l2_blocks: Sequence[int], l1_blocks: Sequence[int]) -> Iterator[Sample]:
        calls = [self._obls.total_voting_power()]
        (times, told), stands = side_by_side(
            lambda: side_by_side(
                lambda: load_times(self.l2, l2_blocks),
                lambda: read_at_blocks(self.l2, [(block, calls) for block in l2_blocks]),
            ),
            lambda: self._load_l1(l1_blocks),
        )
        for l2_block, l1_block, outcomes in zip(l2_blocks, l1_blocks, told, strict=True):
            total = value_of(outcomes[0]) if outcomes else None
            yield Sample(l2_block, times[l2_block], total, stands.get(l1_block))

    def _load_part(self, syncs: Sequence[Sync]) -> list[Record]:
        to_blocks = sorted({sync.to_blocks[0] for sync in syncs if self._may_read_l1(sync) and sync.to_blocks})
        (headers, afters), stands = side_by_side(
            lambda: (self._load_headers(syncs), self._load_afters(syncs)), lambda: self._load_l1(to_blocks)
        )
        times, senders = headers
        return [
            Record(
                sync,
                times[sync.block],
                senders.get(sync.transaction or ""),
                afters.get((sync.block, sync.index)),
                stands.get(sync.to_blocks[0]) if sync.to_blocks else None,
            )
            for sync in syncs
        ]

    # L2

    def _load_headers(self, syncs: Sequence[Sync]) -> tuple[dict[int, int | None], dict[str, Address | None]]:
        """Give the times of the blocks of syncs, and the senders of their transactions."""
        blocks = sorted({sync.block for sync in syncs})
        hashes = sorted({sync.transaction for sync in syncs if sync.transaction})
        replies = self.l2.rpc.send([*map(ask_header, blocks), *map(ask_transaction, hashes)])
        times = {block: read_time(self.l2, reply) for block, reply in zip(blocks, replies, strict=False)}
        pairs = zip(hashes, replies[len(blocks) :], strict=True)
        return times, {each: read_sender(self.l2.rpc, each, reply) for each, reply in pairs}

    def _load_afters(self, syncs: Sequence[Sync]) -> dict[tuple[int, int], Aftermath]:
        """Read the state that each sync left behind, and the total before it."""
        landed = [sync for sync in syncs if sync.is_approved]
        if not landed or not self.has_l2_state:
            return {}
        asked: list[Asked] = [(sync.block, self._after_calls(sync)) for sync in landed]
        asked += [(sync.block - 1, [self._obls.total_voting_power()]) for sync in landed]
        told = read_at_blocks(self.l2, asked)
        self.has_l2_state = any(told)
        pairs = zip(told, told[len(landed) :], strict=False)
        found = ((sync, _read_after(sync, *pair)) for sync, pair in zip(landed, pairs, strict=True))
        return {(sync.block, sync.index): after for sync, after in found if after is not None}

    def _after_calls(self, sync: Sync) -> list[Call[Any]]:
        totals = {recount.task_definition_id for recount in sync.recounts}
        return [
            self._obls.total_voting_power(),
            *(self._obls.voting_power(operator_id) for operator_id in sync.touched_ids),
            *(self._obls.total_per_task_definition(each) for each in sorted(totals)),
        ]

    @property
    def _obls(self) -> Obls:
        return Obls(self.discovery.obls, self.discovery.generation)

    # L1

    def _may_read_l1(self, sync: Sync) -> bool:
        """Whether what a sync says it read may be there: anyone may have put any height into a task."""
        head = self.l1.reader.block.number if self.l1 else 0
        return sync.is_approved and sync.to_blocks is not None and 0 < sync.to_blocks[0] <= head

    def _load_l1(self, blocks: Sequence[int]) -> dict[int, L1Stand]:
        """Read what L1 gave at some of its blocks."""
        if self.l1 is None or not blocks or not self.has_l1_state:
            return {}
        reader = self.l1.reader
        governance = AvsGovernance(self.l1.avs_governance, self.discovery.generation)
        calls: list[Call[Any]] = [governance.num_of_active_operators()]
        for address in self.addresses:
            calls += (governance.is_operator_registered(address), governance.voting_power(address))
        times, told = side_by_side(
            lambda: load_times(reader, blocks), lambda: read_at_blocks(reader, [(block, calls) for block in blocks])
        )
        self.has_l1_state = any(told)
        pairs = zip(blocks, told, strict=True)
        return {block: L1Stand(block, times[block], _sum_l1(outcomes)) for block, outcomes in pairs}


def _read_after(sync: Sync, told: Told, told_before: Told) -> Aftermath | None:
    values = _values(told)
    if values is None:
        return None
    total, *rest = values
    ids = sync.touched_ids
    totals = sorted({recount.task_definition_id for recount in sync.recounts})
    before = value_of(told_before[0]) if told_before else None
    return Aftermath(
        total, before, tuple(zip(ids, rest, strict=False)), tuple(zip(totals, rest[len(ids) :], strict=True))
    )


def _sum_l1(told: Told) -> int | None:
    """Add up what L1 gives; None where a power, or an operator that L1 counts, is not known."""
    if told is None:
        return None
    count, *outcomes = told
    counts = _values([count, *outcomes[::2]])
    if counts is None or counts[0] > sum(counts[1:]):
        return None
    registered = counts[1:]
    return sum_l1([_count(*pair) for pair in zip(registered, outcomes[1::2], strict=True)])


def _count(is_registered: bool, power: Outcome[int]) -> int | None:  # noqa: FBT001 - an answer of L1
    """Give the power that counts, as ``core.operators.counted_voting_power`` does."""
    if isinstance(power, Reverted):
        return 0 if power.revert.name == "NotActiveOperator" else None
    return power.value if is_registered else 0


def _values(told: Told) -> list[Any] | None:
    """Give what calls answered; None where one of them did not."""
    values = [outcome.value for outcome in told or () if isinstance(outcome, Answer)]
    return values if told and len(values) == len(told) else None
