"""The syncs that logs tell of: what a task or a syncer changed in OBLS, put together from what three contracts emit."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from avsctl.contracts import words
from avsctl.contracts.abi import load_writes
from avsctl.contracts.task_data import decode_totals, decode_update
from avsctl.contracts.task_logs import (
    TOTALS_SYNC_TOPIC,
    PowerSync,
    TaskOutcome,
    decode_outcome,
    decode_power_sync,
)
from avsctl.core.deployment import Generation
from avsctl.core.history import Sync
from avsctl.core.power import PowerChange
from avsctl.core.proposals import TotalRecount
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import Address, OperatorId, TaskDefinitionId
from avsctl.errors import AnswerError

INCREASE_TOPIC: Final = "0xcb3fc06dd5b9108c2ccfca6812e638086d45dd7119dd53964eb3524e11a4b113"
"""IncreaseBatchOperatorVotingPower((uint256 operatorId,uint256 votingPower)[]) of OBLS (V2, V3)."""
DECREASE_TOPIC: Final = "0x66c9c86bb0b2a5e43f482b8ae3ec409cd83c878dca97ceeb2024a49a344e431c"
"""DecreaseBatchOperatorVotingPower((uint256 operatorId,uint256 votingPower)[]) of OBLS (V2, V3)."""
_WRITES: Final = (
    "increaseBatchOperatorVotingPower",
    "decreaseBatchOperatorVotingPower",
    "increaseOperatorVotingPower",
    "decreaseOperatorVotingPower",
)
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True)
class PowerWrite:
    """A batch of deltas that OBLS took."""

    is_increase: bool
    changes: tuple[PowerChange, ...]


@dataclass(frozen=True)
class _Recounts:
    """A 10002 update that was applied."""

    recounts: tuple[TotalRecount, ...]
    unreadable: str | None


_Event = TaskOutcome | PowerSync | PowerWrite | _Recounts


@dataclass(frozen=True)
class _Seen:
    """One log, read."""

    block: int
    index: int
    transaction: str
    event: _Event


def decode_power_write(log: Mapping[str, Any]) -> PowerWrite | None:
    """Give the deltas in a log of OBLS (V2, V3); None for another event.

    Raises:
        AnswerError: such an event in another shape.
    """
    topic = log["topics"][0].lower()
    if topic not in (INCREASE_TOPIC, DECREASE_TOPIC):
        return None
    try:
        _, rows = words.decode_word_rows(bytes.fromhex(log["data"][2:]), (2,))
    except ValueError as error:
        raise AnswerError(f"OBLS's event of changed powers has another shape: {error}") from error
    changes = tuple(
        PowerChange(OperatorId(int.from_bytes(row[: words.WORD])), int.from_bytes(row[words.WORD :])) for row in rows
    )
    return PowerWrite(topic == INCREASE_TOPIC, changes)


def read_write(generation: Generation, calldata: bytes) -> PowerWrite | None:
    """Give the deltas in calldata of OBLS by which a syncer writes; None for another function."""
    function = load_writes("OBLS", generation).get(calldata[:4])
    if function is None or function.name not in _WRITES:
        return None
    try:
        args = function.decode_arguments(calldata)
    except ValueError:
        return None
    pairs = args[0] if len(args) == 1 else (args,)
    changes = tuple(PowerChange(OperatorId(operator_id), power) for operator_id, power in pairs)
    return PowerWrite(function.name.startswith("increase"), changes)


def read_syncs(generation: Generation, obls: Address, logs: Iterable[Mapping[str, Any]]) -> tuple[Sync, ...]:
    """Give the syncs that logs tell of, newest first, each once; tasks that are not internal are left out.

    Args:
        generation: V2 or V3.
        obls: whose totals 10002 recounts.
        logs: of AttestationCenter, InternalTaskHandler and OBLS, in any order; whole transactions of them.

    Raises:
        AnswerError: an event in another shape.
    """
    seen = [each for log in _distinct(logs) if (each := _read(generation, obls, log)) is not None]
    groups = groupby(seen, key=lambda each: (each.block, each.transaction))
    syncs = [sync for _, group in groups for sync in _join(obls, list(group))]
    return tuple(sorted(syncs, key=lambda sync: (sync.block, sync.index), reverse=True))


def _distinct(logs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give each log once, in the order of the chain."""
    by_place = {(int(log["blockNumber"], 16), int(log["logIndex"], 16)): log for log in logs}
    return [by_place[place] for place in sorted(by_place)]


def _read(generation: Generation, obls: Address, log: Mapping[str, Any]) -> _Seen | None:
    event = _read_event(generation, obls, log)
    if event is None or (isinstance(event, TaskOutcome) and event.task.task_definition_id < VOTING_POWER_SYNC):
        return None
    return _Seen(int(log["blockNumber"], 16), int(log["logIndex"], 16), _hash_of(log), event)


