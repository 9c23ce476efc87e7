"""What was written on L2 since the last sync: what the sync left behind, who registered anew, and who wrote past it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.logs import LogQuery, scan_back
from avsctl.chain.queries.power_history_states import Told, read_at_blocks
from avsctl.chain.reader import BlockReader
from avsctl.chain.transactions import ask_transaction, read_log_transaction, read_sender
from avsctl.contracts.call import Answer
from avsctl.contracts.obls import Obls
from avsctl.contracts.power_logs import DECREASE_TOPIC, INCREASE_TOPIC, decode_power_write
from avsctl.contracts.task_logs import decode_power_sync, power_sync_event
from avsctl.core.cause_facts import L2Since, OperatorFacts, Seen, Write
from avsctl.core.units import Address, OperatorId
from avsctl.errors import ChainError

WINDOWS: Final = (30, 300, 3_000)
"""Blocks after ``toBlockL2`` that are looked through for where the sync landed, before all that is left."""
REQUESTS_PER_WINDOW: Final = 3
MOST_LOG_REQUESTS: Final = 6
MOST_WRITES: Final = 10
"""Of one operator that are told, newest first."""
MOST_SENDERS: Final = 200
"""Transactions whose senders are looked up."""

Commit = tuple[int, int]
"""Up to which L1 and L2 blocks a sync read."""


@dataclass(frozen=True)
class _Landing:
    """Where the last sync landed, or why that is not known."""

    seen: Seen | None
    why: str = ""


def load_since(reader: BlockReader, discovery: Discovery, facts: Sequence[OperatorFacts]) -> dict[OperatorId, L2Since]:
    """Give what became of each of these ids on L2 since the last sync, as far as state and logs reach."""
    ids = [each.operator_id for each in facts if each.operator_id is not None]
    commit = discovery.last_commit
    if not ids or commit is None:
        return {}
    if discovery.evm_block_number != reader.block.number:
        why = "contracts of L2 count other blocks than its endpoint, so that none tells where the last sync landed"
        return dict.fromkeys(ids, L2Since(why))
    try:
        landing = _find_landing(reader, discovery, commit)
        if landing.seen is None:
            return _load_before(reader, discovery, commit, ids, landing.why)
        return _load_after(reader, discovery, landing.seen, ids)
    except ChainError as error:
        return dict.fromkeys(ids, L2Since(error.problems[0].message))


def _find_landing(reader: BlockReader, discovery: Discovery, commit: Commit) -> _Landing:
    """Look for the log of the last sync from the block on that it read, in windows that grow."""
    assert discovery.internal_task_handler is not None  # noqa: S101 - what has a last commit has a handler
    query = LogQuery(discovery.internal_task_handler, power_sync_event(discovery.generation).topic)
    begin, head = commit[1] + 1, reader.block.number
    for span in (*WINDOWS, head):
        end = min(head, begin + span - 1)
        oldest = end + 1
        for window in scan_back(reader.rpc, query, end, REQUESTS_PER_WINDOW, oldest=begin):
            oldest = window.from_block
            for log in window.logs:
                sync = decode_power_sync(discovery.generation, log)
                if sync is not None and (sync.to_block_l1, sync.to_block_l2) == commit:
                    return _Landing(_see(reader, log))
        if oldest > begin:
            return _Landing(None, f"the endpoint of L2 does not give the logs of blocks {begin} to {oldest - 1}")
        if end == head:
            break
        begin = end + 1
    return _Landing(None, f"no event of L2 after block {commit[1]} tells where the last sync landed")


def _load_before(
    reader: BlockReader, discovery: Discovery, commit: Commit, ids: Sequence[OperatorId], why: str
) -> dict[OperatorId, L2Since]:
    """Read who was active at the block that the sync read, which is the most that is known."""
    (told,) = read_at_blocks(reader, [(commit[1], _calls(discovery, ids))])
    states = _states(told, ids)
    return {i: L2Since(why, states[i][1] if i in states else None) for i in ids}


def _load_after(
    reader: BlockReader, discovery: Discovery, landed: Seen, ids: Sequence[OperatorId]
) -> dict[OperatorId, L2Since]:
    (told,) = read_at_blocks(reader, [(landed.block, _calls(discovery, ids))])
    states = _states(told, ids)
    if not states:
        why = f"the endpoint of L2 does not have the state of block {landed.block} any more"
        return dict.fromkeys(ids, L2Since(why, sync=landed))
    now = {i: L2Since("", states[i][1], states[i][0] if states[i][1] else None, landed) for i in ids}
    writes = _load_writes(reader, discovery, landed.block + 1, frozenset(ids))
    return {i: replace(since, writes=tuple(writes[i])) for i, since in now.items()}


def _calls(discovery: Discovery, ids: Sequence[OperatorId]) -> list[Any]:
    obls = Obls(discovery.obls, discovery.generation)
    return [call for i in ids for call in (obls.voting_power(i), obls.is_active(i))]


def _states(told: Told, ids: Sequence[OperatorId]) -> dict[OperatorId, tuple[int, bool]]:
    """Give power and activity of each id; empty where one of them could not be read."""
    values = [outcome.value for outcome in told or () if isinstance(outcome, Answer)]
    pairs = zip(values[::2], values[1::2], strict=False)
    return dict(zip(ids, pairs, strict=True)) if len(values) == 2 * len(ids) else {}


def _load_writes(
    reader: BlockReader, discovery: Discovery, oldest: int, ids: frozenset[OperatorId]
) -> dict[OperatorId, list[Write]]:
    """Find OBLS's events after the sync that name these ids, newest first, with who sent them."""
    query = LogQuery(discovery.obls, (INCREASE_TOPIC, DECREASE_TOPIC))
    writes: dict[OperatorId, list[Write]] = {i: [] for i in ids}
    for window in scan_back(reader.rpc, query, reader.block.number, MOST_LOG_REQUESTS, oldest=oldest):
        for operator_id, write in (named for log in window.logs for named in _read_writes(reader, log, ids)):
            if len(writes[operator_id]) < MOST_WRITES:
                writes[operator_id].append(write)
    hashes = {each.seen.transaction for own in writes.values() for each in own if each.seen.transaction}
    senders = _load_senders(reader, sorted(hashes)[:MOST_SENDERS])
    return {
        i: [replace(each, sender=senders.get(each.seen.transaction or "")) for each in own] for i, own in writes.items()
    }


def _read_writes(
    reader: BlockReader, log: Mapping[str, Any], ids: frozenset[OperatorId]
) -> Iterator[tuple[OperatorId, Write]]:
    written = decode_power_write(log)
    for change in written.changes if written else ():
        if change.operator_id in ids:
            delta = change.voting_power if written and written.is_increase else -change.voting_power
            yield change.operator_id, Write(_see(reader, log), delta)


def _load_senders(reader: BlockReader, hashes: Sequence[str]) -> dict[str, Address]:
    replies = reader.rpc.send(list(map(ask_transaction, hashes))) if hashes else []
    senders = {each: read_sender(reader.rpc, each, reply) for each, reply in zip(hashes, replies, strict=True)}
    return {each: sender for each, sender in senders.items() if sender is not None}


def _see(reader: BlockReader, log: Mapping[str, Any]) -> Seen:
    return Seen(int(log["blockNumber"], 16), read_log_transaction(reader.rpc, log))
