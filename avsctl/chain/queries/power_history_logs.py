"""The logs of syncs, newest first: which to ask for, in ranges as wide as the endpoint takes, many in a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request
from avsctl.chain.logs import LogQuery, allowed_span, read_window
from avsctl.chain.rpc import Rpc
from avsctl.contracts.power_logs import DECREASE_TOPIC, INCREASE_TOPIC
from avsctl.contracts.task_logs import TOTALS_SYNC_TOPIC, outcome_topics, power_sync_event
from avsctl.core.internal_tasks import TASK_DEFINITION_ID_BY_NAME
from avsctl.errors import EndpointError

FIRST_BLOCKS: Final = 10_000
"""The range that is tried first."""
MOST_BLOCKS: Final = 1_000_000
"""The widest that is ever asked for."""
MOST_RANGES: Final = 20
"""In one request, however large its batches may be: endpoints count what is in them."""

Log = Mapping[str, Any]


def sync_queries(discovery: Discovery) -> tuple[LogQuery, ...]:
    """Give what to ask for (V2, V3): verdicts on internal tasks, what they applied, and what was written past them."""
    assert discovery.internal_task_handler is not None  # noqa: S101 - V2 and V3 have one, and V1 is never asked
    ids = tuple(f"0x{task_definition_id:064x}" for task_definition_id in TASK_DEFINITION_ID_BY_NAME.values())
    applied = power_sync_event(discovery.generation).topic
    return (
        LogQuery(discovery.attestation_center.address, outcome_topics(discovery.generation), (None, ids)),
        LogQuery(
            (discovery.internal_task_handler, discovery.obls),
            (applied, TOTALS_SYNC_TOPIC, INCREASE_TOPIC, DECREASE_TOPIC),
        ),
    )


@dataclass
class LogRange:
    """How many blocks one log query may span, as learnt from the endpoint."""

    blocks: int = FIRST_BLOCKS
    """What to ask for next; 0 where it refuses even one."""
    ceiling: int = MOST_BLOCKS
    served: int = 0
    """The widest that it answered."""

    def serve(self, blocks: int) -> None:
        """Learn that a range was answered: twice as many may be."""
        self.served = max(self.served, blocks)
        if blocks >= self.blocks:
            self.blocks = min(2 * blocks, self.ceiling)

    def refuse(self, message: str, start: int, end: int) -> None:
        """Learn that a range was refused, and from the words how many blocks may be asked for."""
        self.blocks = self.ceiling = allowed_span(message, end - start + 1, (start, end))


@dataclass
class LogSweep:
    """Goes back through the logs from one block to another, one HTTP request at a time."""

    rpc: Rpc
    queries: Sequence[LogQuery]
    newest: int
    oldest: int
    range: LogRange = field(default_factory=LogRange)
    requests: int = 0
    end: int = field(init=False)
    """The newest block that was not looked at yet."""

    def __post_init__(self) -> None:
        self.end = self.newest

    @property
    def is_done(self) -> bool:
        """Whether all was looked at."""
        return self.end < self.oldest

    @property
    def is_refused(self) -> bool:
        """Whether the endpoint gives no logs."""
        return self.range.blocks == 0

    def step(self) -> list[Log]:
        """Make one request and give the logs found; a refusal finds none and is learnt from.

        Raises:
            ChainError: the endpoint failed, or answered with something else than the logs asked for.
        """
        ranges = self._next_ranges()
        self.requests += 1
        try:
            replies = ask_ranges(self.rpc, self.queries, ranges)
        except EndpointError as error:
            if not error.heavy:
                raise
            self.range.refuse("", *ranges[0])
            return []
        logs: list[Log] = []
        for (start, end), own in zip(ranges, replies, strict=True):
            if (refusal := find_refusal(own)) is not None:
                self.range.refuse(refusal.message, start, end)
                break
            logs += read_range(self.rpc, self.queries, (start, end), own)
            self.end = start - 1
        else:
            self.range.serve(ranges[0][1] - ranges[0][0] + 1)
        return logs

    @property
    def _ranges_per_request(self) -> int:
        """One until a range was answered, then as many as a batch holds."""
        return min(MOST_RANGES, max(1, self.rpc.batch.size // len(self.queries))) if self.range.served else 1

    def _next_ranges(self) -> list[tuple[int, int]]:
        ranges: list[tuple[int, int]] = []
        end = self.end
        while end >= self.oldest and len(ranges) < self._ranges_per_request:
            start = max(self.oldest, end - self.range.blocks + 1)
            ranges.append((start, end))
            end = start - 1
        return ranges


def ask_ranges(rpc: Rpc, queries: Sequence[LogQuery], ranges: Sequence[tuple[int, int]]) -> list[list[Reply]]:
    """Ask every query of every range of blocks in one go; gives the replies range by range."""
    replies = rpc.send([request for blocks in ranges for request in range_requests(queries, blocks)])
    return [replies[at : at + len(queries)] for at in range(0, len(replies), len(queries))]


def range_requests(queries: Sequence[LogQuery], blocks: tuple[int, int]) -> list[Request]:
    """Give the requests for the logs of a range of blocks, both ends included."""
    bounds = {"fromBlock": hex(blocks[0]), "toBlock": hex(blocks[1])}
    return [Request("eth_getLogs", ({**query.log_filter, **bounds},)) for query in queries]


def find_refusal(replies: Sequence[Reply]) -> NodeFailure | None:
    """Give the first error among the replies to one range."""
    return next((reply for reply in replies if isinstance(reply, NodeFailure)), None)


def read_range(rpc: Rpc, queries: Sequence[LogQuery], blocks: tuple[int, int], replies: Sequence[Reply]) -> list[Log]:
    """Give the logs of a range; raises AnswerError where they are others than those asked for."""
    pairs = zip(queries, replies, strict=True)
    return [log for query, reply in pairs for log in read_window(rpc, query, blocks, reply).logs]