def _read_event(generation: Generation, obls: Address, log: Mapping[str, Any]) -> _Event | None:
    if log["topics"][0].lower() == TOTALS_SYNC_TOPIC:
        return _read_recounts(bytes.fromhex(log["data"][2:]), obls)
    return decode_power_write(log) or decode_power_sync(generation, log) or decode_outcome(generation, log)


def _hash_of(log: Mapping[str, Any]) -> str:
    text = log.get("transactionHash")
    if not isinstance(text, str) or _HASH.fullmatch(text) is None:
        raise AnswerError("a log names no transaction", "another endpoint may answer")
    return text.lower()


def _join(obls: Address, seen: Sequence[_Seen]) -> Iterator[Sync]:
    """Put together what one transaction emitted: a verdict comes before what it sets off, deltas before their end."""
    verdicts: list[tuple[_Seen, TaskOutcome]] = []
    writes: list[tuple[_Seen, PowerWrite]] = []
    for each in seen:
        match each.event:
            case TaskOutcome() as outcome:
                verdicts.append((each, outcome))
            case PowerWrite() as write:
                writes.append((each, write))
            case PowerSync() as update:
                sync = _begin(each, VOTING_POWER_SYNC, _take(verdicts, VOTING_POWER_SYNC, update.proof_of_task))
                yield _with_writes(sync, _take_writes(writes), (update.to_block_l1, update.to_block_l2))
            case _Recounts() as totals:
                yield _with_recounts(_begin(each, TOTALS_SYNC, _take(verdicts, TOTALS_SYNC, None)), totals)
    for each, outcome in verdicts:
        yield _read_task(obls, each, outcome, _take_writes(writes) if outcome.is_approved else ())
    for each, write in writes:
        yield _with_writes(Sync(each.block, each.index, each.transaction), (write,), None)


def _take(
    verdicts: list[tuple[_Seen, TaskOutcome]], task_definition_id: TaskDefinitionId, proof: str | None
) -> TaskOutcome | None:
    """Take the first approval of a definition, of this proof where one is told."""
    for at, (_, outcome) in enumerate(verdicts):
        task = outcome.task
        is_own = outcome.is_approved and task.task_definition_id == task_definition_id
        if is_own and proof in (None, task.proof_of_task):
            return verdicts.pop(at)[1]
    return None


def _take_writes(writes: list[tuple[_Seen, PowerWrite]]) -> tuple[PowerWrite, ...]:
    """Take the increase and the decrease that a 10001 task ends with; what stands before them a syncer wrote."""
    decrease = (writes.pop()[1],) if writes and not writes[-1][1].is_increase else ()
    increase = (writes.pop()[1],) if writes and writes[-1][1].is_increase else ()
    return (*increase, *decrease)


def _begin(seen: _Seen, task_definition_id: TaskDefinitionId, outcome: TaskOutcome | None) -> Sync:
    """Give an internal task with what its verdict tells, and nothing of its data."""
    sync = Sync(seen.block, seen.index, seen.transaction, task_definition_id)
    if outcome is None:
        return sync
    return replace(
        sync,
        is_approved=outcome.is_approved,
        task_number=outcome.task_number,
        performer=outcome.task.performer,
        attester_ids=outcome.attester_ids,
    )


def _with_writes(sync: Sync, writes: Iterable[PowerWrite], to_blocks: tuple[int, int] | None) -> Sync:
    changes = {True: (), False: ()} | {write.is_increase: write.changes for write in writes}
    return replace(sync, to_increase=changes[True], to_decrease=changes[False], to_blocks=to_blocks)


def _with_recounts(sync: Sync, totals: _Recounts) -> Sync:
    return replace(sync, recounts=totals.recounts, unreadable=totals.unreadable)


def _read_task(obls: Address, seen: _Seen, outcome: TaskOutcome, writes: Sequence[PowerWrite]) -> Sync:
    """Give a task by its own data: one that was rejected, or that the handler said nothing of."""
    task = outcome.task
    sync = _begin(seen, task.task_definition_id, outcome)
    if task.task_definition_id == TOTALS_SYNC:
        return _with_recounts(sync, _read_recounts(task.data, obls))
    if task.task_definition_id != VOTING_POWER_SYNC:
        return sync
    try:
        update = decode_update(task.data)
    except ValueError as error:
        return replace(sync, unreadable=str(error))
    proposed = (
        PowerWrite(is_increase=True, changes=update.to_increase),
        PowerWrite(is_increase=False, changes=update.to_decrease),
    )
    return _with_writes(sync, writes or proposed, (update.to_block_l1, update.to_block_l2))


def _read_recounts(data: bytes, obls: Address) -> _Recounts:
    try:
        calls = decode_totals(data, obls).calls
    except ValueError as error:
        return _Recounts((), str(error))
    recounts = tuple(call.total for call in calls if call.total is not None)
    left = len(calls) - len(recounts)
    return _Recounts(recounts, f"{left} of its calls recount no total" if left else None)
