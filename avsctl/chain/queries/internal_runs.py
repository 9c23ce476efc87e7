"""The runs of the internal tasks that can be seen: by logs, and where these do not reach, by the getters at old blocks.

What landed is told by InternalTaskHandler, what was rejected by AttestationCenter. Every search is bounded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request
from avsctl.chain.logs import LogQuery, LogWindow, scan_back
from avsctl.chain.pace import measure_pace
from avsctl.chain.queries.headers import ask_header, load_times, read_time
from avsctl.chain.reader import BlockReader
from avsctl.chain.receipts import parse_receipt
from avsctl.chain.shapes import is_there
from avsctl.chain.transactions import read_log_transaction
from avsctl.contracts.call import Call, value_of
from avsctl.contracts.internal_task_handler import InternalTaskHandler
from avsctl.contracts.task_logs import (
    decode_outcome,
    decode_power_sync,
    decode_processed,
    outcome_topics,
    power_sync_event,
    processed_event,
)
from avsctl.core.internal_status import DAY_SECONDS, History, Run, SeenIn
from avsctl.core.internal_tasks import TASK_DEFINITION_ID_BY_NAME
from avsctl.core.pace import blocks_in
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import BlockError, NodeError

LOG_REQUESTS: Final = 3
"""For what landed; what they leave goes to what is older than a day, at least one."""
OLDER_BLOCKS: Final = 1_000_000
"""What is looked through beyond the last day, where no run of 10001 or none of 10002 was in it."""
MOST_HOPS: Final = 24
MOST_RUNS: Final = 48
"""Of each task that are dated."""

_INTERNAL: Final = tuple(TASK_DEFINITION_ID_BY_NAME.values())


@dataclass(frozen=True)
class Found:
    """The log of a run, not dated yet."""

    task_definition_id: TaskDefinitionId
    block: int
    run: Run


def load_histories(reader: BlockReader, discovery: Discovery) -> tuple[dict[TaskDefinitionId, History], int | None]:
    """Give the runs of each internal task, and how many newest blocks the logs cover where that is not the last day.

    Raises:
        ChainError: the endpoint failed, or answered with something else than was asked for.
    """
    head = reader.block.number
    day = max(0, head - _count_blocks_of_a_day(reader))
    (landed, oldest), rejected = side_by_side(
        lambda: _find_landed(reader, discovery, day), lambda: _find_rejected(reader, discovery, day)
    )
    histories = _date(reader, (*landed, *rejected), oldest)
    histories = _number_last(reader, discovery, histories)
    if oldest is not None and oldest <= day:
        return histories, None
    hops, seen = _hop_back(reader, discovery), histories[VOTING_POWER_SYNC]
    if hops.seen_from is not None and (seen.seen_from is None or hops.seen_from < seen.seen_from):
        histories[VOTING_POWER_SYNC] = _merge(hops, seen)
    return histories, 0 if oldest is None else head - oldest + 1


def _count_blocks_of_a_day(reader: BlockReader) -> int:
    """Measure about how many blocks the last day has; where that cannot be, take all."""
    try:
        return blocks_in(measure_pace(reader, reader.block.number), DAY_SECONDS)
    except BlockError:
        return reader.block.number


# Logs


def _find_landed(reader: BlockReader, discovery: Discovery, day: int) -> tuple[tuple[Found, ...], int | None]:
    """Look through the last day, and what is older if a task has no run in it; gives the oldest block looked at."""
    query = LogQuery(
        _handler(discovery).address,
        (power_sync_event(discovery.generation).topic, processed_event(discovery.generation).topic),
    )
    windows = list(scan_back(reader.rpc, query, reader.block.number, LOG_REQUESTS, oldest=day))
    found = tuple(_read_landed(reader, discovery, windows))
    ran = {each.task_definition_id for each in found}
    if windows and windows[-1].from_block == day and not ran >= {VOTING_POWER_SYNC, TOTALS_SYNC}:
        left, oldest = max(1, LOG_REQUESTS - len(windows)), max(0, day - OLDER_BLOCKS)
        older = list(scan_back(reader.rpc, query, day - 1, left, oldest=oldest))
        windows, found = windows + older, (*found, *_read_landed(reader, discovery, older))
    return found, windows[-1].from_block if windows else None


def _read_landed(reader: BlockReader, discovery: Discovery, windows: Iterable[LogWindow]) -> Iterator[Found]:
    for log in (log for window in windows for log in window.logs):
        sync = decode_power_sync(discovery.generation, log)
        if sync is not None:
            yield _found(reader, log, VOTING_POWER_SYNC, to_blocks=(sync.to_block_l1, sync.to_block_l2))
            continue
        processed = decode_processed(discovery.generation, log)
        if processed is not None and processed.task_definition_id in _INTERNAL[1:]:
            yield _found(reader, log, processed.task_definition_id)


def _find_rejected(reader: BlockReader, discovery: Discovery, day: int) -> list[Found]:
    """Look for internal tasks that were rejected in the last day."""
    _, topic = outcome_topics(discovery.generation)
    query = LogQuery(discovery.attestation_center.address, topic)
    windows = scan_back(reader.rpc, query, reader.block.number, LOG_REQUESTS - 1, oldest=day)
    logs = [log for window in windows for log in window.logs]
    outcomes = [(log, decode_outcome(discovery.generation, log)) for log in logs]
    return [
        _found(reader, log, outcome.task.task_definition_id, is_approved=False, task_number=outcome.task_number)
        for log, outcome in outcomes
        if outcome is not None and outcome.task.task_definition_id in _INTERNAL
    ]


def _found(reader: BlockReader, log: Mapping[str, Any], task_definition_id: TaskDefinitionId, **about: Any) -> Found:  # noqa: ANN401 - fields of Run
    block = int(log["blockNumber"], 16)
    transaction = read_log_transaction(reader.rpc, log)
    return Found(task_definition_id, block, Run(SeenIn.LOGS, None, block=block, transaction=transaction, **about))


def _date(reader: BlockReader, found: Sequence[Found], oldest: int | None) -> dict[TaskDefinitionId, History]:
    """Give the newest runs of each task with the times of their blocks, read in one go."""
    newest = {i: _take_newest(found, i) for i in _INTERNAL}
    numbers = {each.block for each in sum(newest.values(), ())} | ({oldest} if oldest else set())
    times = load_times(reader, sorted(numbers))
    begin = 0 if oldest == 0 else times.get(oldest or 0)
    histories = {}
    for i, taken in newest.items():
        runs = tuple(replace(e.run, timestamp=times[e.block], landed_at=times[e.block]) for e in taken)
        histories[i] = History(runs, begin if len(runs) < MOST_RUNS else runs[-1].timestamp)
    return histories


def _take_newest(found: Iterable[Found], task_definition_id: TaskDefinitionId) -> tuple[Found, ...]:
    own = [each for each in found if each.task_definition_id == task_definition_id]
    return tuple(sorted(own, key=lambda each: -each.block))[:MOST_RUNS]


def _number_last(
    reader: BlockReader, discovery: Discovery, histories: Mapping[TaskDefinitionId, History]
) -> dict[TaskDefinitionId, History]:
    """Add the task number of the newest run of each task that landed, from the receipt of its transaction."""
    last = {i: history.last_landed for i, history in histories.items()}
    wanted = {i: run for i, run in last.items() if run is not None and run.transaction is not None}
    requests = [Request("eth_getTransactionReceipt", (run.transaction,), is_there) for run in wanted.values()]
    replies = reader.rpc.send(requests) if requests else []
    numbered = dict(histories)
    for (i, run), reply in zip(wanted.items(), replies, strict=True):
        number = _find_number(reader, discovery, i, run.transaction or "", reply)
        runs = tuple(replace(each, task_number=number) if each is run else each for each in histories[i].runs)
        numbered[i] = replace(histories[i], runs=runs)
    return numbered


def _find_number(
    reader: BlockReader, discovery: Discovery, task_definition_id: TaskDefinitionId, transaction: str, reply: Reply
) -> int | None:
    if isinstance(reply, NodeFailure):
        return None
    receipt = reader.rpc.read("eth_getTransactionReceipt", reply, lambda value: parse_receipt(value, transaction))
    center = discovery.attestation_center.address.lower()
    logs = [log for log in receipt.logs if log["address"].lower() == center] if receipt else []
    outcomes = [decode_outcome(discovery.generation, log) for log in logs]
    own = [each for each in outcomes if each is not None and each.task.task_definition_id == task_definition_id]
    return next((each.task_number for each in own), None)


# Getters at old blocks


def _hop_back(reader: BlockReader, discovery: Discovery) -> History:
    """Walk from each 10001 sync to the one before: the getters, asked at the L2 block that it read, name that.

    It goes back a day, as far as the endpoint has old state, and nowhere where contracts count other blocks than RPC.
    """
    blocks, since = discovery.last_commit, reader.block.timestamp - DAY_SECONDS
    if blocks in (None, (0, 0)) or discovery.evm_block_number != reader.block.number:
        return History()
    runs: list[Run] = []
    while blocks is not None and len(runs) < MOST_HOPS:
        timestamp, before = _ask_hop(reader, _handler(discovery), blocks[1])
        if timestamp is None:
            break
        runs.append(Run(SeenIn.GETTERS, timestamp, to_blocks=blocks))
        if before == (0, 0):
            return History(tuple(runs), 0)
        is_earlier = before is not None and before[1] < blocks[1]
        blocks = before if is_earlier and timestamp >= since else None
    return History(tuple(runs), runs[-1].timestamp if runs else None)


def _ask_hop(
    reader: BlockReader, handler: InternalTaskHandler, block: int
) -> tuple[int | None, tuple[int, int] | None]:
    """Give the time of a block, and what the getters said there; None for what the endpoint no longer has."""
    calls = (handler.last_commit_block_l1(), handler.last_commit_block_l2())
    asked = [Request("eth_call", ({"to": call.to, "data": "0x" + call.data.hex()}, hex(block))) for call in calls]
    header, *replies = reader.rpc.send([ask_header(block), *asked])
    l1, l2 = (_settle(reader, call, reply) for call, reply in zip(calls, replies, strict=True))
    return read_time(reader, header), None if l1 is None or l2 is None else (l1, l2)


def _settle(reader: BlockReader, call: Call[int], reply: Reply) -> int | None:
    try:
        outcome = reader.settle(call, reply)
    except NodeError:
        return None
    return value_of(outcome)


def _merge(hops: History, seen: History) -> History:
    """Put together what the getters and what the logs tell of 10001, each run once."""
    by_blocks = {run.to_blocks: run for run in seen.runs if run.to_blocks is not None}
    landed = [by_blocks.get(run.to_blocks or (0, 0), run) for run in hops.runs]
    runs = [*landed, *(run for run in seen.runs if not run.is_approved)]
    return History(tuple(sorted(runs, key=lambda run: -(run.timestamp or 0))), hops.seen_from)


def _handler(discovery: Discovery) -> InternalTaskHandler:
    assert discovery.internal_task_handler is not None  # noqa: S101 - V2 and V3 have one, and V1 is never asked
    return InternalTaskHandler(discovery.internal_task_handler, discovery.generation)
