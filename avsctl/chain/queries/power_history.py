"""The syncs of a deployment, newest first, as many as are asked for: by logs, by hops where these take fewer requests.

A search ends when enough was found, at the beginning of the chain, or when its share of the time is spent; then it says
from which block on the answer is complete.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.operators import L1Place
from avsctl.chain.queries.power_history_details import Details
from avsctl.chain.queries.power_history_halving import find_changes
from avsctl.chain.queries.power_history_hops import HopChain, Trail, begin_hops
from avsctl.chain.queries.power_history_logs import Log, LogRange, LogSweep, sync_queries
from avsctl.chain.queries.power_history_pace import Budget, hurry, until
from avsctl.chain.reader import BlockReader
from avsctl.contracts.power_logs import read_syncs
from avsctl.core.history import (
    Coverage,
    Found,
    History,
    Sync,
    Wanted,
    Way,
    limit_coverage,
    take_newest,
)

FIRST_SWEEPS: Final = 3
"""Log requests that show how far apart syncs are."""
MOST_FIRST_SWEEPS: Final = 8
"""The same where the first of them were refused, to learn how wide ranges may be."""
HOP_RANGES: Final = 5
"""Ranges of blocks whose logs cost an endpoint about as much as a hop, which asks two getters and a few ranges."""
MORE_SWEEPS: Final = 2
"""Log requests after the hops, for what these do not see."""


def load_history(l2: BlockReader, discovery: Discovery, l1: L1Place | None, wanted: Wanted) -> History:
    """Find the syncs, and read when and by whom each landed and how both layers stood at it.

    Args:
        l2: pinned at the newest block.
        discovery: what runs there.
        l1: None where L1 is not read; its totals are then not known.
        wanted: how far back to go.

    Raises:
        ChainError: an endpoint failed, answered with something else than was asked for, or a block was replaced; on V1
            also that the endpoint has no old state.
    """
    budget = Budget(l2.rpc.deadline)
    search = find_changes if discovery.internal_task_handler is None else find_syncs
    found = search(hurry(l2, budget.search), discovery, wanted, budget)
    begin = found.coverage.power_syncs
    syncs = take_newest(found.syncs, wanted)
    is_enough = wanted.is_met_by(_count(syncs)) or (begin is not None and begin <= wanted.from_block)
    is_timed_out = not is_enough and not budget.may_search
    hurried_l1 = replace(l1, reader=hurry(l1.reader, budget.read)) if l1 else None
    records = Details(hurry(l2, budget.read), discovery, hurried_l1, budget).load_records(syncs)
    newest = next((record for record in records if record.sync.has_changed_powers), None)
    samples, now = Details(l2, discovery, l1, budget).load_course(newest if budget.may_read else None)
    _check_head(l2)
    coverage = limit_coverage(found.coverage, syncs, wanted)
    return History(records, found.ways, coverage, is_enough, is_timed_out, found.log_blocks, samples, now)


def find_syncs(reader: BlockReader, discovery: Discovery, wanted: Wanted, budget: Budget) -> Found:
    """Give the syncs that logs and the handler's getters tell of (V2, V3).

    Raises:
        ChainError: the endpoint failed, or answered with something else than was asked for.
    """
    search = _Search(reader, discovery, wanted, budget)
    with until(budget.search):
        search.run()
    return search.result()


@dataclass
class _Search:
    """Looks through logs and hops from sync to sync, each where it is the quicker."""

    reader: BlockReader
    discovery: Discovery
    wanted: Wanted
    budget: Budget

    def __post_init__(self) -> None:
        self.queries = sync_queries(self.discovery)
        self.range = LogRange()
        head = self.reader.block.number
        self.sweep = LogSweep(self.reader.rpc, self.queries, head, self.wanted.from_block, self.range)
        self.hops: HopChain | None = None
        self.syncs: dict[tuple[int, int], Sync] = {}
        self.landed = 0

    def run(self) -> None:
        """Search until there is enough."""
        self._sweep_until(FIRST_SWEEPS)
        while self._may_sweep and not self.range.served and self.sweep.requests < MOST_FIRST_SWEEPS:
            self._sweep_until(self.sweep.requests + 1)
        if not self._is_over and self._prefers_hops():
            self.hops = self._begin()
            self._hop()
            if self._needs_logs:
                self._sweep_until(None)
            else:
                self._sweep_until(self.sweep.requests + MORE_SWEEPS, oldest=self._oldest)
        elif not self._is_over:
            self._sweep_until(None)

    def _sweep_until(self, requests: int | None, oldest: int | None = None) -> None:
        """Look through logs until there is enough, or with ``oldest`` until that block."""
        while self._may_sweep:
            if requests is not None and self.sweep.requests >= requests:
                break
            if self._is_over if oldest is None else self.sweep.end < oldest:
                break
            self._tell(self.sweep.end)
            self._take(self.sweep.step())

    def _hop(self) -> None:
        hops = self.hops
        while hops and hops.trail is Trail.WARM and self.budget.may_search and not self._is_over:
            if hops.upper < self.wanted.from_block:
                break
            self._tell(hops.upper)
            self._take(hops.step())

    def _begin(self) -> HopChain | None:
        return begin_hops(self.reader, self.discovery, self.queries, self.range, self.sweep.end)

    def _take(self, logs: Iterable[Log]) -> None:
        for sync in read_syncs(self.discovery.generation, self.discovery.obls, logs):
            place = (sync.block, sync.index)
            if place not in self.syncs and sync.block >= self.wanted.from_block:
                self.landed += sync.has_changed_powers
                self.syncs[place] = sync

    def _tell(self, block: int) -> None:
        self.budget.tell(f"found {self.landed} syncs back to L2 block {block}")

    def _prefers_hops(self) -> bool:
        """Whether syncs are so far apart that logs of the blocks between cost more than a hop."""
        head = self.reader.block.number
        looked_at = head - self.sweep.end
        last = self.discovery.last_commit or (0, 0)
        apart = looked_at // self.landed if self.landed else max(looked_at, head - last[1])
        return apart > HOP_RANGES * self.range.blocks

    @property
    def _may_sweep(self) -> bool:
        return self.budget.may_search and not self.sweep.is_done and not self.sweep.is_refused

    @property
    def _is_over(self) -> bool:
        return self.sweep.is_done or self.wanted.is_met_by(self.landed)

    @property
    def _needs_logs(self) -> bool:
        """Whether the hops did not get as far as was asked for."""
        if self.hops is None:
            return True
        is_through = self.hops.trail is Trail.ENDED or self.hops.upper < self.wanted.from_block
        return not is_through and not self.wanted.is_met_by(self.landed)

    @property
    def _oldest(self) -> int:
        return min((block for block, _ in self.syncs), default=self.reader.block.number)

    def result(self) -> Found:
        """Give what was found by now."""
        swept = self.sweep.end + 1 if self.sweep.end < self.reader.block.number else None
        hopped = None
        if self.hops is not None and self.hops.trail is Trail.ENDED:
            hopped = 0
        elif self.hops is not None and self.hops.hops:
            hopped = self.hops.upper + 1
        known = [each for each in (swept, hopped) if each is not None]
        ways = ((Way.LOGS,) if swept is not None else ()) + ((Way.HOPS,) if hopped is not None else ())
        return Found(
            tuple(self.syncs.values()), ways, Coverage(min(known, default=None), swept), self.range.served or None
        )


def _count(syncs: Iterable[Sync]) -> int:
    return sum(sync.has_changed_powers for sync in syncs)


def _check_head(reader: BlockReader) -> None:
    """Compare the newest block again: all that was read by height lies behind it."""
    replace(reader, pinned_by_hash=False).check_block()
