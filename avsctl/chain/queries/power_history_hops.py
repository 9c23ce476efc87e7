"""Syncs without a scan: InternalTaskHandler's getters at the L2 block that a sync read name the sync before it.

``toBlockL2`` is always below the block that a sync lands in (InvalidToBlockL2VsCurrentHeight), so its log lies a little
after that height, and with it those of syncs that landed between the two. Works only where contracts count the blocks
that RPC counts, and the endpoint has old state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from avsctl.chain.detect import Discovery
from avsctl.chain.jsonrpc import Reply, Request
from avsctl.chain.logs import LogQuery
from avsctl.chain.queries.power_history_logs import Log, LogRange, find_refusal, range_requests, read_range
from avsctl.chain.reader import BlockReader
from avsctl.contracts.call import Call, value_of
from avsctl.contracts.internal_task_handler import InternalTaskHandler
from avsctl.contracts.task_logs import decode_power_sync
from avsctl.core.history import spread
from avsctl.errors import AnswerError, NodeError

FIRST_WINDOW: Final = 100
"""Blocks after ``toBlockL2`` that are looked at for the first sync; then as many as the one before asked for."""
LEAST_WINDOW: Final = 10
MOST_RANGES: Final = 4
"""That a window is divided into where the endpoint takes short ranges only."""
POINTS: Final = 5
"""Blocks at which the getters are asked side by side where a sync landed far from what it read."""

Commit = tuple[int, int]
"""Up to which L1 and L2 blocks a sync read."""


class Trail(StrEnum):
    """How far the hops can go."""

    WARM = "warm"
    COLD = "cold"
    """No state, no logs, or answers that do not fit together."""
    ENDED = "ended"
    """The first sync was reached."""


@dataclass
class HopChain:
    """Goes back from sync to sync."""

    reader: BlockReader
    handler: InternalTaskHandler
    queries: Sequence[LogQuery]
    range: LogRange
    commit: Commit
    """Of the newest sync that was not found yet; (0, 0) where there is none."""
    upper: int
    """The newest block that it can have landed in; all syncs after it are known."""
    window: int = FIRST_WINDOW
    is_cold: bool = False
    hops: int = 0
    """That were made."""

    @property
    def trail(self) -> Trail:
        """How far it can go."""
        if self.commit == (0, 0):
            return Trail.ENDED
        return Trail.COLD if self.is_cold or not self.commit[1] < self.upper or not self.range.blocks else Trail.WARM

    def step(self) -> list[Log]:
        """Find the next sync, and give its logs with those of others near it.

        Raises:
            ChainError: the endpoint failed, or sent other logs than those asked for.
        """
        to_block = self.commit[1]
        ranges = self._window_ranges()
        (before,), replies = self._ask([to_block], ranges)
        logs: list[Log] = []
        for blocks, own in zip(ranges, replies, strict=True):
            if (refusal := find_refusal(own)) is not None:
                self.range.refuse(refusal.message, *blocks)
                return logs
            logs += read_range(self.reader.rpc, self.queries, blocks, own)
        landed = self._find_landing(logs)
        if landed is None and ranges[-1][1] < self.upper:
            return [*logs, *self._search(ranges[-1][1])]
        self._go(before if landed else None, to_block)
        if landed:
            self.window = max(LEAST_WINDOW, 2 * (landed - to_block))
        return logs

    def _window_ranges(self) -> list[tuple[int, int]]:
        """Divide what follows the block that the sync read."""
        ranges: list[tuple[int, int]] = []
        start = self.commit[1] + 1
        end = min(self.upper, self.commit[1] + self.window)
        while start <= end and len(ranges) < MOST_RANGES:
            ranges.append((start, min(end, start + self.range.blocks - 1)))
            start = ranges[-1][1] + 1
        return ranges

    def _search(self, low: int) -> list[Log]:
        """Find by the getters alone in which block a sync landed that is not in its window."""
        high, is_first = self.upper, True
        while high - low > 1:
            points = _spread_wide(low, high) if is_first else spread(low, high, POINTS)
            commits, _ = self._ask(points, [])
            if not all(commit and commit[1] <= self.commit[1] for commit in commits):
                self.is_cold = True
                return []
            reached = [at for at, commit in zip(points, commits, strict=True) if commit == self.commit]
            high = min([high, *reached])
            low = max([low, *(at for at in points if at < high)])
            is_first = False
        (before,), (replies,) = self._ask([high - 1], [(high, high)])
        if find_refusal(replies) is not None:
            self.is_cold = True
            return []
        logs = read_range(self.reader.rpc, self.queries, (high, high), replies)
        self._go(before if self._find_landing(logs) else None, high - 1)
        return logs

    def _go(self, before: Commit | None, upper: int) -> None:
        """Turn to the sync before, or give up where the getters do not name one that can be."""
        if before is None or not (before == (0, 0) or (before[0] < self.commit[0] and before[1] < self.commit[1])):
            self.is_cold = True
            return
        self.commit, self.upper = before, upper
        self.hops += 1

    def _find_landing(self, logs: Sequence[Log]) -> int | None:
        """Give the block of the log that is of the very sync looked for."""
        for log in logs:
            sync = decode_power_sync(self.handler.generation, log)
            if sync is not None and (sync.to_block_l1, sync.to_block_l2) == self.commit:
                return int(log["blockNumber"], 16)
        return None

    def _ask(
        self, heights: Sequence[int], ranges: Sequence[tuple[int, int]]
    ) -> tuple[list[Commit | None], list[list[Reply]]]:
        """Ask the getters at some blocks and the logs of some ranges in one go."""
        getters = [request for height in heights for request in commit_requests(self.handler, height)]
        logs = [request for blocks in ranges for request in range_requests(self.queries, blocks)]
        replies = self.reader.rpc.send([*getters, *logs])
        pairs = [replies[at : at + 2] for at in range(0, len(getters), 2)]
        commits = [read_commit(self.reader, self.handler, pair) for pair in pairs]
        width = len(self.queries)
        return commits, [replies[at : at + width] for at in range(len(getters), len(replies), width)]


def begin_hops(
    reader: BlockReader, discovery: Discovery, queries: Sequence[LogQuery], log_range: LogRange, upper: int
) -> HopChain | None:
    """Give the chain of hops from a block back; None where it cannot be walked.

    Args:
        reader: pinned at the newest block.
        discovery: what runs there.
        queries: as ``sync_queries`` gives them.
        log_range: what is known of the endpoint's limits.
        upper: the newest block whose syncs are not known yet.
    """
    head = reader.block.number
    if discovery.internal_task_handler is None or discovery.evm_block_number != head:
        return None
    handler = InternalTaskHandler(discovery.internal_task_handler, discovery.generation)
    commit = discovery.last_commit
    if upper < head:
        commit = read_commit(reader, handler, reader.rpc.send(commit_requests(handler, upper)))
    return None if commit is None else HopChain(reader, handler, queries, log_range, commit, upper)


def commit_requests(handler: InternalTaskHandler, height: int) -> list[Request]:
    """Give the requests for what the getters say at the end of a block."""
    calls = (handler.last_commit_block_l1(), handler.last_commit_block_l2())
    return [Request("eth_call", ({"to": call.to, "data": "0x" + call.data.hex()}, hex(height))) for call in calls]


def read_commit(reader: BlockReader, handler: InternalTaskHandler, replies: Sequence[Reply]) -> Commit | None:
    """Give what the getters said; None where the endpoint does not have the state."""
    calls = (handler.last_commit_block_l1(), handler.last_commit_block_l2())
    l1, l2 = (_settle(reader, call, reply) for call, reply in zip(calls, replies, strict=True))
    return None if l1 is None or l2 is None else (l1, l2)


def _settle(reader: BlockReader, call: Call[int], reply: Reply) -> int | None:
    try:
        outcome = reader.settle(call, reply)
    except (NodeError, AnswerError):
        return None
    return value_of(outcome)


def _spread_wide(low: int, high: int) -> tuple[int, ...]:
    """Give blocks between two others, denser towards the lower one: a sync lands soon after what it read."""
    ratio = (high - low) ** (1 / (POINTS + 1))
    return tuple(sorted({low + round(ratio**at) for at in range(1, POINTS + 1)} - {low, high})) or (low + 1,)
